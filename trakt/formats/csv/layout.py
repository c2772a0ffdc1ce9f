"""What delimited text says of its files (`trakt.formats.text.layout`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from trakt.formats.csv.blocks import cut
from trakt.formats.csv.header import take_header
from trakt.formats.csv.options import AUTO, Dialect, ReadOptions
from trakt.formats.csv.records import records_of
from trakt.formats.csv.sniff import SAMPLE_BYTES, sniff_delimiter
from trakt.formats.csv.split import Splitter
from trakt.formats.text.block import Block, Head
from trakt.formats.text.decode import Kind
from trakt.formats.text.layout import FileNames, Splitting
from trakt.formats.text.records import Records

KIND = Kind("delimited text", "CSV")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """See `trakt.formats.text.layout.Layout`."""

    dialect: Dialect
    has_header: bool = True
    names: tuple[str, ...] | None = None
    by_name: bool = False
    most_columns: int | None = None
    kind: Kind = KIND
    hint: str = "`quotechar` and `escapechar` are the first to look at"

    @classmethod
    def of(cls, options: ReadOptions) -> CsvLayout:
        """That of an input with these options."""
        names = None if options.names is None else tuple(options.names)
        return cls(options.dialect(options.delimiter), options.header, names)

    @property
    def details(self) -> Mapping[str, str]:
        """See `Layout`."""
        return {"delimiter": self.dialect.delimiter}

    def settled(self, text: Iterator[bytes], uri: str) -> tuple[CsvLayout, Iterator[bytes]]:
        """See `Layout`."""
        if self.dialect.delimiter != AUTO:
            return self, text
        head = head_of(text)
        found = replace(self.dialect, delimiter=sniff_delimiter(head, self.dialect, uri))
        return replace(self, dialect=found), chain([head], text)

    def cut(self, text: Iterator[bytes], uri: str, first_line: int, *, aside: bool) -> Iterator[Block]:
        """See `Layout`."""
        return cut(text, self.dialect, uri, first_line, aside=aside)

    def columns(self, blocks: Iterator[Block], uri: str) -> tuple[str, ...]:
        """See `Layout`."""
        return self.take_head(blocks, uri).names if self.has_header else self.names or ()

    def take_head(self, blocks: Iterator[Block], uri: str) -> Head:
        """See `Layout`."""
        return take_header(blocks, self.dialect, uri, given=self.names) if self.has_header else Head()

    def records_of(self, block: Block) -> Records:
        """See `Layout`."""
        return records_of(block, self.dialect)

    def splitting(self, file: FileNames, uri: str) -> Splitting:
        """See `Layout`."""
        return Splitter(uri, file.columns, self.dialect, file.encoding, file.missing).split


def head_of(text: Iterator[bytes]) -> bytes:
    """Enough of the file to see its delimiter; one block more than the sample, so that it is known to be cut."""
    head = b""
    for block in text:
        head += block
        if len(head) > SAMPLE_BYTES:
            break
    return head
