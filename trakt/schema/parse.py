"""Text to value: the one rule that every format and step shares; `render` is the way back.

Reading is exact: a text either is a value of the wanted type, whole, or it is reported; nothing
is rounded or guessed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trakt.schema import LogicalType
from trakt.schema.octets import holds_only, table_of

ARROW_TYPES: dict[LogicalType, pa.DataType] = {
    LogicalType.STRING: pa.string(),
    LogicalType.INT: pa.int64(),
    LogicalType.FLOAT: pa.float64(),
    # its own digits: one scale for a whole column would change them
    LogicalType.DECIMAL: pa.string(),
    LogicalType.BOOL: pa.bool_(),
    LogicalType.DATE: pa.date32(),
    LogicalType.TIMESTAMP: pa.timestamp("us"),
}

_TRUE = pa.array(["true", "t", "yes", "y", "1"])
_FALSE = pa.array(["false", "f", "no", "n", "0"])
_SHAPES = {
    LogicalType.INT: r"^[+-]?[0-9]+(\.0*)?$",
    LogicalType.FLOAT: r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
    LogicalType.DECIMAL: r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$",
    LogicalType.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    LogicalType.TIMESTAMP: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?$",
}
WANTED = {
    LogicalType.STRING: "text",
    LogicalType.INT: "a whole number between -2^63 and 2^63-1",
    LogicalType.FLOAT: "a number",
    LogicalType.DECIMAL: "a decimal number",
    LogicalType.BOOL: "true or false",
    LogicalType.DATE: "a date like 2026-02-05",
    LogicalType.TIMESTAMP: "a timestamp like 2026-02-05 09:30:00, without a zone",
}
"""What a text must look like to be of a type, in words for messages."""


@dataclass(frozen=True, slots=True)
class TextRules:
    """How a source spells its values: its `decimal` sign, its `date_format` (strptime) or None for ISO 8601.

    `bools` are the words for true and false in a column that is inferred to be bool; in a declared one, more are.
    """

    decimal: str = "."
    date_format: str | None = None
    bools: tuple[str, str] = ("True", "False")


ISO = TextRules()


def parse_text(column: Any, kind: LogicalType, rules: TextRules = ISO) -> tuple[pa.Array, pa.Array]:
    """Read a column of text as `kind`.

    Space around a value that is not text is ignored, and so are a plus sign and leading zeros of
    a number: whoever declares a number says that they mean nothing.

    Returns:
        The values (of `ARROW_TYPES[kind]`, null where missing or bad), and a boolean array that is true where a
        text is there but is no such value.
    """
    texts = one_array(column).cast(pa.string())
    if kind is LogicalType.STRING:
        return texts, _nowhere(texts)
    plain = _parse_plain(texts, kind, rules)
    if plain is not None:
        return plain, _nowhere(texts)
    trimmed = pc.utf8_trim_whitespace(texts)
    if kind is LogicalType.BOOL:
        values = _parse_bool(trimmed)
    elif rules.date_format and kind in (LogicalType.DATE, LogicalType.TIMESTAMP):
        values = _parse_dates(trimmed, rules.date_format, ARROW_TYPES[kind])
    else:
        values = _parse_shape(_spelled(trimmed, kind, rules), kind)
    return values, pc.and_(pc.is_valid(texts), pc.is_null(values))


_DIGITS = b"0123456789-"
_PLAIN = {
    LogicalType.INT: table_of(_DIGITS),
    LogicalType.FLOAT: table_of(_DIGITS + b"+.eE"),
    LogicalType.DATE: table_of(_DIGITS),
    LogicalType.TIMESTAMP: table_of(_DIGITS + b" T:."),
}
_HOUR_ALONE = len("2026-02-05 09")


def _parse_plain(texts: pa.Array, kind: LogicalType, rules: TextRules) -> pa.Array | None:
    """The values, where every text is one that Arrow reads as it is; None where some need a closer look.

    What it accepts and we do not is ruled out by letters: no hexadecimal number, no `nan`, no zone.
    """
    otherwise = rules.date_format if kind in (LogicalType.DATE, LogicalType.TIMESTAMP) else rules.decimal != "."
    if otherwise or kind not in _PLAIN or not holds_only(texts, _PLAIN[kind]):
        return None
    try:
        values = pc.cast(texts, ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        return None
    if kind is LogicalType.FLOAT and not pc.all(pc.is_finite(values), min_count=0).as_py():
        return None
    if kind is LogicalType.TIMESTAMP and pc.any(pc.equal(pc.binary_length(texts), _HOUR_ALONE)).as_py():
        return None
    return values


def one_array(column: Any) -> pa.Array:
    """A column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _nowhere(column: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(column))


def _spelled(texts: pa.Array, kind: LogicalType, rules: TextRules) -> pa.Array:
    """The texts in the spelling Arrow reads: a decimal point, and no plus sign."""
    return with_point(texts, rules) if kind in (LogicalType.FLOAT, LogicalType.DECIMAL) else texts


def with_point(texts: pa.Array, rules: TextRules) -> pa.Array:
    """Numbers with a decimal point, whatever sign their source has."""
    if rules.decimal == ".":
        return texts
    # a point is no digit there: leaving it would read 1.234,5 or 1.5 as something nobody wrote
    return pc.replace_substring(pc.replace_substring(texts, ".", "?"), rules.decimal, ".")


def _parse_shape(texts: pa.Array, kind: LogicalType) -> pa.Array:
    if kind is LogicalType.DATE:
        # midnight is no hour that could be lost
        texts = pc.replace_substring_regex(texts, r"[ T]00:00(:00(\.0+)?)?$", "")
    shaped = pc.if_else(pc.match_substring_regex(texts, _SHAPES[kind]), texts, pa.scalar(None, pa.string()))
    if kind is LogicalType.INT:
        shaped = pc.replace_substring_regex(shaped, r"^\+|\.0*$", "")
    if kind is LogicalType.DECIMAL:
        return pc.replace_substring_regex(shaped, r"^\+", "")
    values = cast_where_possible(shaped, ARROW_TYPES[kind])
    if kind is LogicalType.FLOAT:
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    return values


def _parse_bool(texts: pa.Array) -> pa.Array:
    lowered = pc.utf8_lower(texts)
    is_true = pc.is_in(lowered, _TRUE)
    known = pc.or_(is_true, pc.is_in(lowered, _FALSE))
    return pc.if_else(known, is_true, pa.scalar(None, pa.bool_()))


def _parse_dates(texts: pa.Array, date_format: str, arrow_type: pa.DataType) -> pa.Array:
    """Through Python's own strptime: Arrow's makes 3 March of 31 February, pandas 2 knows no year 9999."""
    spelled = pc.dictionary_encode(texts)
    moments = [_moment(text, date_format) for text in spelled.dictionary.to_pylist()]
    if arrow_type == pa.date32():
        # a date has no hour to lose
        moments = [moment if moment and moment.time() == dt.time() else None for moment in moments]
    return pa.array(moments, pa.timestamp("us")).cast(arrow_type).take(spelled.indices)


def _moment(text: str, date_format: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.strptime(text, date_format)
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def cast_where_possible(texts: pa.Array, arrow_type: pa.DataType) -> pa.Array:
    """Cast what can be cast; the rest becomes null. Halves the column to find the few that cannot."""
    try:
        return pc.cast(texts, arrow_type)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, arrow_type)
        middle = len(texts) // 2
        halves = (texts.slice(0, middle), texts.slice(middle))
        return pa.concat_arrays([cast_where_possible(half, arrow_type) for half in halves])
