"""Where each column stands on a line: declared as a width behind the one before, or from one position to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from trakt.pipeline.fields import Field, Problem, read_fields

ALIGNMENTS = ("left", "right")


@dataclass(frozen=True, slots=True)
class Place:
    """Of one column: characters from `start` (from 0) to before `end`; `align` says where a written text stands."""

    name: str
    start: int
    end: int
    align: str = "left"

    @property
    def width(self) -> int:
        """In characters."""
        return self.end - self.start


def _position(value: int | None) -> Problem | None:
    return None if value is None or value >= 1 else (f"positions and widths count from 1, not {value}", None)


_NAME = Field("name", (str,), "a text", required=True)
_COUNTS = tuple(Field(name, (int, type(None)), "a whole number", check=_position) for name in ("width", "start", "end"))
_READ = (_NAME, *_COUNTS)
_WRITTEN = (*_READ, Field("align", (str,), choices=ALIGNMENTS, default="left"))


def columns_field(*, written: bool = False) -> Field:
    """The key `columns`."""
    table = _WRITTEN if written else _READ
    counts = {name: {"type": "integer", "minimum": 1} for name in ("width", "start", "end")}
    keys: dict[str, Any] = {"name": {"type": "string"}, **counts}
    if written:
        keys["align"] = {"enum": list(ALIGNMENTS)}
    item = {"type": "object", "properties": keys, "required": ["name"], "additionalProperties": False}

    def check(value: Sequence[Any]) -> Problem | None:
        return _problem(value, table)

    return Field("columns", (list,), "a list of columns", check=check, default=(), limits={"items": item})


def places_of(columns: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    """The places of columns that were found right."""
    places: list[Place] = []
    for column in columns:
        start = column["start"] - 1 if column.get("start") else places[-1].end if places else 0
        end = column["end"] if column.get("end") else start + column["width"]
        places.append(Place(column["name"], start, end, column.get("align") or "left"))
    return tuple(places)


def _problem(value: Sequence[Any], table: Sequence[Field]) -> Problem | None:
    """What is wrong with a list of columns, or None."""
    for number, column in enumerate(value, 1):
        if not isinstance(column, dict):
            return f"column {number} must be a mapping, such as {{name: id, width: 6}}", None
        values, faults = read_fields(column, table, of=f"column {number}")
        if faults:
            return f"column {number}: {faults[0].what}", faults[0].hint
        if (values["width"] is None) == (values["end"] is None):
            return f"column '{values['name']}' needs either `width` or `end`", "`start` and `end` count from 1"
        if values["end"] is not None and values["start"] is None:
            return f"column '{values['name']}' has an `end` and no `start`", "`start` and `end` count from 1"
        if values["end"] is not None and values["end"] < values["start"]:
            return f"column '{values['name']}' ends before it starts", "`end` is its last character"
    return _clash(places_of(value))


def _clash(places: Sequence[Place]) -> Problem | None:
    names = [place.name for place in places]
    if twice := [name for name in names if names.count(name) > 1]:
        return f"the name '{twice[0]}' stands twice", "each column needs a name of its own"
    in_order = sorted(places, key=lambda place: place.start)
    for one, other in pairwise(in_order):
        if other.start < one.end:
            what = f"'{other.name}' starts at {other.start + 1}, and '{one.name}' ends at {one.end}"
            return what, "each character can belong to one column only"
    return None
