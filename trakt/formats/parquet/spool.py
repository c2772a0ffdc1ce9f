"""Frames of one output, kept in a temporary file until the types of all of them are known.

What a column holds is known when its last chunk is: ten chunks of whole numbers may be followed by one of fractions. A
file that was begun with the types of the first chunk would depend on how the rows were cut.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from trakt.spooled import kept

_IN_MEMORY = 8 << 20
_LENGTH_BYTES = 8
_WHAT = "a Parquet output cannot be kept until it is whole"


class Spool:
    """Tables, given back in the order in which they came, each as it was."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="trakt-parquet-")  # noqa: SIM115

    def put(self, table: pa.Table) -> None:
        """Keep one.

        Raises:
            RunError: the disk is full.
        """
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        content = sink.getvalue()
        with kept(_WHAT):
            self._file.write(content.size.to_bytes(_LENGTH_BYTES, "little"))
            self._file.write(memoryview(content))

    def tables(self) -> Iterator[pa.Table]:
        """All of them."""
        with kept(_WHAT):
            self._file.seek(0)
        while length := self._file.read(_LENGTH_BYTES):
            content = self._file.read(int.from_bytes(length, "little"))
            yield pa.ipc.open_stream(pa.BufferReader(content)).read_all()

    def close(self) -> None:
        """Forget them."""
        with contextlib.suppress(OSError):
            self._file.close()
