"""What became of every line and every row, as equations that the manifest holds.

    a file      total = header + skipped + blank + continued + rows + rejected           (physical lines)
    a step      in + added = out + rejected + dropped + consumed + unexplained           (rows)
    a run       read + copied + added = written + unread + rejected + dropped + consumed + unexplained

A step says in its metrics what it did to its rows: `rows_dropped`, `rows_added` (an explode, a join with several
partners) and `rows_consumed` (they went into other rows: the right side of a join, all rows of a group but one). What
is left is `unexplained`. In a run `copied` are the rows of an artifact for each reader but the first, `unread` those of
one that nobody reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trakt.errors import RunError
from trakt.formats import FileFacts

Equation = dict[str, int]

BESIDE_ROWS = ("header", "skipped", "blank", "continued")
"""Lines that are no row of their own."""


def file_equation(file: FileFacts) -> Equation | None:
    """What became of each physical line of a file; None before it was read, or where its format has no lines."""
    if file.lines is None:
        return None
    return {**file.lines, "rows": file.rows or 0, "rejected": file.rejected}


def input_equation(files: Sequence[FileFacts]) -> Equation | None:
    """The same of all files of an input together."""
    known = [equation for file in files if (equation := file_equation(file))]
    return {name: sum(each[name] for each in known) for name in known[0]} if known else None


def require_balance(file: FileFacts) -> None:
    """Refuse a file of which a line is lost, or told twice.

    Raises:
        RunError: the lines do not add up. No file should make that happen.
    """
    equation = file_equation(file)
    if equation and equation["total"] != sum(equation[name] for name in (*BESIDE_ROWS, "rows", "rejected")):
        told = ", ".join(f"{name}: {number:,}" for name, number in equation.items())
        hint = "nothing was published; please report it with the file's options"
        raise RunError(f"the lines of the file do not add up ({told})", where=file.uri, hint=hint)


def step_equation(rows_in: int, rows_out: int, rejected: int, metrics: Mapping[str, Any]) -> Equation:
    """What became of the rows that a step was given."""
    said = {name: _rows(metrics.get(f"rows_{name}")) for name in ("added", "dropped", "consumed")}
    known = {"in": rows_in, "added": said["added"], "out": rows_out, "rejected": rejected}
    known |= {"dropped": said["dropped"], "consumed": said["consumed"]}
    left = rows_in + said["added"] - rows_out - rejected - said["dropped"] - said["consumed"]
    return {**known, "unexplained": left}


def run_equation(
    rows: Mapping[str, int], readers: Mapping[str, Sequence[str]], inputs: Sequence[str], steps: Sequence[Equation]
) -> Equation:
    """What became of all rows that a run read.

    Args:
        rows: of each artifact.
        readers: of each artifact, `step:ID` or `output:NAME`.
        inputs: the artifacts that were read, not made.
        steps: their equations.
    """
    outputs = {name: sum(who.startswith("output:") for who in each) for name, each in readers.items()}
    of_steps = {name: sum(step[name] for step in steps) for name in ("added", "rejected", "dropped", "consumed")}
    return {
        "read": sum(rows.get(name, 0) for name in inputs),
        "copied": sum(rows.get(name, 0) * max(0, len(each) - 1) for name, each in readers.items()),
        "added": of_steps["added"],
        "written": sum(rows.get(name, 0) * times for name, times in outputs.items()),
        "unread": sum(rows.get(name, 0) for name, each in readers.items() if not each),
        "rejected": of_steps["rejected"],
        "dropped": of_steps["dropped"],
        "consumed": of_steps["consumed"],
        "unexplained": sum(step["unexplained"] for step in steps),
    }


def _rows(said: Any) -> int:
    """A number of rows that a step's metrics hold; anything else explains nothing."""
    if hasattr(said, "item") and getattr(said, "ndim", None) == 0:
        said = said.item()
    return said if isinstance(said, int) and not isinstance(said, bool) else 0
