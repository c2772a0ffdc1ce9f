"""An object's bytes: fetched ahead of their reader, over as many connections as it takes, never a mix of two."""

from __future__ import annotations

import io
import random
import threading
from collections import deque
from contextlib import closing
from typing import IO, Any

from botocore.exceptions import ClientError

from trakt.errors import InputError, RunError
from trakt.storage import StoredFile, Waiting, patiently
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import FOREIGN, code_of, is_missing, is_passing, told, translated
from trakt.storage.s3.place import place_of

BLOCK_BYTES = 1 << 20
BLOCKS_AHEAD = 4
FRUITLESS_BREAKS = 6
"""Breaks in a row without a byte between them, each after botocore's own retries, before a run gives up."""

# small, because what a breaking connection has brought of a piece is lost with it
_PIECE_BYTES = 1 << 16
_LONGEST_PAUSE = 8.0
# how long a reader waits before it asks whether to wait on
_SECONDS_OF_SILENCE = 1.0
_CHANGED = "run again when its sender is done"


def opened(file: StoredFile, waiting: Waiting = patiently, start: int = 0, end: int | None = None) -> IO[bytes]:
    """See `trakt.storage.Storage.open_read`. The first answer is awaited; the rest is fetched in a thread."""
    return io.BufferedReader(_Reader(_Ahead(_Object(file, end, start), waiting)), BLOCK_BYTES)


def start_of(uri: str, most: int) -> bytes | None:
    """See `trakt.storage.Storage.start_of`."""
    place = place_of(uri)
    with told(InputError, uri, "s3:GetObject"):
        for attempt in range(FRUITLESS_BREAKS):
            try:
                with closing(client().get_object(Bucket=place.bucket, Key=place.key)["Body"]) as body:
                    return bytes(body.read(most))
            except (*FOREIGN, OSError) as fault:
                if is_missing(fault):
                    return None
                # requests have been tried again already, bodies have not
                if isinstance(fault, ClientError) or not is_passing(fault) or attempt == FRUITLESS_BREAKS - 1:
                    raise
    return None


def head_of(file: StoredFile, size: int) -> bytes:
    """See `trakt.storage.Storage.read_head`."""
    source, head = _Object(file, size), bytearray()
    try:
        # a store that only resembles S3 may send all of it
        while len(head) < size and (piece := source.read()):
            head += piece
    finally:
        source.close()
    return bytes(head[:size])


class _Object:
    """One version of an object, from `start` to before `end`, resumed where a connection breaks."""

    def __init__(self, file: StoredFile, end: int | None = None, start: int = 0) -> None:
        self._last = end - 1 if end is not None and end < file.bytes else None
        self._uri = file.uri
        self._place = place_of(file.uri)
        self._etag = file.etag
        self._offset = start
        self._fruitless = 0
        self._body: Any = None
        self._given_up = threading.Event()
        with told(InputError, file.uri, "s3:GetObject"):
            try:
                self._connect()
            except ClientError as fault:
                raise self._error(fault) from fault

    def read(self) -> bytes:
        """The next bytes; none at the end, or once it was given up.

        Raises:
            InputError: the object was replaced, or cannot be read on.
        """
        while not self._given_up.is_set():
            try:
                if self._body is None:
                    self._connect()
                piece = bytes(self._body.read(_PIECE_BYTES))
            except (*FOREIGN, OSError) as fault:
                self._broke(fault)
            else:
                self._fruitless = 0 if piece else self._fruitless
                self._offset += len(piece)
                return piece
        return b""

    def give_up(self) -> None:
        """Do not wait any longer; may be called from another thread."""
        self._given_up.set()

    def close(self) -> None:
        """Let the connection go."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def _connect(self) -> None:
        """Ask for what is left of exactly this version."""
        wanted = {"IfMatch": self._etag} if self._etag else {}
        if self._offset or self._last is not None:
            wanted["Range"] = f"bytes={self._offset}-{'' if self._last is None else self._last}"
        answer = client().get_object(Bucket=self._place.bucket, Key=self._place.key, **wanted)
        self._body = answer["Body"]
        # stores that only resemble S3 may not know If-Match or Range: what they send is checked, not trusted
        if self._etag not in (None, answer["ETag"]):
            self.close()
            raise self._changed()
        if self._offset and not answer.get("ContentRange", "").startswith(f"bytes {self._offset}-"):
            self.close()
            what = f"the connection broke at byte {self._offset:,}, and the store cannot resume there"
            raise InputError(what, where=self._uri, hint="run again")
        self._etag = answer["ETag"]

    def _broke(self, fault: Exception) -> None:
        """Wait a little before the next attempt, or say that there will be none."""
        self.close()
        self._fruitless += 1
        if not is_passing(fault) or self._fruitless >= FRUITLESS_BREAKS:
            raise self._error(fault) from fault
        # not all at the same moment: readers that broke together would come back together
        self._given_up.wait(random.uniform(0.5, 1) * min(0.1 * 2**self._fruitless, _LONGEST_PAUSE))

    def _error(self, fault: Exception) -> RunError:
        if code_of(fault) in ("PreconditionFailed", "412"):
            return self._changed()
        if is_missing(fault):
            return InputError("was deleted since it was found", where=self._uri, hint=_CHANGED)
        return translated(fault, InputError, self._uri, "s3:GetObject")

    def _changed(self) -> InputError:
        return InputError("was replaced while it was being read", where=self._uri, hint=_CHANGED)


class _Ahead:
    """A thread that reads an object into a short queue of blocks."""

    def __init__(self, source: _Object, waiting: Waiting) -> None:
        self._source = source
        self._waiting = waiting
        self._blocks: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._over = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="trakt-read-ahead", daemon=True)
        self._thread.start()

    def next(self) -> bytes:
        """The next block, none at the end; what went wrong is raised behind the bytes that came before it."""
        with self._changed:
            while not self._changed.wait_for(lambda: self._blocks or self._over, timeout=_SECONDS_OF_SILENCE):
                self._waiting()
            if self._blocks:
                self._changed.notify_all()
                return self._blocks.popleft()
            if self._error is not None:
                raise self._error
            return b""

    def stop(self) -> None:
        """End the thread and let its connection go."""
        with self._changed:
            self._stopped = True
            self._blocks.clear()
            self._changed.notify_all()
        self._source.give_up()
        # a connection that has gone silent ends at its time-out, and the thread with it: no reason to wait for that
        self._thread.join(timeout=2)

    def _run(self) -> None:
        try:
            while self._put(self._block()):
                pass
        except BaseException as error:
            self._error = error
        finally:
            self._source.close()
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _block(self) -> bytes:
        block = bytearray()
        while len(block) < BLOCK_BYTES and not self._stopped and (piece := self._source.read()):
            block += piece
        return bytes(block)

    def _put(self, block: bytes) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or len(self._blocks) < BLOCKS_AHEAD)
            if self._stopped or not block:
                return False
            self._blocks.append(block)
            self._changed.notify_all()
            return True


class _Reader(io.RawIOBase):
    """The blocks as a stream. The thread knows nothing of it, so that a forgotten one ends its thread too."""

    def __init__(self, ahead: _Ahead) -> None:
        self._ahead = ahead
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = memoryview(self._ahead.next())
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._ahead.stop()
        super().close()
