"""One file of an input, from its stored bytes to tables of text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeVar

from trakt.errors import InputError
from trakt.formats import FileFacts, SourceFile
from trakt.formats.csv.blocks import Block, cut, skip_lines
from trakt.formats.csv.decode import READ_BYTES, Decoded
from trakt.formats.csv.header import take_header
from trakt.formats.csv.options import AUTO, ReadOptions
from trakt.formats.csv.sniff import SAMPLE_BYTES, sniff_delimiter
from trakt.formats.csv.split import Faults, Splitter, TextTable
from trakt.overlap import ahead
from trakt.schema.infer import PANDAS_MISSING

T = TypeVar("T")


class CsvFile:
    """One file. Its head is read at once; `tables` reads it from the start each time it is called.

    Attributes:
        columns: names in the file's order.
        facts: what is known of it; the checksum and rows when `tables` was exhausted.
    """

    def __init__(self, source: SourceFile, options: ReadOptions) -> None:
        self._source = source
        self._options = options
        self._dialect = options.dialect(options.delimiter)
        self.uri = source.uri
        self.facts = FileFacts(source.uri, source.bytes)
        with contextlib.closing(source.open()) as stream:
            decoded = Decoded(self.uri, stream, options.encoding)
            text = self._text(decoded)
            if options.delimiter == AUTO:
                head = _head(text)
                self._dialect = options.dialect(sniff_delimiter(head, self._dialect, self.uri))
                text = chain([head], text)
            self.columns = tuple(self._names(self._cut(text))[0])
        self.facts.details = {"delimiter": self._dialect.delimiter, "encoding": decoded.encoding}

    def tables(self, made_of: Callable[[TextTable, Faults], T]) -> Iterator[tuple[T, bool]]:
        """What `made_of` makes of the rows, block by block, and whether the file was without fault so far.

        Ragged rows are left out and are faults; `made_of`, which several threads may call at once, notes its own.

        Raises:
            InputError: at the end of the file, for all its faults at once; or where reading cannot go on.
        """
        faults, rows = Faults(self.uri), 0
        splitter = Splitter(self.uri, self.columns, self._dialect, self._missing())

        def made(block: Block) -> tuple[T, int, Faults]:
            found = Faults(self.uri)
            text = splitter.split(block, found)
            return made_of(text, found), text.rows, found

        with contextlib.closing(self._source.open()) as stream:
            decoded = Decoded(self.uri, stream, self._options.encoding)
            try:
                blocks = self._cut(self._text(decoded))
                rest = self._names(blocks)[1]
                # closed before the stream is, which threads may be reading
                with contextlib.closing(
                    ahead(made, chain([rest] if rest else [], blocks), few=self._source.bytes <= READ_BYTES)
                ) as results:
                    for result, count, found in results:
                        faults.take(found)
                        rows += count
                        self._source.seen(rows)
                        yield result, not faults
            except InputError as stop:
                faults.raise_any(stop)
        faults.raise_any()
        if decoded.bytes != self.facts.bytes or self.facts.sha256 not in (None, decoded.sha256):
            raise InputError(
                "changed while it was being read", where=self.uri, hint="run again when its sender is done"
            )
        self.facts.sha256, self.facts.rows = decoded.sha256, rows

    def _text(self, decoded: Decoded) -> Iterator[bytes]:
        return skip_lines(decoded.blocks(), self._options.skiprows)

    def _cut(self, text: Iterator[bytes]) -> Iterator[Block]:
        return cut(text, self._dialect, self.uri, first_line=1 + self._options.skiprows)

    def _names(self, blocks: Iterator[Block]) -> tuple[list[str], Block | None]:
        """The column names, and what is left of the block that held them."""
        if not self._options.header:
            return list(self._options.names or ()), None
        return take_header(blocks, self._dialect, self.uri, given=self._options.names)

    def _missing(self) -> tuple[str, ...]:
        words = PANDAS_MISSING if self._options.keep_default_na or self._options.types == "pandas" else ()
        return tuple(dict.fromkeys(("", *self._options.na_values, *words)))


def _head(text: Iterator[bytes]) -> bytes:
    """Enough of the file to see its delimiter; one block more than the sample, so that it is known to be cut."""
    head = b""
    for block in text:
        head += block
        if len(head) > SAMPLE_BYTES:
            break
    return head
