"""A run as lines for people: each input, step and output, with how far it is, how fast, and how long it still takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trakt.runtime.console import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from trakt.engine.progress import Part, Progress

_COLUMNS = ("", "name", "state", "", "rows", "rows/s", "bytes", "time", "left")
_KIND, _NAME, _STATE, _BAR, _ROWS, _RATE, _BYTES, _TIME, _LEFT = range(len(_COLUMNS))
_NEEDED = ((100, _BAR), (84, _RATE), (70, _BYTES), (58, _KIND), (48, _TIME))
"""How wide a terminal must be for a column."""

KINDS = {"input": "read", "step": "step", "output": "write"}
_ACTIVE = ("types", "rows", "running", "writing")
_STYLES = {"done": "green", "waiting": "dim", "absent": "dim", "unread": "dim", "stopped": "yellow"}
_BAR_WIDTH, _SHORTEST_NAME, _GAP = 14, 6, 2
_SURE_AFTER = 1.0
"""Seconds of a pass after which its speed says something."""


@dataclass(slots=True)
class _Clock:
    """When something was first and last seen to go on, in seconds of the run; `bytes` is how many were read by then."""

    began: float
    bytes: int
    ended: float | None = None


class Lines:
    """Draws a run as it is now. How long a part has taken is measured here, from look to look."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._clocks: dict[tuple[str, ...], _Clock] = {}

    def draw(self, width: int, height: int) -> RenderableType:
        """All lines, or those that matter most where there is no room for all."""
        from rich.cells import cell_len
        from rich.console import Group
        from rich.text import Text

        now = self._progress.seconds
        parts = self._progress.parts()
        cells = {id(part): self._cells(part, now) for part in parts}
        shown = _most_telling(parts, max(1, height - 4))
        mode = f" ({self._progress.mode})" if self._progress.mode else ""
        hidden = f", {len(parts) - len(shown)} more" if len(shown) < len(parts) else ""
        doing = "" if parts else ": looking for files"
        rest = f"{mode}{doing}  {clock(now)}{hidden}"
        total = Text(harmless(self._progress.pipeline), style="bold", no_wrap=True, overflow="ellipsis")
        # where a line is full, the ^C of who interrupts the run begins another one, and no line is cleared rightly
        room = width - len("^C") - 1
        total.truncate(max(_SHORTEST_NAME, room - cell_len(rest)), overflow="ellipsis")
        total.append(rest)
        total.truncate(room, overflow="ellipsis")
        if not shown:
            return total
        return Group(_table([(part, cells[id(part)]) for part in shown], width), total)

    def _cells(self, part: Part, now: float) -> list[str]:
        whole = self._clock((part.kind, part.name), part, now)
        passing = self._clock((part.kind, part.name, part.state), part, now)
        rows = part.rows_in if part.kind == "input" else part.rows_out
        took = whole.ended - whole.began if whole and whole.ended is not None else part.seconds
        if whole and whole.ended is None:
            took = now - whole.began
        is_begun = part.state not in ("waiting", "absent", "unread")
        since = now - passing.began if passing and part.state in _ACTIVE else took
        state = _state(part)
        return [
            KINDS[part.kind],
            harmless(part.name),
            state,
            "",
            f"{rows:,}" if rows is not None and is_begun else "",
            short(rows / since) if rows and since >= _SURE_AFTER else "",
            size(part.bytes) if part.bytes is not None and is_begun else "",
            clock(took) if is_begun else "",
            _left(part, passing, since),
        ]

    def _clock(self, key: tuple[str, ...], part: Part, now: float) -> _Clock | None:
        known = self._clocks.get(key)
        if known is None and part.state in _ACTIVE:
            known = self._clocks[key] = _Clock(now, part.bytes or 0)
        if known and known.ended is None and part.state not in _ACTIVE:
            known.ended = now
        return known


def _left(part: Part, passing: _Clock | None, since: float) -> str:
    """How long this pass still takes, if it goes on as it went."""
    if part.state not in ("types", "rows") or not passing or not part.of_bytes or since < _SURE_AFTER:
        return ""
    read = (part.bytes or 0) - passing.bytes
    return clock((part.of_bytes - (part.bytes or 0)) * since / read) if read > 0 else ""


def _state(part: Part) -> str:
    if part.state not in ("types", "rows"):
        return "not read" if part.state == "unread" else part.state
    which = "" if part.passes == 1 else " 1/2" if part.state == "types" else " 2/2"
    return f"{part.state}{which} {percent(part):3d}%"


def percent(part: Part) -> int:
    """How much of this pass over an input is done; all of it only when it is."""
    return min(99, 100 * (part.bytes or 0) // part.of_bytes) if part.of_bytes else 0


def _most_telling(parts: Sequence[Part], room: int) -> list[Part]:
    """As many as there is room for, in their order: what goes on first, then what comes, then what is over."""
    if len(parts) <= room:
        return list(parts)
    order = {"waiting": 1, "done": 2, "absent": 3, "unread": 3}
    chosen = sorted(range(len(parts)), key=lambda at: (order.get(parts[at].state, 0), at))[:room]
    return [parts[at] for at in sorted(chosen)]


def _table(rows: Sequence[tuple[Part, list[str]]], width: int) -> Table:
    from rich.cells import cell_len
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    left_out = {column for needed, column in _NEEDED if width < needed}
    kept = [column for column in range(len(_COLUMNS)) if column not in left_out]
    widths = {
        column: max(cell_len(_COLUMNS[column]), *(cell_len(cells[column]) for _, cells in rows)) for column in kept
    }
    if _BAR in widths:
        widths[_BAR] = _BAR_WIDTH
    others = sum(each + _GAP for column, each in widths.items() if column != _NAME)
    widths[_NAME] = max(_SHORTEST_NAME, min(widths[_NAME], width - others))
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    for column in kept:
        table.add_column(
            _COLUMNS[column],
            width=widths[column],
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if column >= _ROWS else "left",
        )
    for part, cells in rows:
        drawn: dict[int, RenderableType] = {
            column: Text(cells[column], style=_STYLES.get(part.state, "")) for column in kept
        }
        if _BAR in drawn and part.state in ("types", "rows"):
            drawn[_BAR] = ProgressBar(part.of_bytes or 1, part.bytes or 0, width=_BAR_WIDTH, complete_style="cyan")
        table.add_row(*drawn.values())
    return table


def clock(seconds: float) -> str:
    """A duration as a clock shows it: `0:07`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def short(number: float) -> str:
    """A number for a glance: `950`, `12k`, `1.4M`."""
    if number < 1_000:
        return f"{number:.0f}"
    return f"{number / 1e3:.0f}k" if number < 999_500 else f"{number / 1e6:.1f}M"


def size(octets: int) -> str:
    """A number of bytes for people, in powers of ten: `84.1 MB`."""
    from rich.filesize import decimal

    return decimal(octets)
