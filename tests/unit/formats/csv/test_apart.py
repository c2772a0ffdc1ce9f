"""Files read apart, in stretches and by other processes, are the table that they are when they are read together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.everywhere import InTurn, same_apart
from trakt.errors import InputError
from trakt.formats import open_apart
from trakt.formats.text import decode
from trakt.pipeline.model import Input

CELL = st.sampled_from(["1", "02", "", "2.5", "x", '"a,b"', '"two\nlines"', '"q""q"', "\u00e9", "True", 'in"side'])
ROW = st.lists(CELL, min_size=2, max_size=2).map(",".join) | st.just("ragged") | st.just("")
FILES = st.lists(st.lists(ROW, max_size=30), min_size=1, max_size=3)


@given(FILES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([None, 1, 60]), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_rows_the_types_the_bad_rows_and_the_books_are_the_same(files, end, size, header, mark) -> None:
    mended = pytest.MonkeyPatch()
    mended.setattr(decode, "READ_BYTES", 40)
    try:
        first = ["a,b"] if header else []
        contents = {
            f"{at}.csv": (b"\xef\xbb\xbf" if mark else b"") + end.join([*first, *rows, ""]).encode()
            for at, rows in enumerate(files)
        }
        options = {} if header else {"header": False, "names": ["a", "b"]}
        wanted = Input("i", "i", metadata=options, on_bad_rows="quarantine")
        same_apart(wanted, contents, size)
    finally:
        mended.undo()


def cut(content: bytes, size: int, uri: str = "a.csv", **metadata):
    everywhere = InTurn({uri: content}, aside=None, size=size)
    open_apart(Input("i", "i", metadata=metadata), [everywhere.source(uri)], everywhere)
    return everywhere.stretches[uri]


def test_stretches_hold_whole_rows_and_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "READ_BYTES", 16)
    content = "\ufeffa,b\n".encode() + b'1,"x\ny"\n' * 20
    stretches = cut(content, 30)
    assert len(stretches) > 3
    assert [each.start for each in stretches[1:]] == [each.end for each in stretches[:-1]]
    assert (stretches[0].start, stretches[-1].end) == (0, len(content))
    for each in stretches[1:]:
        assert content[each.start :].startswith(b'1,"x\n')
        assert each.first_line == content[: each.start].count(b"\n") + 1


@pytest.mark.parametrize("metadata", [{"encoding": "utf-16-le"}, {"encoding": "cp1252"}])
def test_a_file_in_another_encoding_is_not_cut(monkeypatch: pytest.MonkeyPatch, metadata) -> None:
    monkeypatch.setattr(decode, "READ_BYTES", 16)
    assert cut(("a,b\n" + "1,2\n" * 20).encode(metadata["encoding"]), 1, **metadata) == [None]


def test_a_file_of_which_a_quote_is_not_balanced_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """How far that quote reaches is told in the message, and a stretch ends before."""
    monkeypatch.setattr(decode, "READ_BYTES", 16)
    content = b"a,b\n" + b"1,2\n" * 20 + b'3,"open\n' + b"4,5\n" * 20
    everywhere = InTurn({"a.csv": content}, aside=[], size=1)
    wanted = Input("i", "i", on_bad_rows="quarantine")
    open_apart(wanted, [everywhere.source("a.csv", None, everywhere.ignored)], everywhere)
    assert everywhere.stretches["a.csv"] == [None]


def test_a_file_that_has_changed_since_it_was_cut_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "READ_BYTES", 16)
    everywhere = InTurn({"a.csv": b"a,b\n" + b"1,2\n" * 20}, aside=None, size=1)
    files = open_apart(Input("i", "i"), [everywhere.source("a.csv")], everywhere)
    everywhere.contents["a.csv"] = b"a,b\n" + b"1,3\n" * 20
    with pytest.raises(InputError, match="changed while it was being read"):
        list(files.reading(everywhere.source("a.csv", everywhere.stretches["a.csv"][1])).chunks(None))
