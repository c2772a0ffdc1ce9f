"""Columns of frames as Arrow holds them until they are written, and what they are written as once all are known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import OutputError
from trakt.schema import LogicalType
from trakt.schema.frames import joined_type, without_categories
from trakt.schema.parse import cast_where_possible
from trakt.schema.render import render_text

_MOST_DIGITS = 76
_PLAIN = {LogicalType.INT: pa.int64(), LogicalType.FLOAT: pa.float64(), LogicalType.BOOL: pa.bool_()}


def kept(column: pd.Series[Any], kind: LogicalType | None) -> pa.Array:
    """A column of one chunk; what it becomes in the end is for `Column` to say.

    Raises:
        TypeError: a value has no type a table could have (raw bytes, lists).
        pyarrow.ArrowException: a whole number is too large.
    """
    if kind is None:
        return pa.nulls(len(column))
    column = without_categories(column)
    if kind in (LogicalType.STRING, LogicalType.DECIMAL):
        return render_text(column)
    array = _as_arrow(column, kind)
    if kind is LogicalType.TIMESTAMP:
        return _in_microseconds(array)
    if kind is LogicalType.DATE:
        return array.cast(pa.date32())
    array = array.cast(_PLAIN[kind])
    return pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array) if kind is LogicalType.FLOAT else array


def _as_arrow(column: pd.Series[Any], kind: LogicalType) -> pa.Array:
    if column.dtype != object:
        array = pa.array(column, from_pandas=True)
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    values = [None if gone else value for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]
    if kind is not LogicalType.TIMESTAMP:
        return pa.array(values, _PLAIN.get(kind, pa.date32()))
    zones = {getattr(value, "tzinfo", None) is not None for value in values if value is not None}
    if len(zones) > 1:
        raise TypeError("some timestamps have a zone, and some have none")
    return pa.array(pd.to_datetime(pd.Series(values, dtype=object), utc=zones == {True}), from_pandas=True)


def _in_microseconds(array: pa.Array) -> pa.Array:
    exact = cast_where_possible(array, pa.timestamp("us", array.type.tz))
    return exact if exact.null_count == array.null_count else array.cast(pa.timestamp("ns", array.type.tz))


class Column:
    """What one column is written as, decided over all of its chunks by its values alone.

    Attributes:
        kind: its logical type; None as long as it has no value.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self.kind: LogicalType | None = None
        self._zones: set[str | None] = set()
        self._unit = "us"
        self._whole_digits = self._places = 0

    def observe(self, array: pa.Array, kind: LogicalType | None) -> None:
        """Take in one chunk of it, as `kept` gives it."""
        self.kind = joined_type(self.kind, kind)
        if kind is LogicalType.TIMESTAMP and array.null_count < len(array):
            self._zones.add(array.type.tz)
            self._unit = "ns" if "ns" in (self._unit, array.type.unit) else "us"
        if kind is LogicalType.DECIMAL:
            for text in pc.unique(array.drop_null()).to_pylist():
                _, digits, exponent = Decimal(text).as_tuple()
                places = max(0, -exponent) if isinstance(exponent, int) else 0
                self._places = max(self._places, places)
                self._whole_digits = max(self._whole_digits, len(digits) - places)

    @property
    def arrow(self) -> pa.DataType:
        """What Arrow writes it as.

        Raises:
            OutputError: its values have no type together.
        """
        if self.kind is LogicalType.DECIMAL:
            digits = max(1, self._whole_digits + self._places)
            if digits > _MOST_DIGITS:
                raise self.error(f"holds decimals of {digits} digits together, and Parquet has room for {_MOST_DIGITS}")
            return pa.decimal128(digits, self._places) if digits <= 38 else pa.decimal256(digits, self._places)
        if self.kind is LogicalType.TIMESTAMP:
            if len(self._zones) > 1 and None in self._zones:
                raise self.error("holds timestamps of which some have a zone, and some have none")
            zones = self._zones or {None}
            return pa.timestamp(self._unit, zones.copy().pop() if len(zones) == 1 else "UTC")
        return {**_PLAIN, LogicalType.DATE: pa.date32()}.get(self.kind or LogicalType.STRING, pa.string())

    def written(self, array: Any) -> Any:
        """One chunk of it, as Arrow writes it.

        Raises:
            OutputError: a value does not fit what the others are.
        """
        arrow = self.arrow
        try:
            if pa.types.is_string(arrow):
                return render_text(array)
            return array.cast(arrow)
        except pa.ArrowException as fault:
            raise self.error(f"holds a value that cannot be written as {arrow}, as the others are") from fault

    def error(self, what: str) -> OutputError:
        """What is wrong with it."""
        return OutputError(what, where=self._where, hint="make one type of it, or text, with trakt.steps.cast")
