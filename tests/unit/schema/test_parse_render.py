from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trakt.schema import LogicalType
from trakt.schema.frames import TEXT, joined_type, logical_types, to_series
from trakt.schema.parse import TextRules, parse_text
from trakt.schema.render import render_text

KINDS = list(LogicalType)


def read(text: str, kind: LogicalType, **rules: Any) -> Any:
    values, bad = parse_text(pa.array([text]), kind, TextRules(**rules))
    return "bad" if bad[0].as_py() else values[0].as_py()


def written(values: Any, **options: Any) -> list[str | None]:
    return list(render_text(pd.Series(values, **options)).to_pylist())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (LogicalType.INT, " +007 ", 7),
        (LogicalType.INT, "5.0", 5),
        (LogicalType.INT, "-9223372036854775808", -(2**63)),
        (LogicalType.INT, "9223372036854775808", "bad"),
        (LogicalType.INT, "1e3", "bad"),
        (LogicalType.INT, "1.5", "bad"),
        (LogicalType.INT, "", "bad"),
        (LogicalType.INT, "\uff11\uff12", "bad"),
        (LogicalType.FLOAT, "1e3", 1000.0),
        (LogicalType.FLOAT, ".5", 0.5),
        (LogicalType.FLOAT, "1e999", "bad"),
        (LogicalType.FLOAT, "nan", "bad"),
        (LogicalType.FLOAT, "inf", "bad"),
        (LogicalType.FLOAT, "1,5", "bad"),
        (LogicalType.DECIMAL, "+1.50", "1.50"),
        (LogicalType.DECIMAL, "1.5.0", "bad"),
        (LogicalType.BOOL, "Yes", True),
        (LogicalType.BOOL, "0", False),
        (LogicalType.BOOL, "2", "bad"),
        (LogicalType.DATE, "2026-02-05", dt.date(2026, 2, 5)),
        (LogicalType.DATE, "2026-02-30", "bad"),
        (LogicalType.DATE, "2026-02-05 09:30", "bad"),
        (LogicalType.DATE, "9999-12-31", dt.date(9999, 12, 31)),
        (LogicalType.TIMESTAMP, "2026-02-05", dt.datetime(2026, 2, 5)),
        (LogicalType.TIMESTAMP, "2026-02-05T09:30:00.5", dt.datetime(2026, 2, 5, 9, 30, 0, 500_000)),
        (LogicalType.TIMESTAMP, "2026-02-05T09:30:00+01:00", "bad"),
        (LogicalType.TIMESTAMP, "2026-02-05 09:30:00.123456789", "bad"),
        (LogicalType.TIMESTAMP, "2026-02-05 25:00", "bad"),
        (LogicalType.STRING, " x ", " x "),
    ],
)
def test_a_text_is_a_value_of_its_type_or_it_is_told(kind: LogicalType, text: str, value: Any) -> None:
    assert read(text, kind) == value


@pytest.mark.parametrize(
    ("text", "date_format", "value"),
    [
        ("05.02.2026", "%d.%m.%Y", dt.date(2026, 2, 5)),
        ("31.02.2026", "%d.%m.%Y", "bad"),
        ("5/2/26", "%d/%m/%y", dt.date(2026, 2, 5)),
        ("31.12.9999", "%d.%m.%Y", dt.date(9999, 12, 31)),
        ("01.01.1500", "%d.%m.%Y", dt.date(1500, 1, 1)),
        ("05.02.2026 x", "%d.%m.%Y", "bad"),
    ],
)
def test_a_declared_date_format_reads_the_dates_of_every_century(text: str, date_format: str, value: Any) -> None:
    assert read(text, LogicalType.DATE, date_format=date_format) == value


def test_a_date_never_loses_the_hour_it_was_written_with() -> None:
    assert read("05.02.2026 09:30", LogicalType.DATE, date_format="%d.%m.%Y %H:%M") == "bad"


def test_dates_of_a_column_may_lie_in_several_zones() -> None:
    texts = pa.array(["2026-02-05 09:30 +0100", "2026-07-05 09:30 +0200"])
    values, bad = parse_text(texts, LogicalType.TIMESTAMP, TextRules(date_format="%Y-%m-%d %H:%M %z"))
    assert not bad.true_count
    assert values.to_pylist() == [dt.datetime(2026, 2, 5, 8, 30), dt.datetime(2026, 7, 5, 7, 30)]


def test_with_a_decimal_comma_a_point_is_no_number() -> None:
    assert read("1,5", LogicalType.FLOAT, decimal=",") == 1.5
    assert read("1.5", LogicalType.FLOAT, decimal=",") == "bad"
    assert read("1.234,5", LogicalType.DECIMAL, decimal=",") == "bad"


def test_a_bad_value_says_nothing_of_its_neighbours() -> None:
    values, bad = parse_text(pa.array(["1", "x", None, "3"]), LogicalType.INT)
    assert values.to_pylist() == [1, None, None, 3]
    assert bad.to_pylist() == [False, True, False, False]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_column_has_every_type(kind: LogicalType) -> None:
    values, bad = parse_text(pa.array([], pa.string()), kind)
    assert (len(values), len(bad)) == (0, 0)
    assert len(to_series(values, kind)) == 0


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.one_of(st.none(), st.text("0123456789+-.eE:T ,é", max_size=8)), max_size=6))
def test_reading_any_text_never_fails_otherwise(kind: LogicalType, texts: list[str | None]) -> None:
    values, bad = parse_text(pa.array(texts, pa.string()), kind)
    assert len(values) == len(bad) == len(texts)
    assert len(to_series(values, kind)) == len(texts)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([5, 6]),
        pd.Series([5.0, 6.0]),
        pd.Series([5, 6], dtype="Int64"),
        pd.Series([5, 6], dtype="float32"),
        pd.Series([5, 6], dtype="uint8"),
        pd.Series([5, 6.0], dtype=object),
        pd.Series([np.int64(5), np.float64(6)], dtype=object),
        pd.Series(["5", "6"]),
        pd.Series(["5", "6"], dtype=TEXT),
        pd.Series(["5", "6"], dtype="category"),
        pd.Series([5, 6], dtype="category"),
        pd.Series([5, 6], dtype=pd.ArrowDtype(pa.int32())),
        pd.Series([Decimal(5), Decimal(6)]),
        pd.Series([5, 6], dtype="Sparse[int64]"),
        pd.Series([5, 6], dtype="float16"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_a_value_is_written_alike_whatever_its_dtype(column: pd.Series[Any]) -> None:
    assert render_text(column).to_pylist() == ["5", "6"]


@pytest.mark.parametrize("value", [10**9, 10**10, 49301234567, 10**15, 2**53, -(10**12)])
def test_a_large_whole_number_is_written_alike_as_int_and_as_float(value: int) -> None:
    assert written([value]) == written([float(value)]) == written([float(value)], dtype=object) == [str(value)]


def test_moments_are_written_alike_in_every_resolution() -> None:
    moment = dt.datetime(2026, 2, 5, 9, 30, 0, 500_000)
    for unit in ("ms", "us", "ns"):
        assert written([moment], dtype=f"datetime64[{unit}]") == ["2026-02-05 09:30:00.5"]
    assert written([moment, None], dtype=object) == ["2026-02-05 09:30:00.5", None]
    assert written([moment.date()], dtype=object) == ["2026-02-05"]
    assert written([pd.Timestamp(moment, tz="Europe/Berlin")]) == ["2026-02-05 09:30:00.5+01:00"]
    assert written([pd.Timestamp("2026-07-05", tz="UTC")]) == ["2026-07-05 00:00:00+00:00"]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1 + 2j]),
        pd.Series(pd.to_timedelta([1], unit="s")),
        pd.Series(pd.period_range("2026", periods=1, freq="M")),
        pd.Series(pd.interval_range(0, 1)),
        pd.Series([{"a": 1}]),
        pd.Series([[1, 2]]),
        pd.Series([(1, 2)]),
        pd.Series([np.array([1, 2])]),
        pd.Series([dt.time(9, 30)]),
        pd.Series([float("inf")]),
        pd.Series([1, "a", None, 2.5, True], dtype=object),
        pd.Series([pd.NA, None, np.nan, pd.NaT], dtype=object),
        pd.Series([2**70], dtype=object),
        pd.Series(["\ud800"], dtype=object),
        pd.Series([b"x"], dtype=object),
    ],
    ids=lambda column: f"{column.dtype}-{column.iloc[0]!r}"[:40].encode("ascii", "replace").decode(),
)
def test_whatever_a_frame_can_hold_is_written_or_refused_in_words(values: pd.Series[Any]) -> None:
    refusal = ""
    try:
        texts = render_text(values)
    except TypeError as error:
        refusal = str(error)
    assert refusal or (len(texts) == len(values) and texts.type == pa.string())


@settings(max_examples=300, deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_equal(value: float) -> None:
    (text,) = written([value])
    assert text is not None
    assert float(text) == value


def test_types_are_logical_and_not_those_of_a_library() -> None:
    frame = pd.DataFrame(
        {
            "s": pd.Series(["a"]),
            "o": pd.Series(["a"], dtype=object),
            "i": [1],
            "I": pd.Series([1], dtype="Int64"),
            "f": [1.5],
            "b": [True],
            "d": pd.Series([dt.date(2026, 2, 5)]),
            "t": pd.to_datetime(["2026-02-05"]),
            "m": pd.Series([Decimal("1.5")]),
            "n": pd.Series([None], dtype=object),
            "c": pd.Series(["x"], dtype="category"),
        }
    )
    found = {name: kind and str(kind) for name, kind in logical_types(frame).items()}
    expected = {"s": "string", "o": "string", "i": "int", "I": "int", "f": "float", "b": "bool", "d": "date"}
    assert found == {**expected, "t": "timestamp", "m": "decimal", "n": None, "c": "string"}


def test_the_type_of_two_chunks_holds_both() -> None:
    assert joined_type(None, LogicalType.INT) is LogicalType.INT
    assert joined_type(LogicalType.INT, LogicalType.FLOAT) is LogicalType.FLOAT
    assert joined_type(LogicalType.INT, LogicalType.DATE) is LogicalType.STRING
