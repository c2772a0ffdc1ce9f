"""The line of a pipeline file that a fault points at, to be shown below its words.

Lines of data are never shown: what people are told may be kept in a log.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from trakt.errors import Fault

WIDEST = 100
"""Characters of a line that are shown; of a longer one those around the column."""

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?", re.DOTALL)
_PIPELINE_FILES = (".yaml", ".yml")
_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault stands in a file; line and column from 1."""

    file: Path
    line: int
    column: int | None


def place_of(where: str | None) -> Place | None:
    """What `file:line:column` or `file:line` says; None where it names no place in a file that is there."""
    found = _PLACE.fullmatch(where or "")
    if not found:
        return None
    file = Path(found["file"])
    try:
        there = file.is_file()
    except (OSError, ValueError):
        return None
    return Place(file, int(found["line"]), int(found["column"]) if found["column"] else None) if there else None


def told_with_line(fault: Fault) -> str:
    """The words of a fault, with the line it points at between what is wrong and what to do."""
    shown = _excerpt(place_of(fault.where))
    if not shown:
        return str(fault)
    first, arrow, hint = str(fault).partition("\n  -> ")
    return "\n".join([first, *shown]) + arrow + hint


def _excerpt(place: Place | None) -> list[str]:
    if place is None or place.column is None or place.file.suffix.lower() not in _PIPELINE_FILES:
        return []
    text = _line(place)
    if text is None or place.column > len(text):
        return []
    start = max(0, place.column - 1 - WIDEST // 2) if len(text) > WIDEST else 0
    piece = text[start : start + WIDEST].rstrip()
    before = sum(_columns(each) for each in text[start : place.column - 1])
    return [f"{place.line:>6} | {piece}", f"{'':>6} | {' ' * before}^"]


def _columns(character: str) -> int:
    """How wide a terminal draws it (Unicode Standard Annex 11)."""
    return 0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")


def _line(place: Place) -> str | None:
    try:
        if place.file.stat().st_size > _LARGEST:
            return None
        lines = place.file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    if place.line > len(lines):
        return None
    # one character for one, so that the mark stands below what it means; others could move the cursor
    return "".join(each if each.isprintable() else " " for each in lines[place.line - 1])
