"""A stored file where Arrow can seek in it.

A Parquet file is read from its end. What a disk holds is read where it lies. An object comes as one stream, and its
checksum needs all of it: it is copied to the temporary folder, which costs the room of one file and no further
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

from trakt.errors import RunError
from trakt.formats import SourceFile

_PIECE_BYTES = 1 << 20


@contextlib.contextmanager
def seekable(source: SourceFile, *, digest: bool) -> Iterator[tuple[Any, int, str | None]]:
    """The file for Arrow, its size and its checksum, which is taken only where `digest` asks for it."""
    with closing(source.open()) as stream:
        if not stream.seekable():
            copy, size, checksum = _copied(stream)
            with closing(copy):
                yield copy, size, checksum
            return
        size, known = _digested(stream) if digest else (stream.seek(0, os.SEEK_END), None)
        stream.seek(0)
        yield stream, size, known


def _digested(stream: IO[bytes], copy: IO[bytes] | None = None) -> tuple[int, str]:
    taken, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE_BYTES):
        taken.update(piece)
        size += len(piece)
        if copy:
            _write(copy, piece)
    return size, taken.hexdigest()


def _write(copy: IO[bytes], piece: bytes) -> None:
    try:
        copy.write(piece)
        copy.flush()
    except OSError as fault:
        what = f"a Parquet file cannot be kept while it is read: {(fault.strerror or str(fault)).lower()}"
        hint = "make room there, or set TMPDIR to a folder that has some"
        raise RunError(what, where=tempfile.gettempdir(), hint=hint) from fault


def _copied(stream: IO[bytes]) -> tuple[Any, int, str]:
    descriptor, path = tempfile.mkstemp(prefix="trakt-parquet-")
    try:
        with open(descriptor, "wb") as copy:
            size, checksum = _digested(stream, copy)
        return pa.OSFile(path, "rb"), size, checksum
    finally:
        # who has it open can still read it
        os.unlink(path)
