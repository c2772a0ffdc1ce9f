"""Which delimiter and which quote a sample has, how surely, and its first record."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trakt.formats.csv.blocks import Block, cut
from trakt.formats.csv.header import fields_of
from trakt.formats.csv.options import Dialect
from trakt.formats.csv.records import records_of
from trakt.formats.csv.sniff import consistencies

_QUOTES = ('"', "'")
_BOUND = r"[,;\t|]"


@dataclass(frozen=True, slots=True)
class FoundDialect:
    """A dialect, the share of records it cuts alike, and that share for each candidate."""

    dialect: Dialect
    confidence: float
    candidates: dict[str, float]
    is_quoted: bool


def dialect_of(head: bytes) -> FoundDialect:
    """The dialect of a file that begins with `head` (UTF-8)."""
    text = head.decode("utf-8", "replace")
    wrapped = {quote: _wraps(quote, text) for quote in _QUOTES}
    # apostrophes stand in texts; only where they alone wrap fields are they quotes
    quote = "'" if wrapped["'"] > 1 and not wrapped['"'] else '"'
    dialect = Dialect(quotechar=quote)
    scores = consistencies(head, dialect)
    best = max(scores, key=lambda each: scores[each], default=",")
    if not scores or not scores[best]:
        # nothing parts anything: one column
        return FoundDialect(dialect, 0.0 if scores else 1.0, scores, bool(wrapped[quote]))
    return FoundDialect(Dialect(best, quote), scores[best], scores, bool(wrapped[quote]))


def _wraps(quote: str, text: str) -> int:
    """How many fields begin and end with this quote."""
    return len(re.findall(rf"(?:^|(?<={_BOUND})){quote}[^{quote}\r\n]*{quote}(?=$|{_BOUND}|\r)", text, re.MULTILINE))


def first_record(head: bytes, dialect: Dialect, uri: str) -> tuple[list[str], Block] | None:
    """The fields of the first record that is not blank, and the record; None where its quotes are not balanced."""
    for block in cut(iter([head]), dialect, uri, aside=True):
        if block.unbalanced:
            return None
        for record in records_of(block, dialect):
            return fields_of(record, dialect, uri), record
    return None
