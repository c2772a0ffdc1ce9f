"""Files read apart, in stretches and by other processes, are the table that they are when they are read together."""

import io
import pickle
from collections import Counter
from functools import partial

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trakt.errors import InputError
from trakt.formats import SourceFile, format_for, open_apart
from trakt.formats.text import decode
from trakt.pipeline.model import Input


def opened(content: bytes, start: int = 0) -> io.BytesIO:
    return io.BytesIO(content[start:])


class InTurn:
    """Does everything in this process, with what would travel to others and back."""

    def __init__(self, contents: dict[str, bytes], *, aside: list | None, size: int | None) -> None:
        self.contents, self.aside, self.size = contents, aside, size
        self.stretches = {uri: [None] for uri in contents}

    def source(self, uri: str, stretch=None, set_aside=None) -> SourceFile:
        open_it = partial(opened, self.contents[uri])
        return SourceFile(uri, len(self.contents[uri]), open_it, set_aside=set_aside, stretch=stretch, open_at=open_it)

    def cut(self, find) -> None:
        for uri in self.contents if self.size else ():
            found = find(self.source(uri, None, self.ignored), self.size)
            self.stretches[uri] = list(found.each) or [None]

    def __call__(self, work, uris):
        work = pickle.loads(pickle.dumps(work))
        for uri in uris:
            yield [work(self.source(uri, stretch, self.ignored)) for stretch in self.stretches[uri]]

    @property
    def ignored(self):
        return None if self.aside is None else lambda bad: None


def together(wanted: Input, contents: dict[str, bytes], aside: list | None):
    everything = InTurn(contents, aside=aside, size=None)
    take = None if aside is None else aside.append
    reader = format_for("csv").open_input(wanted, [everything.source(uri, None, take) for uri in contents])
    (frame,) = reader.chunks(None)
    return reader, frame


def apart(wanted: Input, contents: dict[str, bytes], aside: list | None, size: int | None):
    everywhere = InTurn(contents, aside=aside, size=size)
    take = None if aside is None else aside.append
    files = open_apart(wanted, [everywhere.source(uri, None, take) for uri in contents], everywhere)
    reading = pickle.loads(pickle.dumps(files.reading))
    readers, frames = [], []
    for uri, stretches in everywhere.stretches.items():
        for stretch in stretches:
            readers.append(reading(everywhere.source(uri, stretch, take)))
            frames += readers[-1].chunks(None)
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return files, readers, pd.concat(filled, ignore_index=True)


def summed(readers) -> Counter:
    return sum((Counter(fact.lines or {}) for each in readers for fact in each.files), Counter())


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
        aside_together, aside_apart = [], []
        reader, frame = together(wanted, contents, aside_together)
        known, readers, same = apart(wanted, contents, aside_apart, size)
    finally:
        mended.undo()
    pd.testing.assert_frame_equal(same, frame.reset_index(drop=True))
    assert (known.types, known.blank, known.notes) == (reader.types, reader.blank, reader.notes)
    assert aside_apart == aside_together
    assert summed(readers) == summed([reader])
    assert sum(fact.rows for each in readers for fact in each.files) == len(frame)
    assert sum(sum(each.nulls.values()) for each in readers) == sum(reader.nulls.values())


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
