"""The table that the workloads read."""

from __future__ import annotations

import csv

from benchmarks.orders import COLUMNS, write_orders


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_it_has_nine_columns_and_the_rows_asked_for(tmp_path):
    write_orders(tmp_path / "orders.csv", 12_345)
    header, *rows = table(tmp_path / "orders.csv")
    assert header == list(COLUMNS)
    assert len(rows) == 12_345
    assert {len(row) for row in rows} == {9}


def test_it_is_mixed_with_commas_quotes_blanks_and_unicode(tmp_path):
    write_orders(tmp_path / "orders.csv", 1000)
    fields = {field for row in table(tmp_path / "orders.csv") for field in row}
    assert "" in fields
    assert any("," in field for field in fields)
    assert any('"' in field for field in fields)
    assert any(not field.isascii() for field in fields)


def test_a_larger_one_begins_with_a_smaller_one(tmp_path):
    write_orders(tmp_path / "small.csv", 10_000)
    write_orders(tmp_path / "large.csv", 20_001)
    small, large = ((tmp_path / name).read_bytes() for name in ("small.csv", "large.csv"))
    assert large.startswith(small)
    assert len(large) > 2 * len(small) - 100


def test_the_same_rows_are_the_same_bytes_and_one_that_is_there_is_kept(tmp_path):
    write_orders(tmp_path / "one.csv", 100)
    write_orders(tmp_path / "other.csv", 100)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()
    (tmp_path / "one.csv").write_text("there")
    write_orders(tmp_path / "one.csv", 100)
    assert (tmp_path / "one.csv").read_text() == "there"
