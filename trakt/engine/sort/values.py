"""A column as values that have an order: by what a value is, never by the dtype of the chunk in which it stands.

    numbers     by value, whatever they are held as      text        by code points, which no locale changes
    bool        false before true                        timestamps  by instant, those with a zone apart from the others
    date        by day                                   durations   by length

What is none of these has the order of its text. Missing values, NaN among them, are null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.engine.sort.numbers import decimals, exact
from trakt.schema.frames import without_categories
from trakt.schema.render import arrow_array, render_text


class Family(StrEnum):
    """Values that can be compared with each other, as a message calls them."""

    TEXT = "text"
    NUMBER = "numbers"
    BOOL = "true or false"
    DATE = "dates"
    TIMESTAMP = "timestamps without a zone"
    ZONED = "timestamps with a zone"
    DURATION = "durations"


class MixedError(Exception):
    """A column holds values that cannot be compared with each other."""

    def __init__(self, families: Iterable[Family]) -> None:
        one, other, *_ = sorted(families)
        super().__init__(f"{one} in some rows and {other} in others")


def ordered(column: pd.Series[Any]) -> tuple[Family | None, Any]:
    """Its family, None where all values are missing, and the values as an Arrow array that has their order.

    Raises:
        MixedError: they are of several families.
        TypeError: a value is none that an output could hold.
    """
    column = without_categories(column)
    array = arrow_array(column)
    return _of_objects(column.astype(object)) if array is None else _of_arrow(array)


def _of_arrow(array: Any) -> tuple[Family | None, Any]:  # noqa: PLR0911 - one line per kind of column
    kind = array.type
    if array.null_count == len(array):
        return None, pa.nulls(len(array))
    if pa.types.is_dictionary(kind):
        return _of_arrow(array.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return Family.BOOL, array
    if pa.types.is_integer(kind):
        too_large = kind == pa.uint64() and pc.max(array).as_py() >= 1 << 63
        return Family.NUMBER, decimals(array.to_pylist()) if too_large else array.cast(pa.int64())
    if pa.types.is_floating(kind):
        return _floats(array.cast(pa.float64()))
    if pa.types.is_decimal(kind):
        return Family.NUMBER, decimals(array.to_pylist())
    if pa.types.is_date(kind):
        return Family.DATE, array.cast(pa.date32())
    if pa.types.is_timestamp(kind):
        return Family.ZONED if kind.tz else Family.TIMESTAMP, _microseconds(array)
    if pa.types.is_duration(kind):
        return Family.DURATION, _microseconds(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Family.TEXT, array.cast(pa.large_string())
    return Family.TEXT, render_text(array).cast(pa.large_string())


def _floats(array: Any) -> tuple[Family | None, Any]:
    whole = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    return (None, pa.nulls(len(array))) if whole.null_count == len(array) else (Family.NUMBER, whole)


_PER_MICROSECOND = {"s": Decimal(1_000_000), "ms": Decimal(1_000), "us": Decimal(1), "ns": Decimal("0.001")}


def _microseconds(array: Any) -> Any:
    """Moments and durations as numbers: the year 9999 and a nanosecond have room in them, if not in one unit."""
    unit, count = array.type.unit, array.cast(pa.int64())
    if unit == "us":
        return count
    if unit == "ns":
        shorter = pc.divide(count, 1000)
        if pc.all(pc.equal(pc.multiply(shorter, 1000), count)).as_py():
            return shorter
    else:
        try:
            return pc.multiply_checked(count, int(_PER_MICROSECOND[unit]))
        except pa.ArrowInvalid:
            pass
    each = _PER_MICROSECOND[unit]
    return decimals([None if value is None else value * each for value in count.to_pylist()])


_KINDS: tuple[tuple[tuple[type, ...], Family], ...] = (
    ((bool, np.bool_), Family.BOOL),
    ((dt.datetime, np.datetime64), Family.TIMESTAMP),
    ((dt.date,), Family.DATE),
    ((dt.timedelta, np.timedelta64), Family.DURATION),
    ((int, float, Decimal, np.integer, np.floating), Family.NUMBER),
)


def _of_objects(column: pd.Series[Any]) -> tuple[Family | None, Any]:
    missing = column.isna().to_numpy()
    values = column.to_numpy(dtype=object)[~missing].tolist()
    families = {_family(kind) for kind in set(map(type, values))}
    if families == {Family.TIMESTAMP}:
        families = {Family.TIMESTAMP if getattr(value, "tzinfo", None) is None else Family.ZONED for value in values}
    if len(families) > 1:
        raise MixedError(families)
    if not families:
        return None, pa.nulls(len(column))
    family = families.pop()
    made = _of_values(family, values)
    if not missing.any():
        return family, made
    places = np.cumsum(~missing) - 1
    return family, made.take(pa.array(places, mask=missing))


def _family(kind: type) -> Family:
    return next((family for kinds, family in _KINDS if issubclass(kind, kinds)), Family.TEXT)


def _of_values(family: Family, values: list[Any]) -> Any:
    match family:
        case Family.NUMBER:
            return _numbers([value.item() if isinstance(value, np.generic) else value for value in values])
        case Family.BOOL:
            return pa.array(list(map(bool, values)))
        case Family.DATE:
            return pa.array(values, pa.date32())
        case Family.TIMESTAMP | Family.ZONED | Family.DURATION:
            return _moments(family, values)
        case Family.TEXT:
            return render_text(pd.Series(values, dtype=object)).cast(pa.large_string())


def _numbers(values: list[Any]) -> Any:
    kinds = set(map(type, values))
    if kinds == {float}:
        return pa.array(values, pa.float64())
    if float in kinds:
        return exact(values)
    if kinds == {int}:
        try:
            return pa.array(values, pa.int64())
        except OverflowError:
            pass
    return decimals(values)


def _moments(family: Family, values: list[Any]) -> Any:
    if family is Family.DURATION:
        return _microseconds(pa.array(pd.Series(values, dtype="timedelta64[ns]"), from_pandas=True))
    plain = [pd.Timestamp(value) if isinstance(value, np.datetime64) else value for value in values]
    rest = [getattr(value, "nanosecond", 0) for value in plain]
    zone = "UTC" if family is Family.ZONED else None
    count = pa.array([_without_rest(value) for value in plain], pa.timestamp("us", zone)).cast(pa.int64())
    if not any(rest):
        return count
    return decimals([whole + Decimal(more) / 1000 for whole, more in zip(count.to_pylist(), rest, strict=True)])


def _without_rest(value: dt.datetime) -> dt.datetime:
    return value.to_pydatetime(warn=False) if isinstance(value, pd.Timestamp) else value
