"""Streams of frames: counted as they drain, and shared between readers in bounded memory."""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
import time
from collections.abc import Iterable, Iterator

import pandas as pd

from trakt.spooled import kept

_WHAT = "a stream with several readers cannot be kept"


class Tap:
    """A stream that counts what flows through it.

    Attributes:
        rows, chunks: so far.
        seconds: spent waiting for it, all that lies upstream included.
        ended: it is drained.
        error: what broke it. It breaks with it again at every further look, so that nobody can swallow it.
    """

    def __init__(self, frames: Iterable[pd.DataFrame]) -> None:
        self._frames = iter(frames)
        self.rows = 0
        self.chunks = 0
        self.seconds = 0.0
        self.ended = False
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return self

    def __next__(self) -> pd.DataFrame:
        self.check()
        began = time.perf_counter()
        try:
            frame = next(self._frames)
        except StopIteration:
            self.ended = True
            raise
        except Exception as error:
            self.error = error
            raise
        finally:
            self.seconds += time.perf_counter() - began
        self.rows += len(frame) if isinstance(frame, pd.DataFrame) else 0
        self.chunks += 1
        return frame

    def check(self) -> None:
        """Raise what broke the stream, if anything did."""
        if self.error:
            raise self.error


class Shared:
    """One stream for several readers, each at its own pace.

    What the fastest reader has seen and others have not lies in a temporary file, so memory stays
    that of a chunk; and each reader gets frames of its own, so none sees what another does to them.
    """

    def __init__(self, frames: Iterator[pd.DataFrame], readers: int) -> None:
        self._frames = frames
        self._readers = readers
        with kept(_WHAT):
            self._spool = tempfile.TemporaryFile(prefix="trakt-shared-")  # noqa: SIM115 - `close` closes it
        self._first = 0
        self._starts: list[int] = []
        self._taken: list[int] = []

    def close(self) -> None:
        """Delete the temporary file."""
        with contextlib.suppress(OSError):
            self._spool.close()

    def reader(self) -> Iterator[pd.DataFrame]:
        """The whole stream, from its first chunk."""
        position = 0
        while position < self._first + len(self._starts) or self._pull():
            self._spool.seek(self._starts[position - self._first])
            frame: pd.DataFrame = pickle.load(self._spool)
            self._taken[position - self._first] += 1
            position += 1
            self._forget_what_all_have_seen()
            yield frame

    def _pull(self) -> bool:
        frame = next(self._frames, None)
        if frame is None:
            return False
        with kept(_WHAT):
            self._starts.append(self._spool.seek(0, os.SEEK_END))
            pickle.dump(frame, self._spool, protocol=pickle.HIGHEST_PROTOCOL)
            self._spool.flush()
        self._taken.append(0)
        return True

    def _forget_what_all_have_seen(self) -> None:
        if all(times == self._readers for times in self._taken):
            self._first += len(self._starts)
            self._starts.clear()
            self._taken.clear()
            self._spool.seek(0)
            self._spool.truncate()
