"""One file of an input, from its stored bytes to tables of text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import IO

from trakt.errors import Fault, InputError
from trakt.formats import FileFacts, SourceFile
from trakt.formats.text.bad_rows import Faults, Finding, Findings, bad_rows
from trakt.formats.text.block import Block, Head
from trakt.formats.text.counted import Count, Made, T
from trakt.formats.text.decode import READ_BYTES, Decoded, Skipping
from trakt.formats.text.encodings import stored_as
from trakt.formats.text.layout import FileNames, Known, Layout
from trakt.formats.text.options import TextOptions
from trakt.formats.text.table import TextTable
from trakt.overlap import ahead


class TextFile:
    """One file, or a stretch of it. Its head is read at once; `tables` reads it from the start each time it is called.

    Attributes:
        columns: names in the file's order.
        known: what its head tells, or all of it where each record names its fields; who has it from elsewhere gives it.
        sets_aside: whether its bad rows are set aside.
        facts: what is known of it; the checksum, rows and lines when `tables` was exhausted.
    """

    def __init__(self, source: SourceFile, options: TextOptions, layout: Layout, known: Known | None = None) -> None:
        self._source = source
        self._options = options
        self._layout = layout
        self.sets_aside = source.set_aside is not None
        self.uri = source.uri
        self._stretch = source.stretch
        self.facts = FileFacts(source.uri, source.bytes)
        self.known = known or self._looked_at()
        self._layout, self.columns, encoding = self.known
        self.facts.details = {**self._layout.details, "encoding": encoding}
        if self._stretch:
            self.facts.bytes, self.facts.sha256 = self._stretch.end - self._stretch.start, self._stretch.sha256

    @property
    def by_name(self) -> bool:
        """See `Layout.by_name`."""
        return self._layout.by_name

    def tables(
        self, made_of: Callable[[TextTable, Findings], T], *, final: bool = False
    ) -> Generator[tuple[T, bool], None, None]:
        """What `made_of` makes of the rows, block by block, and whether the file was without fault so far.

        Bad rows are left out. They are faults of the file, or set aside, which they are told in the `final` pass only;
        `made_of`, which several threads may call at once, notes its own.

        Raises:
            InputError: at the end of the file, for all its faults at once; or where reading cannot go on.
        """
        faults, count = Faults(self.uri), Count()
        stretch, has_head = self._stretch, self._has_head
        with contextlib.closing(self._opened()) as stream:
            decoded = self._decoded(stream)
            try:
                skipped = self._skipped(decoded)
                blocks = self._cut(iter(skipped))
                head = self._layout.take_head(blocks, self.uri) if has_head else Head(self.columns)
                count.begin(head)
                # lines are skipped when the first block is asked for, which a header does
                waiting = [head.rest] if head.rest else list(islice(blocks, 0 if self._layout.has_header else 1))
                # what was skipped and what is the header were never rows
                base = decoded.mark_bytes + self._stored_bytes(skipped.data + head.data)
                base += stretch.start if stretch else 0
                made = self._making(made_of, decoded.encoding)
                # closed before the stream is, which threads may be reading
                with contextlib.closing(
                    ahead(made, chain(waiting, blocks), few=self._source.bytes <= READ_BYTES)
                ) as results:
                    for each in results:
                        count.add(each, aside=self.sets_aside)
                        if not self.sets_aside:
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

    def _looked_at(self) -> Known:
        """What is known of it by what stands in it."""
        with contextlib.closing(self._opened()) as stream:
            decoded = self._decoded(stream)
            layout, text = self._layout, iter(self._skipped(decoded))
            if self._has_head:
                layout, text = layout.settled(text, self.uri)
                self._layout = layout
            columns = layout.columns(self._watched(self._cut(text), decoded), self.uri)
            if not layout.has_header:
                # nothing was read for the names, and the first bytes say what encoding it is
                next(text, None)
        return Known(layout, columns, decoded.encoding)

    def faults(self) -> Sequence[Fault]:
        """What is wrong with its rows, were none to be set aside."""
        strict = TextFile(replace(self._source, set_aside=None), self._options, self._layout, self.known)
        try:
            for _ in strict.tables(lambda text, found: None):  # noqa: ARG005
                pass
        except InputError as error:
            return error.faults
        return ()

    def _opened(self) -> IO[bytes]:
        stretch, open_at = self._stretch, self._source.open_at
        return open_at(stretch.start) if stretch and open_at else self._source.open()

    def _set_aside(self, made: Made[T], encoding: str, base: int) -> None:
        for row in bad_rows(made.found, made.block, encoding, base):
            if self._source.set_aside:
                self._source.set_aside(row)

    def _making(self, made_of: Callable[[TextTable, Findings], T], encoding: str) -> Callable[[Block], Made[T]]:
        split = self._layout.splitting(FileNames(self.columns, encoding, self._options.missing), self.uri)

        def made(block: Block) -> Made[T]:
            found = Findings(self.sets_aside)
            if block.flaw:
                found.add(Finding.of(block, block.flaw))
                return Made(block, found, rows=0, continued=block.lines - 1)
            text = split(block, found)
            records = text.rows + found.count
            blank, continued = self._beside(block, records)
            result = made_of(text, found)
            rows = records - found.records if self.sets_aside else text.rows
            return Made(block, found, rows, result, blank, continued)

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
        return len(stored_as(text, self.known.encoding)) if self.sets_aside else 0

    @property
    def _has_head(self) -> bool:
        return self._stretch is None or self._stretch.start == 0

    def _decoded(self, stream: IO[bytes]) -> Decoded:
        decoded = Decoded(self.uri, stream, self._options.encoding, self._layout.kind, aside=self.sets_aside)
        decoded.length = self._stretch.end - self._stretch.start if self._stretch else None
        return decoded

    def _skipped(self, decoded: Decoded) -> Skipping:
        if self._has_head:
            return Skipping(decoded.blocks(), self._options.skiprows)
        return Skipping(decoded.from_the_middle(), 0)

    def _cut(self, text: Iterator[bytes]) -> Iterator[Block]:
        line = self._stretch.first_line if self._stretch and not self._has_head else 1 + self._options.skiprows
        return self._layout.cut(text, self.uri, line, aside=self.sets_aside)
