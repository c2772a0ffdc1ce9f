"""Where a large file may be cut, so that others read it from there on: between its row groups."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from trakt.errors import InputError
from trakt.formats import SourceFile, Stretch, Stretches
from trakt.formats.parquet.footer import ending

_PIECE_BYTES = 1 << 20


def cut(source: SourceFile, size: int) -> Stretches:
    """The file in stretches of whole row groups, of `size` stored bytes at least; none where it cannot be cut.

    The first begins where the file does, and the last ends there: each of its bytes lies in one.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with ending(source) as stream:
            metadata = pq.ParquetFile(stream).metadata
    except (pa.ArrowException, OSError) as fault:
        # in other words it is told by who reads it
        raise InputError("cannot be read as Parquet", where=source.uri) from fault
    begins = _begins(metadata)
    starts, rows, first_rows = [0], 0, [1]
    for group, start in enumerate(begins):
        if start - starts[-1] >= size and rows:
            starts.append(start)
            first_rows.append(rows + 1)
        rows += metadata.row_group(group).num_rows
    return _digested(source, [*starts, source.bytes], first_rows) if begins else Stretches(())


def groups_of(metadata: Any, stretch: Stretch | None) -> list[int]:
    """The row groups of a stretch; None: all of the file."""
    if stretch is None:
        return list(range(metadata.num_row_groups))
    return [group for group, start in enumerate(_begins(metadata)) if stretch.start <= start < stretch.end]


def _begins(metadata: Any) -> list[int]:
    """Where each row group begins; none where they do not lie one behind the other, as they may."""
    places = [_place(metadata.row_group(group)) for group in range(metadata.num_row_groups)]
    in_order = all(one[1] <= other[0] for one, other in pairwise(places))
    return [start for start, _ in places] if in_order else []


def _place(group: Any) -> tuple[int, int]:
    """From where to where a row group lies."""
    chunks = [group.column(position) for position in range(group.num_columns)]
    starts = [_first_page(chunk) for chunk in chunks]
    return min(starts), max(start + chunk.total_compressed_size for start, chunk in zip(starts, chunks, strict=True))


def _first_page(chunk: Any) -> int:
    """Where the pages of a column begin: with those of its dictionary, if there is one and it says where."""
    data, dictionary = chunk.data_page_offset, chunk.dictionary_page_offset
    return int(dictionary if chunk.has_dictionary_page and dictionary and 0 < dictionary < data else data)


def _digested(source: SourceFile, bounds: Sequence[int], first_rows: Sequence[int]) -> Stretches:
    found, whole = list[Stretch](), hashlib.sha256()
    with closing(source.open()) as stream:
        for (start, end), first_row in zip(pairwise(bounds), first_rows, strict=True):
            taken, left = hashlib.sha256(), end - start
            while left and (piece := stream.read(min(_PIECE_BYTES, left))):
                taken.update(piece)
                whole.update(piece)
                left -= len(piece)
            found.append(Stretch(start, end, first_row, taken.hexdigest()))
    return Stretches(found, whole.hexdigest())
