"""Whether two CSV files hold the same table: times of different work say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

NUMBERS = {"order_id": pa.int64(), "quantity": pa.int64(), "amount": pa.float64(), "rate": pa.float64()}
"""Compared as numbers, since `5` and `5.0` are one; all other columns are compared as text."""


class OutputsDifferError(Exception):
    """Two commands that should do the same work do not."""


def compared(ours: str, outputs: Mapping[str, Path]) -> dict[str, str]:
    """For each output in how far it is that of `ours`: "same bytes" or "same values".

    Raises:
        OutputsDifferError: rows, columns or values differ.
    """
    mine = outputs[ours]
    said = {}
    for name, path in outputs.items():
        if path.read_bytes() == mine.read_bytes():
            said[name] = "same bytes" if name != ours else "-"
        else:
            _require_same_values((ours, mine), (name, path))
            said[name] = "same values"
    return said


def _require_same_values(one: tuple[str, Path], other: tuple[str, Path]) -> None:
    (name, mine), (other_name, theirs) = ((name, _table(path)) for name, path in (one, other))
    where = f"{name} and {other_name} did different work"
    if mine.num_rows != theirs.num_rows:
        raise OutputsDifferError(f"{where}: {mine.num_rows} rows and {theirs.num_rows}")
    if mine.column_names != theirs.column_names:
        raise OutputsDifferError(f"{where}: columns {mine.column_names} and {theirs.column_names}")
    if other_columns := [each for each in mine.column_names if not mine[each].equals(theirs[each])]:
        raise OutputsDifferError(f"{where}: values differ in {', '.join(other_columns)}")


def _table(path: Path) -> pa.Table:
    with path.open("rb") as file:
        header = file.readline().decode("utf-8-sig").strip().split(",")
    types = {name: NUMBERS.get(name, pa.string()) for name in header}
    options = pc.ConvertOptions(column_types=types, strings_can_be_null=True)
    return pc.read_csv(path, parse_options=pc.ParseOptions(newlines_in_values=True), convert_options=options)
