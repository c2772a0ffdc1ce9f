"""Which delimiter and which quote a sample has, how surely, and its first record."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace

from trakt.formats.csv.blocks import cut
from trakt.formats.csv.header import fields_of, rows_of
from trakt.formats.csv.options import Dialect
from trakt.formats.csv.records import records_of
from trakt.formats.csv.sniff import SAMPLE_BYTES, consistencies
from trakt.formats.text.block import Block
from trakt.formats.text.decode import Skipping

SURE = 0.9
"""A delimiter that cuts less of the sampled records alike is a guess."""

_MOST_TITLES = 10
_QUOTES = ('"', "'")
_BOUND = r"[,;\t|]"


@dataclass(frozen=True, slots=True)
class FoundDialect:
    """A dialect, the share of records it cuts alike, and that share for each candidate.

    Attributes:
        skiprows: how many lines stand before the header.
    """

    dialect: Dialect
    confidence: float
    candidates: dict[str, float]
    is_quoted: bool
    skiprows: int = 0


def dialect_of(head: bytes) -> FoundDialect:
    """The dialect of a file that begins with `head` (UTF-8)."""
    found = _without_title(head)
    if found.confidence >= SURE:
        return found
    lines = head[:SAMPLE_BYTES].splitlines(keepends=True)
    for count in range(1, min(_MOST_TITLES, len(lines)) + 1):
        below = _without_title(head[sum(map(len, lines[:count])) :])
        if below.confidence >= SURE and _are_titles(lines[:count], lines[count:], below.dialect):
            return replace(below, skiprows=count)
    return found


def _are_titles(above: list[bytes], below: list[bytes], dialect: Dialect) -> bool:
    """Whether each of the lines above has fewer fields than what is below, and there is enough below to tell."""
    widths = [max((len(_fields(line, dialect)) for line in part), default=0) for part in (above, below[:1])]
    return widths[0] < widths[1] and len(below) > max(2, len(above))


def _fields(line: bytes, dialect: Dialect) -> list[str]:
    try:
        return next(rows_of(line.decode("utf-8", "replace"), dialect), [])
    except csv.Error:
        return []


def _without_title(head: bytes) -> FoundDialect:
    text = head.decode("utf-8", "replace")
    wrapped = {quote: _wraps(quote, text) for quote in _QUOTES}
    # apostrophes stand in texts; only where they alone wrap fields are they quotes
    quote = "'" if wrapped["'"] > 1 and not wrapped['"'] else '"'
    dialect = Dialect(quotechar=quote)
    scores = consistencies(head, dialect)
    best = max(scores, key=lambda each: scores[each], default=",")
    if not scores or not scores[best]:
        # nothing parts anything: one column
        return FoundDialect(dialect, 0.0 if scores else 1.0, scores, _opens(quote, text))
    return FoundDialect(Dialect(best, quote), scores[best], scores, _opens(quote, text))


def _opens(quote: str, text: str) -> bool:
    """Whether any field begins with this quote; where it ends may be lines further down."""
    return re.search(rf"(?:^|(?<={_BOUND})){quote}", text, re.MULTILINE) is not None


def _wraps(quote: str, text: str) -> int:
    """How many fields begin and end with this quote."""
    return len(re.findall(rf"(?:^|(?<={_BOUND})){quote}[^{quote}\r\n]*{quote}(?=$|{_BOUND}|\r)", text, re.MULTILINE))


def first_record(head: bytes, found: FoundDialect, uri: str) -> tuple[list[str], Block] | None:
    """The fields of the first record that is not blank, and the record; None where its quotes are not balanced."""
    text = iter(Skipping(iter([head]), found.skiprows))
    for block in cut(text, found.dialect, uri, first_line=1 + found.skiprows, aside=True):
        if block.flaw:
            return None
        for record in records_of(block, found.dialect):
            return fields_of(record, found.dialect, uri), record
    return None
