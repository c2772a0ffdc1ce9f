"""What text of fixed width says of its files (`trakt.formats.text.layout`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import counted
from trakt.formats.fixed_width.options import ReadOptions
from trakt.formats.fixed_width.places import Place
from trakt.formats.text.bad_rows import Finding, Findings
from trakt.formats.text.block import Block, Head
from trakt.formats.text.decodable import as_text
from trakt.formats.text.decode import Kind
from trakt.formats.text.layout import FileNames, Splitting
from trakt.formats.text.lines import cut_lines, lines_in
from trakt.formats.text.records import Records, lines_of
from trakt.formats.text.table import TextTable

RAGGED = "ragged_row"
"""Why a row is bad."""

KIND = Kind("text of fixed width", "text of fixed width")


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """See `trakt.formats.text.layout.Layout`."""

    places: tuple[Place, ...]
    strip: bool = True
    exact_length: bool = True
    has_header: bool = False
    by_name: bool = False
    most_columns: int | None = None
    kind: Kind = KIND
    hint: str = "each row must stand on a line of its own"
    details: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, options: ReadOptions) -> FixedLayout:
        """That of an input with these options."""
        return cls(options.columns, options.strip, options.exact_length)

    def settled(self, text: Iterator[bytes], uri: str) -> tuple[FixedLayout, Iterator[bytes]]:  # noqa: ARG002
        """See `Layout`."""
        return self, text

    def cut(self, text: Iterator[bytes], uri: str, first_line: int, *, aside: bool) -> Iterator[Block]:  # noqa: ARG002
        """See `Layout`."""
        return cut_lines(text, uri, first_line)

    def columns(self, blocks: Iterator[Block], uri: str) -> tuple[str, ...]:  # noqa: ARG002
        """See `Layout`."""
        return tuple(place.name for place in self.places)

    def take_head(self, blocks: Iterator[Block], uri: str) -> Head:  # noqa: ARG002
        """See `Layout`."""
        return Head()

    def records_of(self, block: Block) -> Records:
        """See `Layout`."""
        return lines_of(block)

    def splitting(self, file: FileNames, uri: str) -> Splitting:
        """See `Layout`."""
        missing = pa.array(file.missing, pa.string())

        def split(block: Block, found: Findings) -> TextTable:
            data, records = as_text(block, cache(lambda: lines_of(block)), found, file.encoding, uri)
            lines = pa.array([line for line in lines_in(data) if line], pa.string())
            good = self._fitting(lines)
            if good is None:
                return TextTable(file.columns, self._columns(lines, missing), records)
            lengths = pc.utf8_length(lines)
            for at in np.flatnonzero(~good).tolist():
                found.add(self._ragged(records().record(at), lengths[at].as_py()))
            kept = lines.filter(pa.array(good))
            return TextTable(file.columns, self._columns(kept, missing), lambda: records().only(good))

        return split

    @property
    def _length(self) -> int:
        return max(place.end for place in self.places)

    def _fitting(self, lines: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
        """Which lines have the length they must have; None where all have."""
        if not self.exact_length:
            lines = pc.utf8_rtrim(lines, " ")
        lengths = pc.utf8_length(lines).to_numpy(zero_copy_only=False)
        good = lengths == self._length if self.exact_length else lengths <= self._length
        return None if good.all() else good

    def _ragged(self, record: Block, length: int) -> Finding:
        what = f"{counted(length, 'character')} where the columns take {self._length}"
        longer = length > self._length
        hint = "mend the line: it is too long" if longer else "mend the line: its end is missing"
        if not longer:
            hint += ", or set `exact_length: false` where only blanks are"
        return Finding(record, RAGGED, what, hint)

    def _columns(self, lines: pa.Array, missing: pa.Array) -> pa.Table:
        arrays = []
        for place in self.places:
            values = pc.utf8_slice_codeunits(lines, place.start, place.end)
            stripped = pc.utf8_trim(values, " ")
            gone = pc.is_in(stripped, missing)
            arrays.append(pc.if_else(gone, pa.scalar(None, pa.string()), stripped if self.strip else values))
        return pa.table(arrays, [place.name for place in self.places])
