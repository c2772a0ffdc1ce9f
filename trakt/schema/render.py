"""Value to text: the one rule that every format and step shares; `parse` is the way back.

The text depends on the value alone, never on the dtype of the column or chunk it stands in, so `5`,
`5.0` and a nullable `5` are all written `5` and the same rows give the same bytes however they were cut:

    int        digits                     float      shortest form that reads back equal; 5.0 is `5`
    decimal    its own digits: `1.50`     bool       `True`, `False`
    date       `2026-02-05`               timestamp  `2026-02-05 09:30:00[.5][+01:00]`
    missing    null
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def arrow_array(column: pd.Series[Any]) -> pa.Array | pa.ChunkedArray | None:
    """A column of a frame as Arrow has it; None where only its values, as objects, say what they are."""
    if column.dtype == object:
        return None
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowNotImplementedError):
        # dtypes Arrow does not know (sparse, complex)
        return None
    # periods and intervals are numbers to Arrow
    return None if isinstance(array.type, pa.BaseExtensionType) else array


def render_text(column: Any) -> pa.Array:
    """A column (pandas Series, Arrow array or chunked array) as text; missing values are null.

    Raises:
        TypeError: a value has no text form (raw bytes, half a character).
    """
    if isinstance(column, pd.Series):
        array = arrow_array(column)
        if array is None:
            return _render_objects(column.astype(object))
        column = array
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return _render_arrow(column)


def _render_arrow(column: pa.Array) -> pa.Array:  # noqa: PLR0911 - one line per kind of column
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _render_arrow(column.dictionary_decode())
    if pa.types.is_string(kind):
        return column
    if pa.types.is_large_string(kind):
        # a slice that begins beyond 2 GiB cannot be cast before it is copied to a place of its own
        own = column.take(pa.array(np.arange(len(column)))) if column.offset else column
        return pc.cast(own, pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "True", "False")
    if pa.types.is_floating(kind):
        return _render_floats(column)
    if pa.types.is_timestamp(kind):
        return _render_timestamps(column)
    if any(is_kind(kind) for is_kind in _CAST_AS_THEY_ARE):
        return pc.cast(column, pa.string())
    return pa.array([value_text(value) for value in column.to_pylist()], pa.string())


_FIRST_EXPONENT = 1e9
"""Below, Arrow writes no exponent but a negative one; a margin, since the exact bound is its own affair."""


def _render_floats(column: pa.Array) -> pa.Array:
    """Arrow's shortest form, which has an exponent from 1e10 on; Python has it from 1e16 on, as whole numbers need."""
    if pc.any(pc.is_nan(column)).as_py():
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    texts = pc.cast(column, pa.string())
    if pa.types.is_float16(column.type) or _largest(column) < _FIRST_EXPONENT:
        return texts
    large = pc.fill_null(pc.match_substring(texts, "e+"), False)
    if not pc.any(large).as_py():
        return texts
    spelled = [_large_float_text(value) for value in column.filter(large).to_pylist()]
    return pc.replace_with_mask(texts, large, pa.array(spelled, pa.string()))


def _largest(column: pa.Array) -> float:
    bounds = pc.min_max(column)
    return max(-(bounds["min"].as_py() or 0), bounds["max"].as_py() or 0)


def _large_float_text(value: float) -> str:
    return repr(value).removesuffix(".0")


_CAST_AS_THEY_ARE = (pa.types.is_integer, pa.types.is_date32, pa.types.is_null)


def _render_timestamps(column: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(pc.cast(column, pa.string()), r"Z$", "+0000")
    text = pc.replace_substring_regex(text, r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2") if column.type.tz else text
    shorter = pc.replace_substring_regex(text, r"(\.[0-9]*?)0+([+-]|$)", r"\1\2")
    return pc.replace_substring_regex(shorter, r"\.([+-]|$)", r"\1")


def _render_objects(column: pd.Series[Any]) -> pa.Array:
    is_text = pd.api.types.infer_dtype(column, skipna=True) == "string"
    texts = column if is_text else [value_text(value) for value in column.tolist()]
    try:
        return pa.array(texts, pa.string(), from_pandas=True)
    except UnicodeEncodeError as fault:
        raise TypeError("a text holds half a character (a lone surrogate); mend it in a step") from fault


def value_text(value: Any) -> str | None:  # noqa: PLR0911 - one line per kind of value
    """The text of one value, or None when it is missing.

    Raises:
        TypeError: raw bytes, which have no text form until somebody says their encoding, or a value of many parts.
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else _float_text(value)
    if isinstance(value, Decimal):
        return None if value.is_nan() else format(value, "f")
    if isinstance(value, dt.datetime):
        return _datetime_text(value)
    if isinstance(value, dt.timedelta):
        return str(pd.Timedelta(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("raw bytes have no text form; decode them in a step")
    if isinstance(value, (list, tuple, dict, set, frozenset, np.ndarray)):
        raise TypeError(
            f"a {type(value).__name__} has no text form that could be read back; make a text of it in a step"
        )
    return str(value)


def _float_text(value: float) -> str:
    return str(_render_floats(pa.array([value]))[0].as_py())


def _datetime_text(value: dt.datetime) -> str:
    unit = "ns" if getattr(value, "nanosecond", 0) else "us"
    return str(_render_timestamps(pa.array([value], pa.timestamp(unit, _zone(value))))[0].as_py())


def _zone(value: dt.datetime) -> str | None:
    offset = value.utcoffset()
    if offset is None:
        return None
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
