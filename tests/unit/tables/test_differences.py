"""Whether a table of the catalog is the one that a run wants to write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trakt import OutputError
from trakt.tables import Table
from trakt.tables.differences import added_to

TABLE = Table("shop", "orders", "s3://lake/orders", {"id": "bigint", "name": "varchar(20)"}, {"day": "date"})


def test_what_a_table_lacks_is_added_in_the_order_of_the_run() -> None:
    wanted = replace(TABLE, columns={"z": "date", "id": "bigint", "a": "double"})
    assert list(added_to(TABLE, wanted, evolve=True).items()) == [("z", "date"), ("a", "double")]


def test_text_fits_into_texts_of_bounded_length() -> None:
    assert added_to(TABLE, replace(TABLE, columns={"name": "string"}), evolve=True) == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"location": "s3://other/orders"}, "it lies at s3://lake/orders, and this output goes to s3://other/orders"),
        ({"keys": {}}, "it is parted by day, and this output by nothing"),
        ({"keys": {"day": "date", "hour": "bigint"}}, "and this output by day, hour"),
        ({"keys": {"day": "string"}}, "its column 'day' is date, and this output's string"),
        ({"columns": {"id": "string"}}, "its column 'id' is bigint, and this output's string"),
        (
            {"columns": {"day": "date"}, "keys": {}},
            "'day' is a column there, and a key of partitions here, or the other",
        ),
    ],
)
def test_what_differs_is_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(OutputError) as raised:
        added_to(TABLE, replace(TABLE, **change), evolve=True)
    assert told in raised.value.faults[0].what
    assert raised.value.hint


def test_all_that_differs_is_told_at_once() -> None:
    with pytest.raises(OutputError) as raised:
        added_to(replace(TABLE, is_parquet=False), replace(TABLE, columns={"id": "date", "new": "date"}), evolve=False)
    assert raised.value.faults[0].what.count(";") == 2
    assert raised.value.faults[0].without_values().what == "it differs from this output in 3 things"
    assert "it has no column new" in raised.value.faults[0].what
