from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trakt.errors import OutputError
from trakt.formats.csv import open_output
from trakt.pipeline.model import Output


def written(*frames: pd.DataFrame, **options: Any) -> bytes:
    stream = io.BytesIO()
    writer = open_output(Output("o", "t", metadata=options), stream)
    for frame in frames:
        writer.write(frame)
    writer.close()
    assert not stream.closed
    return stream.getvalue()


_texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(_texts, _texts), min_size=1, max_size=6),
    delimiter=st.sampled_from([",", ";", "\t", "|", "."]),
    quotechar=st.sampled_from(['"', "'"]),
    quoting=st.sampled_from(["minimal", "all"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_is_written_reads_back(rows: Any, delimiter: str, quotechar: str, quoting: str, end: str) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype=object)
    data = written(frame, delimiter=delimiter, quotechar=quotechar, quoting=quoting, lineterminator=end)
    text = io.StringIO(data.decode(), newline="")
    back = list(csv.reader(text, delimiter=delimiter, quotechar=quotechar, strict=True))
    assert back == [["a", "b"], *[list(row) for row in rows]]


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.text('a\\",;\n\r é', max_size=6), min_size=1, max_size=5))
def test_with_an_escape_character_it_reads_back_too(values: list[str]) -> None:
    data = written(pd.DataFrame({"a": values}, dtype=object), escapechar="\\")
    text = io.StringIO(data.decode(), newline="")
    assert [row[0] for row in csv.reader(text, escapechar="\\", doublequote=False, strict=True)][1:] == values


def test_the_same_rows_in_any_number_of_frames_are_the_same_bytes() -> None:
    frame = pd.DataFrame({"a": range(100), "b": [f"{n}\n" for n in range(100)]})
    whole = written(frame)
    assert written(*[frame.iloc[start : start + 7] for start in range(0, 100, 7)]) == whole
    assert written(frame.iloc[:0], frame, frame.iloc[:0]) == whole


def test_more_rows_than_are_rendered_at_once_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trakt.formats.text.write._ROWS_AT_ONCE", 3)
    assert written(pd.DataFrame({"a": range(10)})) == b"a\n" + b"".join(b"%d\n" % n for n in range(10))


def test_no_frame_at_all_is_no_header() -> None:
    assert written() == b""


def test_columns_that_change_are_told_with_both_lists() -> None:
    with pytest.raises(OutputError, match="columns changed from a, b to b, a"):
        written(pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [2], "a": [1]}))


def test_a_stateful_encoding_writes_one_mark() -> None:
    data = written(pd.DataFrame({"a": ["é"]}), pd.DataFrame({"a": ["ü"]}), encoding="utf-16")
    assert data == "a\né\nü\n".encode("utf-16")


def test_a_row_of_one_blank_is_no_empty_line() -> None:
    assert written(pd.DataFrame({"a": ["", None, "x"]}, dtype=object)) == b'a\n""\n""\nx\n'


def test_the_frame_is_left_as_it_was() -> None:
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", None]})
    before = frame.copy(deep=True)
    written(frame, na_rep="-", decimal=",", delimiter=";")
    pd.testing.assert_frame_equal(frame, before)
