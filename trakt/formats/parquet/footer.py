"""The end of a file, where it says what it holds: fetched without the rest of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa

from trakt.formats import SourceFile
from trakt.formats.seekable import seekable

TAIL_BYTES = 1 << 16
"""Most footers are shorter; of a longer one the rest is fetched too."""

_END_BYTES = 8
"""The length of the footer, and the magic number (https://parquet.apache.org/docs/file-format/)."""


@contextlib.contextmanager
def ending(source: SourceFile) -> Iterator[Any]:
    """The file from which Arrow can read the footer: itself where it can be sought in, else its end."""
    if source.open_at is None:
        with seekable(source) as (stream, _, _):
            yield stream
        return
    start = max(0, source.bytes - TAIL_BYTES)
    with closing(source.open_at(start)) as stream:
        if stream.seekable():
            yield stream
            return
        tail = stream.read()
    length = _END_BYTES + int.from_bytes(tail[-_END_BYTES:-4], "little")
    if tail.endswith(b"PAR1") and len(tail) < length <= source.bytes:
        with closing(source.open_at(source.bytes - length)) as stream:
            tail = stream.read(length - len(tail)) + tail
    yield pa.BufferReader(tail)
