"""Holding a place on a disk: a hidden file beside it, locked by the system and so free when its holder is killed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Self

from trakt.storage import Clock
from trakt.storage.lease import Holder, Unheld, busy, lost

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

_MOST_BYTES = 1 << 16


def taken(uri: str, path: Path, owner: str, clock: Clock) -> LocalLease | Unheld:
    """The lease of `uri`, whose file is to be `path`, in a folder that is there.

    Raises:
        BusyError: another run has it.
        OSError: the file cannot be made.
    """
    if not fcntl:  # pragma: no cover
        return Unheld("files cannot be locked on this system: runs of one place are not kept apart")
    while True:
        file = _opened(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = Holder.read(os.pread(file, _MOST_BYTES, 0))
            os.close(file)
            raise busy(uri, holder) from None
        except OSError as fault:
            os.close(file)
            _removed(path)
            return Unheld(f"files cannot be locked here ({fault.strerror}): runs of one place are not kept apart")
        # its last holder may have removed it in the moment before it was locked
        if os.fstat(file).st_nlink and _written(file, path, Holder(owner, since=clock()).as_json()):
            return LocalLease(uri, path, file)
        os.close(file)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        # that of another user, who may be at work or may have been killed
        return os.open(path, os.O_RDONLY)


def _written(file: int, path: Path, content: bytes) -> bool:
    """Whether the lease says whose it is now; one of another user, who was killed, is removed instead."""
    try:
        # never blank in between: who comes second reads it without a lock
        os.pwrite(file, content.ljust(os.fstat(file).st_size), 0)
        os.ftruncate(file, len(content))
    except OSError:
        path.unlink()
        return False
    return True


def _removed(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


class LocalLease:
    """See `trakt.storage.Lease`."""

    warning = None

    def __init__(self, uri: str, path: Path, file: int) -> None:
        self._uri = uri
        self._path = path
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # before it is unlocked: who locks it next sees that it is gone, and makes its own
        if self._is_there():
            _removed(self._path)
        with contextlib.suppress(OSError):
            # a process that a step has started may have the file open as well
            fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)

    def check(self) -> None:
        """See `trakt.storage.Lease.check`."""
        if not self._is_there():
            raise lost(self._uri, f"somebody has removed {self._path.name}")

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._file))
        except OSError:
            return False
