"""What stands in front of the table of a sorted output: it takes rows as they come, and hands them on in order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from trakt.engine.output_table import Checked
from trakt.engine.records import OutputRecord
from trakt.engine.sort.frames import size_of
from trakt.engine.sort.merge import FAN_IN, merged
from trakt.engine.sort.order import Order
from trakt.engine.sort.spool import Block, Run, Spool
from trakt.engine.sort.values import Family, MixedError, ordered
from trakt.errors import Fault, OutputError, did_you_mean
from trakt.overlap import Behind
from trakt.pipeline.model import Output, SortKey
from trakt.schema.render import value_text
from trakt.schema.stacked import stacked

RUN_BYTES = 16 << 20
"""Of rows that are sorted in memory at once. A batch is there as a whole anyway, and makes no run."""

BLOCK_BYTES = RUN_BYTES // FAN_IN
"""Of a run that is read at once when it is merged with others."""

_ROWS_AT_ONCE = 1 << 16


class Table(Protocol):
    """An output in the making."""

    def write(self, frame: Any) -> None:
        """Add a frame."""

    def close(self) -> None:
        """All rows are there."""

    def abort(self) -> None:
        """Nothing more will come."""


class SortedTable:
    """One sorted output in the making; `table` writes it."""

    def __init__(self, wanted: Output, table: Table, record: OutputRecord) -> None:
        self._keys = wanted.sort_by
        self._order = Order([key.descending for key in wanted.sort_by])
        self._table, self._record = table, record
        self._where = f"output '{wanted.name}'"
        self._checked = Checked(self._where)
        self._columns: list[str] | None = None
        self._families: dict[str, Family] = {}
        self._waiting: list[pd.DataFrame] = []
        self._bytes = 0
        self._spool: Spool | None = None
        self._runs: list[Run] = []

    def write(self, frame: Any) -> None:
        """Take in a frame.

        Raises:
            OutputError: it is no frame that could be written, or lacks a column to sort by.
            RunError: the disk is full.
        """
        self._checked.check(frame)
        self._require_columns(frame)
        if self._waiting and not len(frame):
            return
        size = size_of(frame)
        # only once more rows come: what comes as one frame is sorted in memory
        if self._waiting and self._bytes + size > RUN_BYTES:
            began = time.perf_counter()
            self._put_aside()
            self._record.seconds += time.perf_counter() - began
        self._waiting.append(frame)
        self._bytes += size

    def close(self) -> None:
        """All rows are there: write them.

        Raises:
            OutputError: a column to sort by holds values that cannot be compared, or a value cannot be written.
            RunError: the disk is full.
        """
        before, began = self._record.seconds, time.perf_counter()
        try:
            # sorting goes on while what is sorted is written
            with Behind(self._table.write) as behind:
                for frame in self._sorted():
                    behind.put(frame)
                behind.finish()
        finally:
            self._forget()
        self._table.close()
        self._record.seconds = max(self._record.seconds, before + time.perf_counter() - began)

    def abort(self) -> None:
        """Nothing more will come."""
        self._forget()
        self._table.abort()

    def _sorted(self) -> Iterator[pd.DataFrame]:
        if not self._runs:
            if self._waiting:
                yield from (block.frame for block in self._in_order(_ROWS_AT_ONCE))
            return
        self._put_aside()
        while len(self._runs) > FAN_IN:
            self._runs = self._longer_runs()
        assert self._spool
        yield from (block.frame for block in merged(self._runs, self._spool, self._order))

    def _in_order(self, rows: int | None = None) -> Iterator[Block]:
        """What waits, sorted, in blocks."""
        frame = stacked(self._waiting)
        rows = rows or max(1, len(frame) * BLOCK_BYTES // max(self._bytes, 1))
        self._waiting, self._bytes = [], 0
        keys = self._order.table([self._values(frame, key) for key in self._keys])
        positions = self._order.positions(keys)
        # at least one, for its columns
        for start in range(0, max(len(frame), 1), rows):
            taken = positions[start : start + rows]
            yield Block(frame.take(taken), keys.take(taken))

    def _put_aside(self) -> None:
        self._spool = self._spool or Spool()
        run = Run()
        for block in self._in_order():
            self._spool.put(run, block)
        self._runs.append(run)

    def _longer_runs(self) -> list[Run]:
        """Neighbours merged, so that equal rows keep their order."""
        assert self._spool
        before, self._spool = self._spool, Spool()
        longer = []
        try:
            for first in range(0, len(self._runs), FAN_IN):
                run = Run()
                for block in merged(self._runs[first : first + FAN_IN], before, self._order):
                    for piece in _pieces(block):
                        self._spool.put(run, piece)
                longer.append(run)
        finally:
            before.close()
        return longer

    def _values(self, frame: pd.DataFrame, key: SortKey) -> Any:
        where = f"{self._where}, column '{key.column}'"
        names = [value_text(name) for name in frame.columns]
        hint = "make one type of it with trakt.steps.cast"
        try:
            family, values = ordered(frame.iloc[:, names.index(key.column)])
            if family and self._families.setdefault(key.column, family) is not family:
                raise MixedError((family, self._families[key.column]))
        except MixedError as error:
            raise OutputError(f"`sort_by` cannot compare its values: {error}", where=where, hint=hint) from error
        except TypeError as error:
            raise OutputError(str(error), where=where, hint="sort by columns of text, numbers or dates") from error
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise OutputError("`sort_by` cannot compare one of its values", where=where, hint=hint) from error
        return values

    def _require_columns(self, frame: pd.DataFrame) -> None:
        names = [value_text(name) or "" for name in frame.columns]
        if self._columns is None:
            missing = [key.column for key in self._keys if key.column not in names]
            if missing:
                raise OutputError.of(self._missing(name, names) for name in missing)
            self._columns = names
        elif names != self._columns:
            raise OutputError(
                f"the columns changed from {', '.join(self._columns)} to {', '.join(names)}",
                where=self._where,
                hint="give every chunk the same columns in the same order",
                unquoted=f"the columns changed from {len(self._columns)} to {len(names)}, or their names or order",
            )

    def _missing(self, name: str, names: Sequence[str]) -> Fault:
        what = f"`sort_by` names '{name}', which is no column"
        return Fault(what, self._where, _meant(name, names), Fault(what, self._where))

    def _forget(self) -> None:
        self._waiting, self._runs = [], []
        if self._spool:
            self._spool.close()


def _meant(name: str, names: Sequence[str]) -> str:
    plain = name.removeprefix("-").removeprefix("+")
    first, _, direction = name.rpartition(" ")
    if direction.lower() in ("asc", "desc", "ascending", "descending"):
        plain = first
    if plain != name and plain in names:
        down = name[0] == "-" or direction.lower().startswith("desc")
        return f"write {{column: {plain}, descending: true}}" if down else f"write {plain}"
    return did_you_mean(name, names) or f"its columns: {', '.join(names)}"


def _pieces(block: Block) -> Iterator[Block]:
    """Blocks of a size that can be read beside many others."""
    rows = max(1, len(block.frame) * BLOCK_BYTES // max(size_of(block.frame), 1))
    for start in range(0, len(block.frame), rows):
        # taken and not sliced: a slice would be kept with all that it is a part of
        places = np.arange(start, min(start + rows, len(block.frame)))
        yield Block(block.frame.take(places), block.keys.take(places))
