from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from trakt.steps.keys import digests, key_texts, matching_keys


def one(value, dtype=object):
    return key_texts(pd.Series([value], dtype=dtype))[0]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([5], dtype="int64"),
        pd.Series([5], dtype="int8"),
        pd.Series([5], dtype="uint16"),
        pd.Series([5.0]),
        pd.Series([5], dtype="Int64"),
        pd.Series([5], dtype="Float64"),
        pd.Series([5], dtype="int64[pyarrow]"),
        pd.Series([Decimal("5.00")], dtype=object),
        pd.Series([Decimal("0.5E1")], dtype=object),
        pd.Series([np.int32(5)], dtype=object),
        pd.Series([5], dtype="category"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_five_is_one_key_however_it_is_stored(column):
    assert key_texts(column) == ["n5"]


def test_a_decimal_and_a_float_of_one_value_are_one_key():
    for text in ("0.1", "1.50", "-2.5", "1e-7", "123456.789"):
        assert one(Decimal(text)) == one(float(text))
    assert one(-0.0) == one(0) == one(Decimal("0.00"))
    assert one(2.0**60) == one(2**60)


def test_text_numbers_and_truth_are_different_keys():
    assert len({one("5"), one(5), one(True), one(1), one("True"), one(b"5")}) == 6


def test_text_is_one_key_in_every_text_dtype(text):
    values = ["a", None, "ü"]
    for dtype in (text, "string", object, "category", pd.ArrowDtype(pa.string())):
        assert key_texts(pd.Series(values, dtype=dtype)) == ["ta", None, "tü"]


def test_days_and_moments_are_keys_whatever_their_unit():
    assert one(date(2026, 2, 5)) == key_texts(pd.Series([date(2026, 2, 5)], dtype=pd.ArrowDtype(pa.date32())))[0]
    moments = {
        one(datetime(2026, 2, 5)),
        one(pd.Timestamp("2026-02-05"), "datetime64[us]"),
        one("2026-02-05", "datetime64[ns]"),
    }
    assert len(moments) == 1
    noon = datetime(2026, 2, 5, 12, tzinfo=UTC)
    assert one(noon) == one(pd.Timestamp(noon).tz_convert("Europe/Berlin"))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, Decimal("NaN"), np.float64("nan")])
def test_every_way_to_be_missing_is_missing(missing):
    assert one(missing) is None


def test_a_very_large_exponent_is_not_written_out_in_zeros():
    assert len(one(Decimal("1E+999999"))) < 20
    assert one(float("inf")) != one(float("-inf"))


def test_parts_of_a_key_cannot_run_into_each_other():
    frame = pd.DataFrame({"a": ["x", "xty", "", None], "b": ["yz", "z", None, ""]})
    assert len(set(digests(frame, ["a", "b"]))) == 4


def test_a_key_with_a_missing_part_matches_nothing():
    assert matching_keys([["ta", None], ["tb", "tb"]])[1] is None
