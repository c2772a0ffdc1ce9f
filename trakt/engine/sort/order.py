"""The order of rows by columns of sort values: missing ones last, equal rows as they came."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trakt.engine.sort.numbers import EXACT, exact

Positions = np.ndarray[Any, np.dtype[np.int64]]
Rank = tuple[tuple[bool, Any], ...]
"""Of one row: ranks compare as their rows do."""


class Order:
    """An order of rows, by which of its columns descend. Tables have one column for each, as `values` makes them."""

    def __init__(self, descending: Sequence[bool]) -> None:
        self._descending = tuple(descending)
        self._names = tuple(map(str, range(len(self._descending))))

    def table(self, columns: Sequence[Any]) -> pa.Table:
        """These columns as a table that has this order."""
        return pa.table(list(columns), list(self._names))

    def positions(self, table: pa.Table) -> Positions:
        """Where the first row stands, the second one and so on; Arrow's sort is stable and puts nulls last."""
        directions = ["descending" if down else "ascending" for down in self._descending]
        found = pc.sort_indices(table, sort_keys=list(zip(self._names, directions, strict=True)))
        return np.asarray(found.to_numpy(), np.int64)

    def rank(self, table: pa.Table, row: int) -> Rank:
        """That of one row."""
        values = [table.column(name)[row].as_py() for name in self._names]
        return tuple(
            (value is None, _Down(value) if down and value is not None else value)
            for value, down in zip(values, self._descending, strict=True)
        )

    def rows_up_to(self, bound: Rank, table: pa.Table, *, with_equal: bool) -> int:
        """How many rows of a sorted table come before those of that rank, or up to the last of them."""
        find = bisect_right if with_equal else bisect_left
        return find(range(table.num_rows), bound, key=lambda row: self.rank(table, row))


class _Down:
    """A value among others that descend."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and bool(self._value == other._value)

    def __lt__(self, other: _Down) -> bool:
        return bool(other._value < self._value)

    __hash__ = None  # type: ignore[assignment]  # like lists: nobody looks a rank up


def alike(table: pa.Table, types: Sequence[pa.DataType]) -> pa.Table:
    """The table with columns of these types (`together`), which changes no order."""
    columns = [
        column if column.type == kind else exact(column.to_pylist()) if kind == EXACT else column.cast(kind)
        for column, kind in zip(table.columns, types, strict=True)
    ]
    return pa.table(columns, table.column_names)


def together(schemas: Sequence[pa.Schema]) -> list[pa.DataType]:
    """Types in which columns of all of these can be compared: they differ where numbers do, or values are missing."""
    found = []
    for position in range(len(schemas[0])):
        kinds = {schema.field(position).type for schema in schemas} - {pa.null()}
        found.append(EXACT if len(kinds) > 1 else next(iter(kinds), pa.null()))
    return found
