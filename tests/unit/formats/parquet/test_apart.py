"""Parquet files read apart, by row groups and by other processes, are the table that they are together."""

import io
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import everywhere as fake
from tests.fakes.everywhere import InTurn, same_apart
from trakt.errors import InputError
from trakt.formats import SourceFile, format_for, open_apart
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema

WANTED = Input("i", "i", kind="parquet", on_bad_rows="quarantine", combine_strategy="union_by_name")
HELD = Schema(types={"a": LogicalType.INT})
KINDS = {"int": (int, pa.int64()), "text": (str, pa.string()), "half": (lambda value: value / 2, pa.float64())}


class Streamed(io.BytesIO):
    """As an object comes: one byte behind the other."""

    def seekable(self) -> bool:
        return False


def table(rows: list[int | None], kind: str, name: str = "a") -> pa.Table:
    make, arrow = KINDS[kind]
    values = [None if row is None else make(row) for row in rows]
    return pa.table({name: pa.array(values, arrow), "at": list(range(len(rows)))})


def stored(content: pa.Table, group: int = 3, **how) -> bytes:
    sink = io.BytesIO()
    pq.write_table(content, sink, row_group_size=group, **how)
    return sink.getvalue()


FILES = st.lists(
    st.tuples(
        st.lists(st.integers(-9, 9) | st.none(), max_size=25), st.sampled_from(sorted(KINDS)), st.sampled_from("ab")
    ),
    min_size=1,
    max_size=3,
)


@given(FILES, st.sampled_from([None, 1, 400]), st.sampled_from([None, HELD]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_rows_the_types_and_the_bad_rows_are_the_same(files, size, schema, streamed) -> None:
    contents = {f"{at}.parquet": stored(table(*each)) for at, each in enumerate([*files, ([1], "int", "a")])}
    mended = pytest.MonkeyPatch()
    if streamed:
        mended.setattr(fake, "opened", lambda content, start=0: Streamed(content[start:]))
    try:
        same_apart(Input(**{**asdict(WANTED), "schema": schema}), contents, size)
    finally:
        mended.undo()


def asdict(wanted: Input) -> dict:
    return {name: getattr(wanted, name) for name in wanted.__slots__}


def stretches_of(content: bytes, size: int = 1) -> list:
    everywhere = InTurn({"a.parquet": content}, aside=None, size=size)
    open_apart(Input("i", "i", kind="parquet"), [everywhere.source("a.parquet")], everywhere)
    return everywhere.stretches["a.parquet"]


@pytest.mark.parametrize("dictionary", [True, False])
def test_stretches_are_whole_row_groups_and_hold_every_byte(dictionary) -> None:
    content = stored(table(list(range(30)), "text"), use_dictionary=dictionary)
    stretches = stretches_of(content)
    assert [each.first_line for each in stretches] == list(range(1, 31, 3))
    assert [each.start for each in stretches[1:]] == [each.end for each in stretches[:-1]]
    assert (stretches[0].start, stretches[-1].end) == (0, len(content))
    larger = stretches_of(content, size=400)
    assert 1 < len(larger) < len(stretches)
    assert all(each.end - each.start >= 400 for each in larger)


def test_a_file_of_one_row_group_is_not_cut() -> None:
    assert len(stretches_of(stored(table(list(range(30)), "text"), group=30))) == 1


@pytest.mark.parametrize("streamed", [True, False])
def test_a_file_that_has_changed_since_it_was_cut_is_refused(monkeypatch, streamed) -> None:
    if streamed:
        monkeypatch.setattr(fake, "opened", lambda content, start=0: Streamed(content[start:]))
    everywhere = InTurn({"a.parquet": stored(table(list(range(30)), "int"))}, aside=None, size=1)
    files = open_apart(Input("i", "i", kind="parquet"), [everywhere.source("a.parquet")], everywhere)
    everywhere.contents["a.parquet"] = stored(table(list(range(1, 31)), "int"))
    with pytest.raises(InputError, match="changed while it was being read"):
        list(files.reading(everywhere.source("a.parquet", everywhere.stretches["a.parquet"][1])).chunks(None))


@pytest.mark.parametrize("columns", [1, 900])
def test_of_a_stream_the_end_is_fetched_and_then_all_of_it_once(columns) -> None:
    """A footer longer than what is fetched at first costs one request more."""
    content = stored(pa.table({f"c{at}": pa.array(range(2_000)) for at in range(columns)}), group=1_000)
    asked = []

    def opened(start: int = 0) -> io.BytesIO:
        asked.append(start)
        return Streamed(content[start:])

    source = SourceFile("a.parquet", len(content), partial(opened, 0), open_at=opened)
    (frame,) = format_for("parquet").open_input(Input("i", "i", kind="parquet"), [source]).chunks(None)
    assert frame.shape == (2_000, columns)
    footer = 8 + int.from_bytes(content[-8:-4], "little")
    first = max(0, len(content) - (1 << 16))
    assert asked == ([first, 0] if columns == 1 else [first, len(content) - footer, 0])
