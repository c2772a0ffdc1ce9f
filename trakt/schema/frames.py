"""Arrow tables to pandas frames and back to logical types, the same on pandas 2 and pandas 3."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from trakt.schema import LogicalType
from trakt.schema.infer import ColumnType
from trakt.schema.render import value_text

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
"""The dtype of text columns: pandas 3's `str`, which pandas 2.3 has under this name."""

_NULLABLE = {
    pa.string(): TEXT,
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.date32(): pd.ArrowDtype(pa.date32()),
}
_DENSE = {pa.string(): TEXT, pa.date32(): pd.ArrowDtype(pa.date32())}


def to_series(column: Any, kind: LogicalType, *, nullable: bool = True) -> pd.Series[Any]:
    """A column of parsed values (`trakt.schema.parse.parse_text`) as a Series.

    Args:
        nullable: whole numbers and true/false get a dtype that can hold missing values, whether or
            not some are missing here: a chunk must not decide for its column.
    """
    if kind is LogicalType.DECIMAL:
        return pd.Series([None if text is None else Decimal(text) for text in column.to_pylist()], dtype=object)
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    series: pd.Series[Any] = column.to_pandas(types_mapper=(_NULLABLE if nullable else _DENSE).get)
    # numpy columns may be views of Arrow's memory, which is read-only: a step must be able to write to its frame
    return series.copy() if isinstance(series.dtype, np.dtype) else series


def to_frame(table: pa.Table, types: Mapping[str, ColumnType], first_row: int) -> pd.DataFrame:
    """A table of parsed values as a frame whose index counts the rows of the input from `first_row`."""
    columns = {}
    for name in table.column_names:
        column = types[name]
        if column.empty:
            # an object column of nothing works as text and as number in pandas; no other dtype does
            columns[name] = pd.Series([np.nan] * table.num_rows, dtype=object)
        else:
            columns[name] = to_series(table.column(name), column.kind, nullable=column.blanks)
    frame = pd.DataFrame(columns, columns=pd.Index(table.column_names, dtype=object), copy=False)
    frame.index = pd.RangeIndex(first_row, first_row + table.num_rows)
    return frame


def without_categories(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column as one of its values, where it is one of categories."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    # whole numbers have no room for a missing one
    return column.astype(object if column.hasnans else column.cat.categories.dtype)


def logical_types(frame: pd.DataFrame) -> dict[str, LogicalType | None]:
    """The logical type of each column; None where every value is missing, so that other chunks decide."""
    return {
        value_text(name) or "": _logical_type(frame.iloc[:, position]) for position, name in enumerate(frame.columns)
    }


def joined_type(one: LogicalType | None, other: LogicalType | None) -> LogicalType | None:
    """The type that holds both: of two chunks of one column."""
    if one is None or other is None or one is other:
        return one or other
    if {one, other} <= {LogicalType.INT, LogicalType.FLOAT}:
        return LogicalType.FLOAT
    return LogicalType.STRING


def _logical_type(column: pd.Series[Any]) -> LogicalType | None:
    dtype: Any = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _logical_type(pd.Series(column.cat.categories))
    if pd.api.types.is_object_dtype(dtype):
        return _OBJECT_KINDS.get(pd.api.types.infer_dtype(column, skipna=True), LogicalType.STRING)
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_kind(dtype.pyarrow_dtype)
    return _DTYPE_KINDS.get(dtype.kind, LogicalType.STRING)


_DTYPE_KINDS = {
    "i": LogicalType.INT,
    "u": LogicalType.INT,
    "f": LogicalType.FLOAT,
    "b": LogicalType.BOOL,
    "M": LogicalType.TIMESTAMP,
}
_OBJECT_KINDS = {
    "empty": None,
    "integer": LogicalType.INT,
    "floating": LogicalType.FLOAT,
    "mixed-integer-float": LogicalType.FLOAT,
    "boolean": LogicalType.BOOL,
    "decimal": LogicalType.DECIMAL,
    "date": LogicalType.DATE,
    "datetime": LogicalType.TIMESTAMP,
    "datetime64": LogicalType.TIMESTAMP,
}


def _arrow_kind(kind: pa.DataType) -> LogicalType | None:
    tests = (
        (pa.types.is_null, None),
        (pa.types.is_integer, LogicalType.INT),
        (pa.types.is_floating, LogicalType.FLOAT),
        (pa.types.is_decimal, LogicalType.DECIMAL),
        (pa.types.is_boolean, LogicalType.BOOL),
        (pa.types.is_date, LogicalType.DATE),
        (pa.types.is_timestamp, LogicalType.TIMESTAMP),
    )
    return next((logical for test, logical in tests if test(kind)), LogicalType.STRING)
