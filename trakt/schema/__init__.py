"""Logical types, and the schema an author declares for an input.

    schema/
      __init__   LogicalType and Schema: names only, nothing heavy imported
      parse      text -> value, one rule for every format and step
      render     value -> text, likewise
      infer      which type a column of text has, decided over all of it, without loss
      frames     Arrow tables <-> pandas frames, the same on pandas 2 and 3
      stacked    frames below each other, no value changed

A logical type says what a value *is*; how pandas 2, pandas 3 or Arrow store it is nobody's
business outside this room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LogicalType(StrEnum):
    """What a column holds, whatever library stores it."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOL = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"

    @classmethod
    def parse(cls, name: str) -> LogicalType | None:
        """The logical type of a logical or pandas type name (`Int64`, `datetime64[ns]`), or None if unknown."""
        spelled = name.strip().lower().removesuffix("[pyarrow]")
        if spelled in tuple(cls):  # Python 3.11 knows no `in` for a text and an Enum
            return cls(spelled)
        return next((kind for pattern, kind in _PANDAS_NAMES if re.fullmatch(pattern, spelled)), None)


_PANDAS_NAMES = (
    (r"str|object|category|string\[\w+\]|large_string|text", LogicalType.STRING),
    (r"u?int(8|16|32|64)|integer", LogicalType.INT),
    (r"float(16|32|64)|double|number", LogicalType.FLOAT),
    (r"numeric", LogicalType.DECIMAL),
    (r"boolean", LogicalType.BOOL),
    (r"date32|date32\[\w+\]", LogicalType.DATE),
    (r"datetime|datetime64(\[\w+\])?", LogicalType.TIMESTAMP),
)


def type_pattern() -> str:
    """A regular expression, of ECMA 262 too, that a text matches when `LogicalType.parse` knows it."""
    names = "|".join([*LogicalType, *(pattern for pattern, _ in _PANDAS_NAMES)])
    in_any_case = re.sub(r"\\.|[a-z]", lambda found: found[0] if len(found[0]) > 1 else _either(found[0]), names)
    return rf"^\s*({in_any_case})(\[[pP][yY][aA][rR][rR][oO][wW]\])?\s*$"


def _either(letter: str) -> str:
    return f"[{letter}{letter.upper()}]"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a column demands of its values beyond their type (`trakt.schema.rules`).

    Attributes:
        nullable: whether values may be missing.
        allowed: the only values there may be, as texts; () is any.
        pattern: a regular expression that each whole text must be like.
        least, most: bounds of the values, both inclusive, as texts; only for types that have an order.
    """

    nullable: bool = True
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    least: str | None = None
    most: str | None = None


ANY = Rule()


@dataclass(frozen=True, slots=True)
class Schema:
    """What an author declares of an input: columns that must be there, and the types of some or all.

    Attributes:
        columns: names that every file must have; empty means no demand beyond `types`.
        types: column name to logical type; a column not named here has its type inferred.
        rules: column name to what it demands beyond that.
        only: the columns that are taken of those that are there; None: all.
        strangers_aside: a file that has other columns than `only` is set aside, row by row, instead of losing them.
        held: types that nobody declared but a contract: a value is of one where inference could have said so.
        discards: a value that is not of its type becomes a missing one.
        floats: columns that are inferred to be floats, though all of their values are whole, where floats hold these.
    """

    columns: tuple[str, ...] = ()
    types: Mapping[str, LogicalType] | None = None
    rules: Mapping[str, Rule] | None = None
    only: frozenset[str] | None = None
    strangers_aside: bool = False
    held: Mapping[str, LogicalType] | None = None
    discards: bool = False
    floats: frozenset[str] = frozenset()

    @property
    def demanded(self) -> tuple[str, ...]:
        """Every column the input must have."""
        return tuple(dict.fromkeys((*self.columns, *(self.types or {}))))

    def type_of(self, column: str) -> LogicalType | None:
        """The declared type of `column`, or None where it is to be inferred."""
        return (self.types or {}).get(column)
