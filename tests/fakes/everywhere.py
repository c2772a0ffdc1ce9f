"""A place where files are read apart that is this process: what would travel to others is pickled, and back."""

import io
import pickle
from collections import Counter
from functools import partial

import pandas as pd

from trakt.formats import SourceFile, format_for, open_apart
from trakt.pipeline.model import Input


def opened(content: bytes, start: int = 0) -> io.BytesIO:
    stream = io.BytesIO(content)
    stream.seek(start)
    return stream


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
    reader = format_for(wanted.kind).open_input(wanted, [everything.source(uri, None, take) for uri in contents])
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


def same_apart(wanted: Input, contents: dict[str, bytes], size: int | None) -> None:
    """Hold what is read apart, in stretches of `size` stored bytes, against what is read together."""
    aside_together, aside_apart = (None, None) if wanted.on_bad_rows == "fail" else ([], [])
    reader, frame = together(wanted, contents, aside_together)
    known, readers, same = apart(wanted, contents, aside_apart, size)
    pd.testing.assert_frame_equal(same, frame.reset_index(drop=True))
    assert (known.types, known.blank, known.notes) == (reader.types, reader.blank, reader.notes)
    assert aside_apart == aside_together
    assert summed(readers) == summed([reader])
    assert sum(fact.rows for each in readers for fact in each.files) == len(frame)
    assert sum(sum(each.nulls.values()) for each in readers) == sum(reader.nulls.values())
    details = [fact.details for fact in reader.files]
    assert [fact.details for fact in known.files] == details
