"""What was found out about one file, before anybody declares anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the bytes are in, and why that is believed.

    Attributes:
        mark: whether a byte order mark says so.
        is_utf8: whether all bytes that were looked at are UTF-8.
        needs_declaring: whether a reader has to be told.
    """

    name: str
    mark: bool
    is_utf8: bool
    reason: str
    needs_declaring: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Rows, or a header, that are not as they must be: how many times, and the first physical lines."""

    code: str
    what: str
    count: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """Values of a column that are easily changed by who reads them: how many, and the first one with its line."""

    code: str
    what: str
    count: int
    example: str
    line: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type over all that was read, how many values are blank, and what is at risk."""

    name: str
    type: str
    blanks: int
    risks: tuple[Risk, ...] = ()
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """One file.

    Attributes:
        is_whole: whether all of it was read; types hold for what was read.
        delimiter: None where nothing parts fields.
        rows: those that can be taken; the others are `bad_rows`.
        confidence: the share of sampled records that the delimiter cuts alike.
        candidates: that share for each delimiter that occurs.
        line_ends: how many of each kind (LF, CRLF, CR).
        header: names as they stand in the file; None where the first line is taken for data.
        metadata: what an input has to declare to be read like this, besides its `kind`.
    """

    uri: str
    bytes: int
    is_whole: bool
    encoding: Encoding
    delimiter: str | None
    confidence: float
    candidates: Mapping[str, float]
    quotechar: str | None
    line_ends: Mapping[str, int]
    header: tuple[str, ...] | None
    rows: int
    bad_rows: int
    problems: tuple[Problem, ...]
    columns: tuple[Column, ...]
    metadata: Mapping[str, Any]
    kind: str = "csv"

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)
