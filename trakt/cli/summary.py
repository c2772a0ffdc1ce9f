"""The end of a run in words: a table of what was read, done and written, and where it lies."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from trakt.cli.lines import KINDS, size
from trakt.cli.terminal import has_rich, is_terminal, terminal_size
from trakt.errors import counted
from trakt.runtime import console

if TYPE_CHECKING:
    from trakt.engine.progress import Part

_WIDE = ("", "name", "rows in", "rows out", "rejected", "bytes", "seconds")
_NARROW = ("name", "rows", "rejected")
_WIDE_FROM = 74
_SHORTEST_NAME = 8


def summary(result: Mapping[str, Any], parts: Sequence[Part], seconds: float, stream: TextIO) -> str:
    """What to print to `stream` of a run that went well: on a terminal a table and places, elsewhere one line."""
    if not is_terminal(stream):
        return console.done(seconds, result)
    if result["status"] != "success":
        # the engine has said why nothing was to be done
        return "\n".join(_places(result))
    done = f"done in {seconds:.1f} s, run {result['run_id']}"
    table = [_drawn(parts, stream), ""] if has_rich() else []
    return "\n".join([*table, done, *_places(result)])


def _places(result: Mapping[str, Any]) -> Iterator[str]:
    for entry in result["outputs"].values():
        yield f"  output    {console.harmless(entry['path'])}"
    rejected = result["rejected"]
    if rejected["path"] is not None:
        yield f"  rejected  {console.harmless(rejected['path'])} ({counted(rejected['rows'], 'row')})"
    yield f"  manifest  {console.harmless(result['manifest_path'])}"


def _drawn(parts: Sequence[Part], stream: TextIO) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = terminal_size(stream).width
    rows = [_cells(part) for part in parts]
    headings = [
        heading
        for heading in (_WIDE if width >= _WIDE_FROM else _NARROW)
        if heading in ("", "name") or any(row[heading] for row in rows)
    ]
    widths = {heading: max(len(heading), *(len(row[heading]) for row in rows)) for heading in headings}
    others = sum(2 + each for heading, each in widths.items() if heading != "name")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(
            heading,
            justify="left" if heading in ("", "name") else "right",
            no_wrap=True,
            overflow="ellipsis",
            max_width=max(_SHORTEST_NAME, width - others) if heading == "name" else None,
        )
    for part, row in zip(parts, rows, strict=True):
        rejecting = "yellow" if part.rejected else ""
        table.add_row(*(Text(row[heading], style=rejecting if heading == "rejected" else "") for heading in headings))
    # drawn in memory, so that what the terminal's encoding does not have is escaped, and no error
    memory = io.TextIOWrapper(io.BytesIO(), encoding=stream.encoding or "utf-8", errors="backslashreplace")
    Console(file=memory, force_terminal=True, width=width, highlight=False).print(table)
    memory.seek(0)
    return "\n".join(line.rstrip() for line in memory.read().splitlines())


def _cells(part: Part) -> dict[str, str]:
    rows = part.rows_in if part.kind == "input" else part.rows_out
    told = {"absent": "absent", "unread": "not read"}.get(part.state)
    return {
        "": KINDS[part.kind],
        "name": console.harmless(part.name),
        "rows in": told or _number(part.rows_in),
        "rows out": _number(part.rows_out),
        "rows": told or _number(rows),
        "rejected": _number(part.rejected),
        "bytes": "" if part.bytes is None else size(part.bytes),
        "seconds": "" if told else f"{part.seconds:.2f}",
    }


def _number(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"
