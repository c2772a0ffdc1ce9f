"""The catalog's words for types, and what Arrow writes for them.

Source: "Data types in Amazon Athena", Amazon Athena User Guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trakt.schema import LogicalType

if TYPE_CHECKING:
    import pyarrow as pa

PLAIN = ("string", "bigint", "int", "smallint", "tinyint", "double", "boolean", "date", "timestamp")
"""Types that are one word; the others that are written are `decimal(p,s)`, and `varchar(n)` and `char(n)` as text."""

_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_SHORT_TEXT = re.compile(r"(?:var)?char\((\d+)\)")
MOST_DIGITS = 38

_OF_LOGICAL = {
    LogicalType.INT: "bigint",
    LogicalType.FLOAT: "double",
    LogicalType.BOOL: "boolean",
    LogicalType.DATE: "date",
    LogicalType.TIMESTAMP: "timestamp",
}


def decimal_of(word: str) -> tuple[int, int] | None:
    """Digits in all and behind the point, of `decimal(12,2)`."""
    found = _DECIMAL.fullmatch(word)
    if not found:
        return None
    digits, places = int(found[1]), int(found[2])
    return (digits, places) if 1 <= digits <= MOST_DIGITS and places <= digits else None


def room_of(word: str) -> int | None:
    """How many characters a column of texts has room for; None: as many as there are."""
    found = _SHORT_TEXT.fullmatch(word)
    return int(found[1]) if found else None


def is_written(word: str) -> bool:
    """Whether a column of this type can be written."""
    return word in PLAIN or bool(decimal_of(word) or _SHORT_TEXT.fullmatch(word))


def arrow_of(word: str) -> pa.DataType:
    """What Arrow writes a column of this type as; it `is_written`."""
    import pyarrow as pa

    if decimal := decimal_of(word):
        return pa.decimal128(*decimal)
    plain = {
        "bigint": pa.int64(),
        "int": pa.int32(),
        "smallint": pa.int16(),
        "tinyint": pa.int8(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }
    return plain.get(word, pa.string())


def word_of(arrow: pa.DataType) -> str:
    """The type of a column that is written as `arrow`."""
    import pyarrow as pa

    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    if pa.types.is_timestamp(arrow):
        return "timestamp"
    return next((word for word in PLAIN if word != "string" and arrow_of(word) == arrow), "string")


def word_of_logical(kind: LogicalType | None) -> str:
    """The type of a column of which no row was written."""
    return (
        f"decimal({MOST_DIGITS},0)"
        if kind is LogicalType.DECIMAL
        else _OF_LOGICAL.get(kind or LogicalType.STRING, "string")
    )


def word_of_key(kind: LogicalType | None) -> str:
    """The type of a column by which a table is parted: its values are texts in names of folders."""
    as_they_are = (LogicalType.INT, LogicalType.BOOL, LogicalType.DATE)
    return _OF_LOGICAL[kind] if kind in as_they_are else "string"
