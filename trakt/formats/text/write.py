"""Frames as text, rendered column by column in Arrow and written block by block."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import IO, Protocol

import pandas as pd
import pyarrow as pa

from trakt.errors import OutputError
from trakt.formats import is_packed
from trakt.formats.text.packed import Packed
from trakt.overlap import ahead
from trakt.pipeline.model import Output
from trakt.schema.octets import text_buffer
from trakt.schema.render import value_text

_ROWS_AT_ONCE = 1 << 14
# Joined rows must fit one Arrow string, which holds 2 GiB, and quoting may double them
_BYTES_AT_ONCE = 1 << 28


class Rows(Protocol):
    """What one kind of text makes of the rows of an output."""

    def head(self, columns: Sequence[str]) -> pa.Array | None:
        """What stands before the first row; called once, when the columns are known.

        Raises:
            OutputError: they are not those that its options name.
        """

    def lines(self, frame: pd.DataFrame) -> pa.Array:
        """Each row as text, its line end included; several threads may call it at once.

        Raises:
            OutputError: a value cannot be written.
        """


class TextRendering:
    """See `trakt.formats.Rendering`. The first frame decides the columns; the index is never written."""

    def __init__(self, name: str, rows: Rows) -> None:
        self._name = name
        self._rows = rows
        self._columns: Sequence[str] | None = None

    def columns(self, frame: pd.DataFrame) -> Sequence[str]:
        """See `trakt.formats.Rendering.columns`."""
        return [value_text(column) or "" for column in frame.columns]

    def text(self, frame: pd.DataFrame) -> bytes:
        """See `trakt.formats.Rendering.text`."""
        self.head(self.columns(frame))
        with closing(self.lines(frame)) as parts:
            return b"".join(memoryview(text_buffer(rows)) for rows in parts)

    def head(self, columns: Sequence[str]) -> pa.Array | None:
        """What stands before rows with these columns, if they are the first.

        Raises:
            OutputError: the columns are not those of the rows before, or not those that options name.
        """
        if self._columns is None:
            self._columns = columns
            return self._rows.head(columns)
        if columns != self._columns:
            raise OutputError(
                f"the columns changed from {', '.join(self._columns)} to {', '.join(columns)}",
                where=f"output '{self._name}'",
                hint="give every chunk the same columns in the same order",
                unquoted=f"the columns changed from {len(self._columns)} to {len(columns)}, or their names or order",
            )
        return None

    def lines(self, frame: pd.DataFrame) -> Generator[pa.Array]:
        """Its rows as text, a piece at a time."""
        return ahead(self._rows.lines, _parts(frame), few=len(frame) <= _ROWS_AT_ONCE)


class TextWriter:
    """See `trakt.formats.RenderedWriter`."""

    def __init__(self, wanted: Output, encoding: str, rows: Rows, stream: IO[bytes]) -> None:
        self._name = wanted.name
        self._encoding = encoding
        self._rendering = TextRendering(wanted.name, rows)
        self._packed = Packed(stream) if wanted.uri and is_packed(wanted.uri) else None
        self._stream = self._packed or stream
        self._encoder = codecs.getincrementalencoder(encoding)()
        self._is_utf8 = codecs.lookup(encoding).name == "utf-8"

    def write(self, frame: pd.DataFrame) -> None:
        """See `trakt.formats.TableWriter.write`."""
        self._begin(self._rendering.columns(frame))
        with closing(self._rendering.lines(frame)) as parts:
            for rows in parts:
                self._put(memoryview(text_buffer(rows)))

    def write_rendered(self, columns: Sequence[str], text: bytes) -> None:
        """See `trakt.formats.RenderedWriter.write_rendered`."""
        self._begin(columns)
        self._put(memoryview(text))

    def close(self) -> None:
        """See `trakt.formats.TableWriter.close`."""
        self._stream.write(self._encoder.encode("", final=True))
        if self._packed:
            self._packed.finish()

    def _begin(self, columns: Sequence[str]) -> None:
        head = self._rendering.head(columns)
        if head is not None:
            self._put(memoryview(text_buffer(head)))

    def _put(self, text: memoryview) -> None:
        try:
            self._stream.write(text if self._is_utf8 else self._encoder.encode(str(text, "utf-8")))
        except UnicodeEncodeError as fault:
            character = fault.object[fault.start]
            raise OutputError(
                f"{character!r} cannot be written in {self._encoding}",
                unquoted=f"a character cannot be written in {self._encoding}",
                where=f"output '{self._name}'",
                hint="set `metadata: {write_options: {encoding: utf-8}}`",
            ) from fault


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in pieces that are small enough to be joined; a single row always is."""
    if len(frame) > _ROWS_AT_ONCE or (len(frame) > 1 and _text_bytes(frame) > _BYTES_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, len(frame) // 2)
        for start in range(0, len(frame), rows):
            yield from _parts(frame.iloc[start : start + rows])
    elif len(frame):
        yield frame


def _text_bytes(frame: pd.DataFrame) -> int:
    """About how many bytes of text the frame holds."""
    columns = [frame.iloc[:, position] for position in range(len(frame.columns))]
    return sum(
        sum(len(value) for value in column if isinstance(value, str))
        if pd.api.types.is_object_dtype(column.dtype)
        else int(column.nbytes)
        for column in columns
    )
