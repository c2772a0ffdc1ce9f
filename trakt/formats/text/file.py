"""One file of an input, from its stored bytes to tables of text."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
from collections.abc import Callable, Generator, Iterator
from itertools import chain, islice
from typing import IO

from trakt.errors import InputError
from trakt.formats import FileFacts, SourceFile, Stretch, Stretches, is_packed
from trakt.formats.text.bad_rows import Faults, Finding, Findings, bad_rows
from trakt.formats.text.block import Block, Head
from trakt.formats.text.counted import Count, Made, T
from trakt.formats.text.decode import READ_BYTES, Decoded, Skipping
from trakt.formats.text.encodings import is_utf8, stored_as
from trakt.formats.text.layout import FileNames, Layout
from trakt.formats.text.options import TextOptions
from trakt.formats.text.table import TextTable
from trakt.overlap import ahead


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
        self._stretch = source.stretch
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
        if self._stretch:
            self.facts.bytes, self.facts.sha256 = self._stretch.end - self._stretch.start, self._stretch.sha256

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
        stretch = self._stretch
        has_head = stretch is None or stretch.start == 0
        with contextlib.closing(self._opened()) as stream:
            decoded = self._decoded(stream, stretch.end - stretch.start if stretch else None)
            try:
                text = decoded.blocks() if has_head else decoded.from_the_middle()
                skipped = Skipping(text, self._options.skiprows if has_head else 0)
                blocks = self._cut(iter(skipped), stretch.first_line if stretch and not has_head else None)
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

    def stretches(self, size: int) -> Stretches:
        """The file in stretches of whole rows, of `size` stored bytes at least; none where it cannot be cut.

        Raises:
            InputError: it cannot be read, or a quote is not balanced.
        """
        found: list[Stretch] = []
        if not is_utf8((self.facts.details or {})["encoding"]) or is_packed(self.uri):
            return Stretches(())
        with contextlib.closing(self._source.open()) as stream:
            decoded = self._decoded(stream)
            skipped = Skipping(decoded.blocks(), self._options.skiprows)
            start = end = 0
            first_line, digest = 1, hashlib.sha256()
            for block in self._cut(iter(skipped)):
                if block.flaw:
                    # what its quote would swallow is told of all that follows
                    return Stretches(())
                if end == 0:
                    before = codecs.BOM_UTF8[: decoded.mark_bytes] + skipped.data
                    digest.update(before)
                    end = len(before)
                elif end - start >= size:
                    found.append(Stretch(start, end, first_line, digest.hexdigest()))
                    start, first_line, digest = end, block.first_line, hashlib.sha256()
                digest.update(block.data)
                end += len(block.data)
        # bytes that no block has would be lost
        if end != self.facts.bytes:
            return Stretches(())
        return Stretches([*found, Stretch(start, end, first_line, digest.hexdigest())], decoded.sha256)

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
            found = Findings(self._aside)
            if block.flaw:
                found.add(Finding.of(block, block.flaw))
                return Made(block, found, rows=0, continued=block.lines - 1)
            text = split(block, found)
            records = text.rows + found.count
            blank, continued = self._beside(block, records)
            result = made_of(text, found)
            rows = records - found.records if self._aside else text.rows
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
        return len(stored_as(text, self.facts.details["encoding"])) if self._aside and self.facts.details else 0

    def _decoded(self, stream: IO[bytes], length: int | None = None) -> Decoded:
        decoded = Decoded(self.uri, stream, self._options.encoding, self._layout.kind, aside=self._aside)
        decoded.length = length
        return decoded

    def _cut(self, text: Iterator[bytes], first_line: int | None = None) -> Iterator[Block]:
        line = 1 + self._options.skiprows if first_line is None else first_line
        return self._layout.cut(text, self.uri, line, aside=self._aside)
