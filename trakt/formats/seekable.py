"""A stored file in which a reader can seek.

Parquet and Excel files are read from their end. What a disk holds is read where it lies. An object comes as one stream,
and its checksum needs all of it: it is copied to the temporary folder, which costs the room of one file and no further
request. A copy has no name there, so nothing is left of it however the process ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import IO, Any

import pyarrow as pa

from trakt.formats import SourceFile
from trakt.spooled import kept

_PIECE_BYTES = 1 << 20


@contextlib.contextmanager
def seekable(source: SourceFile) -> Iterator[tuple[Any, int, str]]:
    """The file, or a stretch of it, with each byte in its place: how many bytes were read, and their checksum."""
    stretch = source.stretch
    start, most = (stretch.start, stretch.end - stretch.start) if stretch else (0, None)
    with closing(source.open_at(start) if start and source.open_at else source.open()) as stream:
        if not stream.seekable():
            copy, size, checksum = _copied(stream, start, most)
            with closing(copy):
                yield copy, size, checksum
            return
        size, checksum = _digested(stream, most)
        stream.seek(0)
        yield stream, size, checksum


def _digested(stream: IO[bytes], most: int | None, copy: IO[bytes] | None = None) -> tuple[int, str]:
    taken, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE_BYTES if most is None else min(_PIECE_BYTES, most - size)):
        taken.update(piece)
        size += len(piece)
        if copy:
            _write(copy, piece)
    return size, taken.hexdigest()


def _write(copy: IO[bytes], piece: bytes) -> None:
    with kept("the file cannot be kept while it is read"):
        copy.write(piece)
        copy.flush()


def _copied(stream: IO[bytes], start: int, most: int | None) -> tuple[Any, int, str]:
    descriptor, path = tempfile.mkstemp(prefix="trakt-input-")
    try:
        with open(descriptor, "wb") as copy:
            # a stretch lies where it lies in the file; the hole before it takes no room
            copy.seek(start)
            size, checksum = _digested(stream, most, copy)
        return pa.OSFile(path, "rb"), size, checksum
    finally:
        # who has it open can still read it
        os.unlink(path)
