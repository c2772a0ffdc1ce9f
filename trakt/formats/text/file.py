"""One file of an input, from its stored bytes to tables of text."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Generic, TypeVar

from trakt.errors import InputError
from trakt.formats import FileFacts, SourceFile
from trakt.formats.text.bad_rows import Faults, Finding, Findings, bad_rows
from trakt.formats.text.block import Block, Head
from trakt.formats.text.decode import READ_BYTES, Decoded, Skipping
from trakt.formats.text.encodings import stored_as
from trakt.formats.text.layout import FileNames, Layout
from trakt.formats.text.options import TextOptions
from trakt.formats.text.table import TextTable
from trakt.overlap import ahead

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    """What became of a block: its rows, what was made of them, and its lines that are no row of their own."""

    block: Block
    found: Findings
    rows: int
    result: T | None = None
    blank: int = 0
    continued: int = 0


class _Count:
    """What a pass over a file has counted so far."""

    def __init__(self) -> None:
        self.rows = 0
        self.rejected = 0
        self._lines = Counter[str]()
        self._discarded = Counter[str]()

    def begin(self, head: Head) -> None:
        """The header was read, and blank lines before it."""
        lines = Block(head.data, 1).lines
        self._lines.update(total=lines, header=head.lines, blank=lines - head.lines)

    def add(self, made: _Made[T], *, aside: bool) -> None:
        """A block was read."""
        self.rows += made.rows
        self.rejected += made.found.records if aside else 0
        self._discarded += made.found.discarded
        self._lines.update(total=made.block.lines, blank=made.blank, continued=made.continued)

    def tell(self, facts: FileFacts, skipped: int) -> None:
        """The file was read to its end."""
        self._lines.update(total=skipped, skipped=skipped)
        facts.rows, facts.rejected, facts.discarded = self.rows, self.rejected, dict(self._discarded)
        facts.lines = {name: self._lines[name] for name in ("total", "header", "skipped", "blank", "continued")}


class TextFile:
    """One file. Its head is read at once; `tables` reads it from the start each time it is called.

    Attributes:
        columns: names in the file's order.
        facts: what is known of it; the checksum, rows and lines when `tables` was exhausted.
    """

    def __init__(self, source: SourceFile, options: TextOptions, layout: Layout) -> None:
        self._source = source
        self._options = options
        self._layout = layout
        self._aside = source.set_aside is not None
        self.uri = source.uri
        self.facts = FileFacts(source.uri, source.bytes)
        with contextlib.closing(source.open()) as stream:
            decoded = self._decoded(stream)
            text = iter(Skipping(decoded.blocks(), options.skiprows))
            self._layout, text = layout.settled(text, self.uri)
            self.columns = self._layout.columns(self._watched(self._cut(text), decoded), self.uri)
            if not self._layout.has_header:
                # nothing was read for the names, and the first bytes say what encoding it is
                next(text, None)
        self.facts.details = {**self._layout.details, "encoding": decoded.encoding}

    def tables(
        self, made_of: Callable[[TextTable, Findings], T], *, final: bool = False
    ) -> Generator[tuple[T, bool], None, None]:
        """What `made_of` makes of the rows, block by block, and whether the file was without fault so far.

        Bad rows are left out. They are faults of the file, or set aside, which they are told in the `final` pass only;
        `made_of`, which several threads may call at once, notes its own.

        Raises:
            InputError: at the end of the file, for all its faults at once; or where reading cannot go on.
        """
        faults, count = Faults(self.uri), _Count()
        with contextlib.closing(self._source.open()) as stream:
            decoded = self._decoded(stream)
            try:
                skipped = Skipping(decoded.blocks(), self._options.skiprows)
                blocks = self._cut(iter(skipped))
                head = self._layout.take_head(blocks, self.uri)
                count.begin(head)
                # lines are skipped when the first block is asked for, which a header does
                waiting = [head.rest] if head.rest else list(islice(blocks, 0 if self._layout.has_header else 1))
                # what was skipped and what is the header were never rows
                base = decoded.mark_bytes + self._stored_bytes(skipped.data + head.data)
                made = self._making(made_of, decoded.encoding)
                # closed before the stream is, which threads may be reading
                with contextlib.closing(
                    ahead(made, chain(waiting, blocks), few=self._source.bytes <= READ_BYTES)
                ) as results:
                    for each in results:
                        count.add(each, aside=self._aside)
                        if not self._aside:
                            faults.take(each.found)
                        elif final:
                            self._set_aside(each, decoded.encoding, base)
                            base += self._stored_bytes(each.block.data)
                        self._source.seen(count.rows + count.rejected, decoded.bytes)
                        if each.result is not None:
                            yield each.result, not faults
            except InputError as stop:
                faults.raise_any(stop)
        faults.raise_any()
        if decoded.bytes != self.facts.bytes or self.facts.sha256 not in (None, decoded.sha256):
            raise InputError(
                "changed while it was being read", where=self.uri, hint="run again when its sender is done"
            )
        self.facts.sha256 = decoded.sha256
        count.tell(self.facts, skipped.lines)

    def _set_aside(self, made: _Made[T], encoding: str, base: int) -> None:
        for row in bad_rows(made.found, made.block, encoding, base):
            if self._source.set_aside:
                self._source.set_aside(row)

    def _making(self, made_of: Callable[[TextTable, Findings], T], encoding: str) -> Callable[[Block], _Made[T]]:
        split = self._layout.splitting(FileNames(self.columns, encoding, self._options.missing), self.uri)

        def made(block: Block) -> _Made[T]:
            found = Findings(self._aside)
            if block.flaw:
                found.add(Finding.of(block, block.flaw))
                return _Made(block, found, rows=0, continued=block.lines - 1)
            text = split(block, found)
            records = text.rows + found.count
            blank, continued = self._beside(block, records)
            result = made_of(text, found)
            rows = records - found.records if self._aside else text.rows
            return _Made(block, found, rows, result, blank, continued)

        return made

    def _beside(self, block: Block, records: int) -> tuple[int, int]:
        """How many lines of a block are blank, and how many continue a record; each record has one more.

        Raises:
            InputError: the records are not those that its lines hold: a row would be lost, or told twice.
        """
        if block.lines == records:
            return 0, 0
        known = self._layout.records_of(block)
        if len(known) != records:
            what = f"{len(known)} records stand from line {block.first_line} on, and {records} were read"
            hint = f"please report it with the file's options; {self._layout.hint}"
            raise InputError(what, where=f"{self.uri}:{block.first_line}", hint=hint)
        return known.blank_lines, block.lines - known.blank_lines - records

    def _watched(self, blocks: Iterator[Block], decoded: Decoded) -> Iterator[Block]:
        """The blocks; where the names stand in all of them, who set limits hears of it."""
        for block in blocks:
            yield block
            self._source.seen(0, decoded.bytes)

    def _stored_bytes(self, text: bytes) -> int:
        return len(stored_as(text, self.facts.details["encoding"])) if self._aside and self.facts.details else 0

    def _decoded(self, stream: IO[bytes]) -> Decoded:
        return Decoded(self.uri, stream, self._options.encoding, self._layout.kind, aside=self._aside)

    def _cut(self, text: Iterator[bytes]) -> Iterator[Block]:
        return self._layout.cut(text, self.uri, 1 + self._options.skiprows, aside=self._aside)
