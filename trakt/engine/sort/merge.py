"""Sorted runs as one stream of frames in order, a window of each run in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from trakt.engine.sort.order import Order, Rank, alike, together
from trakt.engine.sort.spool import Block, Run, Spool
from trakt.schema.stacked import stacked

FAN_IN = 64
"""Runs that are merged at once; more of them are merged in several passes."""


def merged(runs: Sequence[Run], spool: Spool, order: Order) -> Iterator[Block]:
    """The rows of all runs in order; of equal ones those of the first run come first.

    Whatever comes before the end of the window that ends first can be given out: what is still in the file comes later.
    So no row is looked at alone, and runs that follow each other are handed on as they are.
    """
    types = together([schema for run in runs for schema in run.schemas])
    at_once = max(1, FAN_IN // len(runs))
    windows = [_Window(run, spool, types, at_once) for run in runs]
    while windows := [window for window in windows if window.fill()]:
        yield _joined(_given_out(windows, order), order)


class _Window:
    """The rows of a run that come next; blocks are read some at a time."""

    def __init__(self, run: Run, spool: Spool, types: Sequence[pa.DataType], at_once: int) -> None:
        self._starts = list(reversed(run.starts))
        self._spool, self._types, self._at_once = spool, types, at_once
        self._block: Block | None = None

    def fill(self) -> bool:
        """Have a row, if there is one left."""
        while self._block is None or not len(self._block.frame):
            if not self._starts:
                return False
            blocks = [self._spool.get(self._starts.pop()) for _ in range(min(self._at_once, len(self._starts)))]
            keys = pa.concat_tables([alike(block.keys, self._types) for block in blocks]).combine_chunks()
            self._block = Block(stacked([block.frame for block in blocks]), keys)
        return True

    @property
    def ends_the_run(self) -> bool:
        """Whether nothing comes after it."""
        return not self._starts

    @property
    def rest(self) -> Block:
        """What was not taken yet."""
        assert self._block
        return self._block

    def take(self, rows: int) -> Block:
        """The next rows."""
        whole = self.rest
        self._block = whole.rows(rows, len(whole.frame))
        return whole.rows(0, rows)


def _given_out(windows: Sequence[_Window], order: Order) -> list[Block]:
    """The rows that come before all that are not in memory, run by run."""
    ends = [
        (order.rank(window.rest.keys, len(window.rest.frame) - 1), number)
        for number, window in enumerate(windows)
        if not window.ends_the_run
    ]
    if not ends:
        return [window.take(len(window.rest.frame)) for window in windows]
    bound, first = min(ends)
    return [
        window.take(len(window.rest.frame) if number == first else _before(window, order, bound, number < first))
        for number, window in enumerate(windows)
    ]


def _before(window: _Window, order: Order, bound: Rank, is_earlier: bool) -> int:
    # rows equal to the bound may go on behind it, and those of later runs come after them
    return order.rows_up_to(bound, window.rest.keys, with_equal=is_earlier)


def _joined(blocks: Sequence[Block], order: Order) -> Block:
    filled = [block for block in blocks if len(block.frame)]
    if len(filled) == 1:
        return filled[0]
    frame, keys = stacked([block.frame for block in filled]), pa.concat_tables([block.keys for block in filled])
    positions = order.positions(keys)
    return Block(frame.take(positions), keys.take(pa.array(positions)))
