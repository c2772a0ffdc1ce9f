"""Sorted runs of one output, put aside in a temporary file until they are merged."""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from trakt.spooled import kept

_WHAT = "rows cannot be kept until they are sorted"


class Block(NamedTuple):
    """Rows, and what they are sorted by."""

    frame: pd.DataFrame
    keys: pa.Table

    def rows(self, start: int, end: int) -> Block:
        """Some of them."""
        return Block(self.frame.iloc[start:end], self.keys.slice(start, end - start))


@dataclass(slots=True)
class Run:
    """Blocks in order: where each begins in the file, and of which types its columns of keys are."""

    starts: list[int] = field(default_factory=list)
    schemas: list[pa.Schema] = field(default_factory=list)


class Spool:
    """Blocks in a file without a name: nothing is left behind, even by `kill -9`."""

    def __init__(self) -> None:
        with kept(_WHAT):
            self._file = tempfile.TemporaryFile(prefix="trakt-sort-")  # noqa: SIM115 - `close` closes it

    def put(self, run: Run, block: Block) -> None:
        """Add a block to a run.

        Raises:
            RunError: the disk is full.
        """
        with kept(_WHAT):
            run.starts.append(self._file.seek(0, os.SEEK_END))
            pickle.dump(tuple(block), self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._file.flush()
        if block.keys.schema not in run.schemas:
            run.schemas.append(block.keys.schema)

    def get(self, start: int) -> Block:
        """The block that begins there."""
        with kept(_WHAT):
            self._file.seek(start)
            return Block(*pickle.load(self._file))

    def close(self) -> None:
        """Forget them."""
        with contextlib.suppress(OSError):
            self._file.close()
