"""The keys met so far, in bounded memory: 16-byte digests in a temporary database on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from trakt.errors import RunError
from trakt.steps.keys import SLICE_ROWS, digests, in_slices
from trakt.steps.shared_keys import KeyRows, RowNumbers, SharedKeys

CACHE_KIB = 8_192
"""The database keeps so much in memory; beyond that it goes to a temporary file."""


class SeenKeys:
    """Which row had a key first. Use it in a `with` block; leaving it frees the disk.

    Two different keys are taken for one with a chance of 1 in 2**128 per pair. The file has no name
    (SQLite unlinks it as it opens it), so nothing is left behind even by `kill -9`. SQLite puts it
    into `SQLITE_TMPDIR` or `TMPDIR`, else into /var/tmp or /tmp.
    """

    def __init__(self) -> None:
        # a stream may be drained by another thread than the one that started it
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", f"cache_size=-{CACHE_KIB}"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")
        self._rows = 0

    @property
    def rows(self) -> int:
        """How many rows were shown so far."""
        return self._rows

    def keys(self) -> KeyRows:
        """Every key that was shown, with the number of its first row."""
        found = self._database.execute("SELECT key, row FROM seen")
        return KeyRows.joined(KeyRows.of(*zip(*some, strict=True)) for some in _fetched(found))

    def first_rows(self, frame: pd.DataFrame, columns: Sequence[str]) -> RowNumbers:
        """Take in the next rows; for each, the number (from 1) of the first row ever that had its key.

        A row whose key is new gets its own number. Missing values are equal to each other.
        """
        try:
            return np.concatenate([self._first_rows(digests(part, columns)) for part in in_slices(frame)])
        except sqlite3.OperationalError as fault:
            hint = "make room in the temporary folder, or set SQLITE_TMPDIR to one that has some"
            raise RunError(f"the keys seen so far cannot be kept on disk: {fault}", hint=hint) from fault

    def _first_rows(self, keys: list[bytes]) -> RowNumbers:
        own = np.arange(self._rows + 1, self._rows + len(keys) + 1, dtype=np.int64)
        self._rows += len(keys)
        # in the order of the keys neighbours fall on one page; half of a digest is order enough, and
        # a stable sort keeps equal keys in the order of their rows
        order = np.frombuffer(b"".join(keys), ">u8")[::2].argsort(kind="stable")
        pairs = zip([keys[at] for at in order.tolist()], own[order].tolist(), strict=True)
        added = self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", pairs).rowcount
        if added == len(keys) or not keys:
            return own
        find = self._database.execute
        return np.array([find("SELECT row FROM seen WHERE key = ?", (key,)).fetchone()[0] for key in keys], np.int64)

    def close(self) -> None:
        """Forget everything and free the disk."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PartKeys(SeenKeys):
    """The keys met so far in one part of the rows, whose numbers count from the part's first row.

    A row of the parts before it has the number 0 or less.

    Args:
        earlier: the rows of this part whose key stands in a part before it.
        firsts: the first row that has the key, for each of them.
    """

    def __init__(self, earlier: RowNumbers, firsts: RowNumbers) -> None:
        super().__init__()
        order = earlier.argsort()
        self._earlier, self._firsts = earlier[order], firsts[order]

    @classmethod
    def of(cls, repeated: SharedKeys, part: int, before: RowNumbers) -> PartKeys:
        """Those of part `part`.

        Args:
            repeated: its keys that stand in parts before it, by their first rows.
            before: how many rows come before each part, as `rows_before` says.
        """
        return cls(repeated.rows, before[repeated.first_parts] - before[part] + repeated.first_rows)

    def first_rows(self, frame: pd.DataFrame, columns: Sequence[str]) -> RowNumbers:
        """As for all rows."""
        rows = super().first_rows(frame, columns)
        if not len(self._earlier):
            return rows
        at = np.minimum(self._earlier.searchsorted(rows), len(self._earlier) - 1)
        return np.where(self._earlier[at] == rows, self._firsts[at], rows)


def rows_before(rows: Sequence[int]) -> RowNumbers:
    """How many rows come before each part, given how many each has."""
    return np.cumsum([0, *rows], dtype=np.int64)


def _fetched(found: sqlite3.Cursor) -> Iterator[list[tuple[bytes, int]]]:
    while some := found.fetchmany(SLICE_ROWS):
        yield some
