"""Timestamps in 96 bits, as older writers have them: nanoseconds of any year, of which Arrow holds either or.

Read as nanoseconds, a year before 1678 or after 2262 would become another one without a word; read as microseconds,
what is finer would be cut off. So such columns are read both ways, and each value is taken as it is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]

_FIRST, _LAST = -((1 << 63) // 1_000), ((1 << 63) - 1) // 1_000
"""Of the microseconds that nanoseconds of 64 bits hold too."""


def columns_of(metadata: Any, names: Sequence[str]) -> list[str]:
    """Which of these columns are stored so."""
    paths = [metadata.schema.column(position) for position in range(metadata.num_columns)]
    stored = {column.path for column in paths if column.physical_type == "INT96"}
    return [name for name in names if name in stored]


def exact(
    batches: Iterator[pa.RecordBatch], fine: Iterator[pa.RecordBatch], names: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Batches of microseconds in the columns `names`, made exact by `fine`, which is the same in nanoseconds."""
    for batch, finer in zip(batches, fine, strict=True):
        if batch.num_rows != finer.num_rows:
            raise pa.ArrowInvalid("its timestamps do not belong to its rows")
        yield from _pieces(batch, finer, names)


def _pieces(batch: pa.RecordBatch, finer: pa.RecordBatch, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    judged = {name: _judged(batch.column(name), finer.column(name)) for name in names}
    if all(inside.all() for inside, _ in judged.values()):
        yield _taken(batch, finer, names)
        return
    cut_off = np.stack([cut for _, cut in judged.values()]).any(axis=0)
    # of a row that has both, each value must come as it is exact: it is a batch of its own
    bounds = sorted({0, batch.num_rows, *np.flatnonzero(cut_off).tolist(), *(np.flatnonzero(cut_off) + 1).tolist()})
    for start, end in pairwise(bounds):
        finest = [name for name in names if judged[name][1][start]]
        yield _taken(batch.slice(start, end - start), finer.slice(start, end - start), finest)


def _judged(coarse: Any, fine: Any) -> tuple[Mask, Mask]:
    """Which values nanoseconds can hold, and of which microseconds cut something off."""
    micro, nano = (pc.fill_null(each.cast(pa.int64()), 0).to_numpy() for each in (coarse, fine))
    inside = (micro >= _FIRST) & (micro <= _LAST)
    return inside, inside & (np.where(inside, micro, 0) * 1_000 != np.where(inside, nano, 0))


def _taken(batch: pa.RecordBatch, finer: pa.RecordBatch, finest: Sequence[str]) -> pa.RecordBatch:
    names = batch.schema.names
    columns = [(finer if name in finest else batch).column(name) for name in names]
    return pa.RecordBatch.from_arrays(columns, names)
