"""`sort_by`: one order of the rows, by values, however they are cut and whatever dtypes their chunks have."""

from __future__ import annotations

import datetime as dt
import errno
import math
from collections.abc import Iterator
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt.engine.records import OutputRecord
from trakt.engine.sort import merge, table
from trakt.engine.sort.numbers import exact as exact_bytes
from trakt.engine.sort.table import SortedTable
from trakt.errors import OutputError, RunError
from trakt.pipeline.model import Output, SortKey
from trakt.schema.frames import TEXT
from trakt.schema.render import value_text

EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
UTC, EAST = dt.UTC, dt.timezone(dt.timedelta(hours=9))
_moments = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30))
FAMILIES = {
    "text": st.text(st.characters(exclude_categories=("Cs",)), max_size=3),
    "whole": st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
    "huge": st.integers(-(2**80), 2**80) | st.integers(-3, 3),
    "float": st.floats(allow_nan=False) | st.sampled_from([-0.0, 0.0, 1.5]),
    "decimal": st.decimals(allow_nan=False) | st.sampled_from(list(map(Decimal, ("1.5", "1.50", "-0", "1E+50")))),
    "any number": st.one_of(
        st.integers(-(2**80), 2**80),
        st.integers(-3, 3),
        st.floats(allow_nan=False),
        st.decimals(allow_nan=False),
        st.sampled_from([2**53, 2**53 + 1, float(2**53), 0.1, Decimal("0.1"), 1.5, Decimal("1.50"), 1e23, 10**23]),
    ),
    "bool": st.booleans(),
    "date": st.dates(),
    "timestamp": _moments,
    "zoned": st.builds(lambda moment, zone: moment.replace(tzinfo=zone), _moments, st.sampled_from([UTC, EAST])),
}


class Written:
    """The table behind: the rows that it was given, in their order."""

    def __init__(self) -> None:
        self.frames: list[pd.DataFrame] = []
        self.closed = self.aborted = False

    def write(self, frame: Any) -> None:
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def values(self, column: str) -> list[Any]:
        return [value for frame in self.frames for value in frame[column].tolist()]


def sorted_rows(frames: list[pd.DataFrame], *keys: SortKey) -> Written:
    written = Written()
    sorting = SortedTable(Output("o", "x", sort_by=keys), written, OutputRecord("o.csv", "csv", "x"))
    try:
        for frame in frames:
            sorting.write(frame)
        sorting.close()
    finally:
        sorting.abort()
    assert written.closed
    return written


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every few rows are put aside, in blocks of some, and three runs are merged at once."""
    monkeypatch.setattr(table, "RUN_BYTES", 1)
    monkeypatch.setattr(table, "BLOCK_BYTES", 4 << 10)
    for module in (merge, table):
        monkeypatch.setattr(module, "FAN_IN", 3)


def exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value


def compared(one: Any, other: Any) -> int:
    """By the rule in plain words; missing values are compared by who calls."""
    one, other = exact(one), exact(other)
    return (one > other) - (one < other)


def expected(rows: list[tuple[Any, ...]], keys: tuple[SortKey, ...], names: list[str]) -> list[int]:
    def compare(one: int, other: int) -> int:
        for key in keys:
            mine, theirs = rows[one][names.index(key.column)], rows[other][names.index(key.column)]
            if (mine is None) != (theirs is None):
                return 1 if mine is None else -1
            found = 0 if mine is None else compared(mine, theirs)
            if found:
                return -found if key.descending else found
        return 0

    return sorted(range(len(rows)), key=cmp_to_key(compare))


def dtyped(values: list[Any], draw: st.DrawFn) -> pd.Series[Any]:
    """A chunk as a step may leave it: in any dtype that holds its values."""
    kinds = {type(value) for value in values if value is not None}
    dtypes: list[Any] = [object]
    if kinds == {str}:
        dtypes += [TEXT, "string", "category"]
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        dtypes += ["Int64", "category"] if None in values else ["Int64", "int64", "category"]
    if kinds == {float}:
        dtypes += ["float64"]
    if kinds == {bool}:
        dtypes += ["boolean"]
    if kinds == {dt.datetime} and len({value.tzinfo for value in values if value}) == 1:
        zone = next(value.tzinfo for value in values if value)
        dtypes += [pd.DatetimeTZDtype("us", zone)] if zone else ["datetime64[us]"]
    return pd.Series(values, dtype=draw(st.sampled_from(dtypes)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], list[pd.DataFrame], tuple[SortKey, ...]]:
    families = draw(st.lists(st.sampled_from(sorted(FAMILIES)), min_size=1, max_size=3))
    names = [f"k{at}" for at in range(len(families))]
    few = [draw(st.lists(FAMILIES[family], min_size=1, max_size=4)) for family in families]
    values = [st.none() | st.sampled_from(each) | FAMILIES[family] for each, family in zip(few, families, strict=True)]
    rows = draw(st.lists(st.tuples(*values), min_size=1, max_size=30))
    ends = sorted({*draw(st.lists(st.integers(1, len(rows)), max_size=8)), len(rows)})
    frames = []
    for start, end in zip([0, *ends], ends, strict=False):
        columns = {name: dtyped([row[at] for row in rows[start:end]], draw) for at, name in enumerate(names)}
        frames.append(pd.DataFrame({**columns, "row": range(start, end)}))
    keys = tuple(SortKey(name, draw(st.booleans())) for name in draw(st.permutations(names)))
    return rows, frames, keys


@EXAMPLES
@given(case=cases())
def test_rows_are_in_the_order_of_their_values_whatever_holds_them(small_runs: None, case: Any) -> None:
    rows, frames, keys = case
    names = [f"k{at}" for at in range(len(rows[0]))]
    order = expected(rows, keys, names)
    written = sorted_rows(frames, *keys)
    assert written.values("row") == order
    for at, name in enumerate(names):
        assert list(map(value_text, written.values(name))) == [value_text(rows[row][at]) for row in order]


@EXAMPLES
@given(case=cases())
def test_what_is_sorted_in_memory_has_the_same_order(case: Any) -> None:
    rows, frames, keys = case
    assert sorted_rows(frames, *keys).values("row") == expected(rows, keys, [f"k{at}" for at in range(len(rows[0]))])


def many(count: int, size: int, of: int) -> Iterator[pd.DataFrame]:
    chance = np.random.default_rng(7)
    for chunk in range(count):
        yield pd.DataFrame({"k": chance.integers(0, of, size), "row": range(chunk * size, (chunk + 1) * size)})


@pytest.mark.parametrize("down", [False, True])
def test_many_runs_are_merged_in_passes_and_equal_rows_keep_their_order(small_runs: None, down: bool) -> None:
    frames = list(many(40, 500, 50))
    whole = pd.concat(frames)
    written = sorted_rows(frames, SortKey("k", down))
    # of pandas, which is stable in both directions with this kind
    assert written.values("row") == whole.sort_values("k", ascending=not down, kind="stable")["row"].tolist()
    assert max(map(len, written.frames)) < len(whole) / 4


def test_numbers_that_pandas_would_round_stay_what_they_are(small_runs: None) -> None:
    large = 2**62 + 1
    frames = [pd.DataFrame({"k": [1.5, math.nan]}), pd.DataFrame({"k": [large, 1]}), pd.DataFrame({"k": [True][:0]})]
    assert list(map(repr, sorted_rows(frames, SortKey("k")).values("k"))) == ["1", "1.5", str(large), "nan"]


def test_numbers_as_bytes_have_the_order_of_their_values() -> None:
    texts = "-inf -1E+99 -1200 -123 -120 -12 -1.23 -1.2 -1 -1E-99 0 1E-99 1 1.2 1.23 12 120 123 1200 1E+99 inf"
    octets = exact_bytes(map(Decimal, texts.split())).to_pylist()
    assert octets == sorted(set(octets))
    same = exact_bytes([Decimal("1.50"), 1.5, Decimal("15E-1"), Decimal("-0"), 0, -0.0, 10**23, 1e23]).to_pylist()
    assert len(set(same[:3])) == len(set(same[3:6])) == len(set(same[6:])) == 1


def test_nanoseconds_and_the_year_9999_have_one_order(small_runs: None) -> None:
    fine = pd.Series(["2026-02-05T00:00:00.000000001", "2026-02-05"], dtype="datetime64[ns]")
    late = pd.Series(["9999-12-31", "0001-01-01"], dtype="datetime64[s]")
    frames = [pd.DataFrame({"k": values}) for values in (late, fine)]
    assert list(map(str, sorted_rows(frames, SortKey("k")).values("k"))) == [
        "0001-01-01 00:00:00",
        "2026-02-05 00:00:00",
        "2026-02-05 00:00:00.000000001",
        "9999-12-31 00:00:00",
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, "1"], "numbers in some rows and text in others"),
        ([True, 1], "numbers in some rows and true or false in others"),
        ([dt.date(2026, 2, 5), dt.datetime(2026, 2, 5)], "dates in some rows and timestamps without a zone in others"),
        ([dt.datetime(2026, 2, 5), dt.datetime(2026, 2, 5, tzinfo=UTC)], "timestamps with a zone in some rows"),
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_values_that_cannot_be_compared_are_refused_in_words(
    small_runs: None, values: list[Any], words: str, cut: bool
) -> None:
    columns = [values[:1], values[1:]] if cut else [values]
    frames = [pd.DataFrame({"k": pd.Series(each, dtype=object)}) for each in columns]
    with pytest.raises(OutputError) as caught:
        sorted_rows(frames, SortKey("k"))
    assert words in str(caught.value)
    assert "output 'o', column 'k': `sort_by` cannot compare its values" in str(caught.value)
    assert "trakt.steps.cast" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("amuont", "did you mean 'amount'?"),
        ("-amount", "write {column: amount, descending: true}"),
        ("amount DESC", "write {column: amount, descending: true}"),
        ("amount asc", "write amount"),
        ("zzz", "its columns: amount, b c"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_what_was_meant(name: str, hint: str) -> None:
    with pytest.raises(OutputError) as caught:
        sorted_rows([pd.DataFrame({"amount": [1], "b c": [2]})], SortKey(name))
    assert f"`sort_by` names '{name}', which is no column" in str(caught.value)
    assert caught.value.hint == hint


def test_chunks_of_other_columns_are_refused_as_without_an_order() -> None:
    frames = [pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [1], "a": [2]})]
    with pytest.raises(OutputError, match="the columns changed from a, b to b, a"):
        sorted_rows(frames, SortKey("a"))


def test_what_cannot_be_written_cannot_be_sorted_either() -> None:
    with pytest.raises(OutputError, match="raw bytes have no text form"):
        sorted_rows([pd.DataFrame({"a": [b"x"]})], SortKey("a"))


def test_no_row_at_all_still_has_its_columns(small_runs: None) -> None:
    assert [list(frame.columns) for frame in sorted_rows([pd.DataFrame({"a": []})] * 9, SortKey("a")).frames] == [["a"]]
    assert sorted_rows([], SortKey("a")).frames == []


def test_a_full_disk_is_told_with_the_folder_that_is_full(small_runs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("trakt.engine.sort.spool.pickle.dump", full)
    with pytest.raises(RunError) as caught:
        sorted_rows(list(many(3, 5, 2)), SortKey("k"))
    assert "rows cannot be kept until they are sorted: no space left on device" in str(caught.value)
    assert "set TMPDIR" in str(caught.value)


def test_a_table_that_breaks_while_rows_are_merged_is_heard(small_runs: None) -> None:
    class Broken(Written):
        def write(self, frame: Any) -> None:
            raise OutputError("no room")

    sorting = SortedTable(Output("o", "x", sort_by=(SortKey("k"),)), Broken(), OutputRecord("o.csv", "csv", "x"))
    for frame in many(4, 50, 9):
        sorting.write(frame)
    with pytest.raises(OutputError, match="no room"):
        sorting.close()
