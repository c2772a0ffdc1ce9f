"""The files of a table: types are those that its catalog has, and names are those that it keeps."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trakt import OutputError
from trakt.formats.table import open_output
from trakt.formats.table.names import is_kept, kept_name
from trakt.formats.table.types import PLAIN, arrow_of, decimal_of, is_written, word_of
from trakt.pipeline.model import Output


def written(values: list[Any], word: str | None = None, rows: int = 100) -> pa.Array:
    """What a column of a table becomes, its table having that type for it."""
    stream = io.BytesIO()
    writer: Any = open_output(Output("t", "t", "table", metadata={"database": "d"}), stream)
    writer.fix_types({"x": word} if word else {})
    for at in range(0, len(values), rows):
        writer.write(pd.DataFrame({"x": pd.Series(values[at : at + rows], dtype=object)}))
    writer.close()
    return pq.read_table(io.BytesIO(stream.getvalue())).column("x")


@pytest.mark.parametrize("word", PLAIN)
def test_a_word_and_what_is_written_for_it_belong_together(word: str) -> None:
    assert is_written(word)
    assert word_of(arrow_of(word)) == word


@pytest.mark.parametrize(
    "word", ["decimal(0,0)", "decimal(39,2)", "decimal(4,5)", "decimal", "array<int>", "float", "binary"]
)
def test_a_type_that_is_not_written_is_known_for_one(word: str) -> None:
    assert not is_written(word)


def test_a_decimal_has_its_digits_and_places() -> None:
    assert (decimal_of("decimal(12,2)"), str(arrow_of("decimal(12,2)"))) == ((12, 2), "decimal128(12, 2)")


DAY, NOON = dt.date(2026, 2, 5), pd.Timestamp("2026-02-05 12:00:00")


@pytest.mark.parametrize(
    ("values", "word", "found"),
    [
        ([1, 2], "double", [1.0, 2.0]),
        ([1.0, None], "bigint", [1, None]),
        ([1, 2], "smallint", [1, 2]),
        ([1, None], "decimal(12,2)", [Decimal("1.00"), None]),
        ([Decimal("1.5")], "decimal(12,2)", [Decimal("1.50")]),
        ([0.1, 7.5, None], "decimal(12,2)", [Decimal("0.10"), Decimal("7.50"), None]),
        ([1, 2], "string", ["1", "2"]),
        ([True], "string", ["True"]),
        ([DAY], "varchar(10)", ["2026-02-05"]),
        ([DAY], "date", [DAY]),
        ([NOON], "timestamp", [NOON.to_pydatetime()]),
        ([None, None], "date", [None, None]),
        ([None], "decimal(12,2)", [None]),
        (["a"], None, ["a"]),
    ],
)
def test_values_that_fit_are_written_as_the_table_has_them(
    values: list[Any], word: str | None, found: list[Any]
) -> None:
    assert written(values, word).to_pylist() == found
    assert written(values, word, rows=1).to_pylist() == found


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (["a"], "bigint"),
        ([1.5], "bigint"),
        ([1 << 40], "int"),
        ([(1 << 53) + 1], "double"),
        ([Decimal("1.555")], "decimal(12,2)"),
        ([Decimal("12345")], "decimal(4,1)"),
        ([0.1 + 0.2], "decimal(12,2)"),
        ([DAY], "timestamp"),
        ([NOON], "date"),
        ([1], "boolean"),
        ([True], "bigint"),
        ([Decimal(1)], "double"),
    ],
)
def test_a_value_that_would_lose_something_is_refused_and_named(values: list[Any], word: str) -> None:
    with pytest.raises(OutputError) as raised:
        written(values, word)
    assert raised.value.faults[0].where == "output 't', column 'x'"
    assert word in raised.value.faults[0].what


def test_timestamps_are_in_microseconds_and_decimals_have_all_the_room_there_is() -> None:
    assert str(written([pd.Timestamp("2026-02-05 12:00:00")]).type) == "timestamp[us]"
    assert str(written([Decimal("1.25"), Decimal("100.5")]).type) == "decimal128(38, 2)"


@pytest.mark.parametrize(
    ("name", "near"),
    [("Order ID", "order_id"), ("größe", "grosse"), ("é", "e"), ("a.b-c", "a_b_c"), ("%", "column"), ("__x", "x")],
)
def test_a_name_that_is_not_kept_has_one_near_it_that_is(name: str, near: str) -> None:
    assert kept_name(name) == near
    assert is_kept(near)
    assert is_kept(name) == (name == "__x")
