"""Values of a Parquet column as values of our types, exactly: what does not fit is named, never rounded."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from trakt.formats.parquet.columns import UUIDS, held_in, is_bytes, kind_of
from trakt.schema import LogicalType
from trakt.schema.parse import cast_where_possible, one_array, parse_text
from trakt.schema.render import render_text


def values_of(column: Any, kind: LogicalType, held: pa.DataType) -> tuple[pa.Array, pa.Array]:
    """The values of a column as `kind`, held in Arrow's type `held`.

    Returns:
        The values, null where missing or bad; and which of those that are there are no such value.
    """
    stored = plain(column)
    is_there = pc.is_valid(stored)
    own = kind_of(stored.type)
    if kind is own or (own, kind) == (LogicalType.INT, LogicalType.FLOAT):
        values = _in_our_years(cast_where_possible(stored, held))
    elif is_bytes(stored.type):
        texts = cast_where_possible(stored, pa.string())
        values = parse_text(texts, kind)[0].cast(held)
    else:
        values = parse_text(_told(stored), kind)[0].cast(held)
    return values, pc.and_(is_there, pc.is_null(values))


_FIRST, _LAST = dt.datetime.min, dt.datetime.max
"""Beyond these years a day has no text that another reader takes for one (ISO 8601: four digits)."""


def _in_our_years(values: pa.Array) -> pa.Array:
    """Days and moments; what lies in other years is missing."""
    if pa.types.is_date(values.type):
        first, last = pa.scalar(_FIRST.date(), values.type), pa.scalar(_LAST.date(), values.type)
    elif pa.types.is_timestamp(values.type):
        moments = values.cast(pa.timestamp("us"))
        inside = _between(moments, pa.scalar(_FIRST, moments.type), pa.scalar(_LAST, moments.type))
        return pc.if_else(inside, values, pa.scalar(None, values.type))
    else:
        return values
    return pc.if_else(_between(values, first, last), values, pa.scalar(None, values.type))


def _between(values: pa.Array, first: pa.Scalar, last: pa.Scalar) -> pa.Array:
    return pc.and_(pc.greater_equal(values, first), pc.less_equal(values, last))


def _told(stored: pa.Array) -> pa.Array:
    """The values of a column as text; what has none is missing."""
    texts = texts_of(stored)
    if not pa.types.is_timestamp(stored.type):
        return texts
    # so Arrow says that it has no text
    return pc.if_else(pc.starts_with(texts, "<"), pa.scalar(None, texts.type), texts)


def texts_of(column: Any) -> pa.Array:
    """The values of a column as text, null where missing; bytes that are no text are `\\xe9`."""
    stored = plain(column)
    if is_bytes(stored.type):
        said = [None if value is None else value.decode("utf-8", "backslashreplace") for value in stored.to_pylist()]
        return pa.array(said, pa.string())
    own = kind_of(stored.type)
    if own is None:
        return pa.array([None if value is None else str(value) for value in stored.to_pylist()], pa.string())
    if pa.types.is_decimal(stored.type):
        said = [None if value is None else format(value, "f") for value in stored.to_pylist()]
        return pa.array(said, pa.string())
    if pa.types.is_time(stored.type):
        return stored.cast(pa.string())
    exact = held_in(own, stored.type)
    # what is finer than we hold it is told as it stands there
    fits = own is not LogicalType.TIMESTAMP or cast_where_possible(stored, exact).null_count == stored.null_count
    return render_text(stored.cast(exact) if fits and own is LogicalType.TIMESTAMP else stored)


def plain(column: Any) -> pa.Array:
    """A column in one piece, each value by itself; what is not a number is missing."""
    array = one_array(column)
    if isinstance(array.type, pa.BaseExtensionType):
        array = _unwrapped(array)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    return array


def _unwrapped(array: Any) -> pa.Array:
    """What an extension type is made of; of a UUID its text."""
    stored = array.storage
    if array.type.extension_name != UUIDS:
        return stored
    return pa.array([None if value is None else str(UUID(bytes=value)) for value in stored.to_pylist()], pa.string())
