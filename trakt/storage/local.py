"""Files and folders of this machine."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Self

from trakt.errors import InputError, OutputError
from trakt.storage import Clock, Found, Lease, Leftover, StoredFile, Waiting, patiently
from trakt.storage.lease import ENDING, SECONDS, system_clock
from trakt.storage.local_find import found_at
from trakt.storage.local_lease import taken

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: a stale part is left for a person to delete
    fcntl = None  # type: ignore[assignment]

_PART = ".trakt-part"
_BEFORE = ".trakt-before"
_PLACE_HINT = "check that the folder may be written and the disk has room"


def join(base: str, uri: str) -> str:
    """See `trakt.storage.Storage.join`. Of a glob only what the author wrote is a pattern, not where it starts."""
    if glob.has_magic(uri):
        base = glob.escape(base)
    return os.path.normpath(os.path.join(base, os.path.expanduser(uri.removeprefix("file://"))))


def canonical(uri: str) -> str:
    """See `trakt.storage.Storage.canonical`."""
    return os.path.realpath(uri)


def find(uri: str, suffixes: Sequence[str]) -> Found:
    """See `trakt.storage.Storage.find`. Hidden files are never found; `**` in a glob descends."""
    with _told(InputError, uri, "check that the folder may be read"):
        try:
            return found_at(uri, suffixes)
        except ValueError:  # a NUL in the path
            return Found(())
        except OSError as fault:
            if fault.errno == errno.ENAMETOOLONG:
                return Found(())
            raise


def open_read(
    file: StoredFile,
    waiting: Waiting = patiently,  # noqa: ARG001 - a disk answers
    start: int = 0,
    end: int | None = None,  # noqa: ARG001 - and fetches nothing ahead
) -> IO[bytes]:
    """See `trakt.storage.Storage.open_read`."""
    with _told(InputError, file.uri, "check that the file is there and that you may read it"):
        stream = open(file.uri, "rb")  # noqa: SIM115 - who reads it closes it
        stream.seek(start)
        return stream


def start_of(uri: str, most: int) -> bytes | None:
    """See `trakt.storage.Storage.start_of`."""
    with _told(InputError, uri, "check that you may read it"):
        try:
            with open(uri, "rb") as stream:
                return stream.read(most)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None


def lease(uri: str, owner: str, seconds: float = SECONDS, clock: Clock = system_clock) -> Lease:  # noqa: ARG001
    """See `trakt.storage.Storage.lease`. The system frees it when its process ends, so it needs no time to last."""
    target = _writable(uri)
    with _told(OutputError, uri, _PLACE_HINT):
        target.parent.mkdir(parents=True, exist_ok=True)
        return taken(uri, target.with_name(f".{_stem(target)}{ENDING}"), owner, clock)


def read_head(file: StoredFile, size: int) -> bytes:
    """See `trakt.storage.Storage.read_head`."""
    with (
        _told(InputError, file.uri, "check that the file is there and that you may read it"),
        open(file.uri, "rb") as stream,
    ):
        return stream.read(size)


@contextlib.contextmanager
def publishing(uri: str) -> Iterator[None]:
    """See `trakt.storage.Storage.publishing`. The folder itself is locked: a lock file would have to be deleted."""
    if not fcntl:  # pragma: no cover
        yield
        return
    folder = os.open(Path(uri).parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network disks cannot lock
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def stage(uri: str) -> LocalStaged:
    """See `trakt.storage.Storage.stage`. The part is a hidden sibling, so that publishing is a rename."""
    target = _writable(uri)
    with _told(OutputError, uri, _PLACE_HINT):
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        while True:
            part = target.with_name(f".{_stem(target)}.{uuid.uuid4().hex[:12]}{_PART}")
            stream = open(part, "xb")  # noqa: SIM115 - closed by publish or abort
            _try_lock(stream)
            # another run may have swept it away in the moment before it was locked
            if os.fstat(stream.fileno()).st_nlink:
                return LocalStaged(uri, stream, part, target)
            stream.close()


def _writable(uri: str) -> Path:
    """The file that is replaced by who writes to `uri`."""
    # a link stays a link: what it leads to is replaced
    target = Path(os.path.realpath(uri))
    if target.is_dir():
        raise OutputError("is a directory", where=uri, hint="name a file in it")
    if target.exists() and not target.is_file():
        raise OutputError("is no regular file, and would be replaced by one", where=uri, hint="name another file")
    if blocking := next((each for each in target.parents if each.exists() and not each.is_dir()), None):
        raise OutputError(f"{blocking} is a file, not a folder", where=uri, hint="name another --output-dir or `uri`")
    return target


class LocalStaged:
    """A part file, locked while its run lives: a part that can be locked by another belongs to a killed run."""

    def __init__(self, uri: str, stream: IO[bytes], part: Path, target: Path) -> None:
        self.uri = uri
        self.stream = stream
        self._target = target
        self._part = part
        self._before = part.with_suffix(_BEFORE)
        self._held: IO[bytes] | None = None
        self._stands_in = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.abort()

    def publish(self) -> None:
        """See `trakt.storage.Staged.publish`."""
        with _told(OutputError, self.uri, _PLACE_HINT):
            self.stream.flush()
            os.fsync(self.stream.fileno())
            # what stands in for the file before is nothing to keep
            if not self._stands_in:
                self._keep_what_is_there()
            with contextlib.suppress(OSError):
                # who may read the old file may read the new one, and nobody else
                shutil.copymode(self._target, self._part)
            os.replace(self._part, self._target)
            self.stream.close()

    def withdraw(self, instead: bytes | None = None) -> None:
        """See `trakt.storage.Staged.withdraw`."""
        with _told(OutputError, self.uri, _PLACE_HINT):
            if instead is not None:
                self._put_instead(instead)
            elif self._target.is_file():
                self._hold(self._target)
                os.replace(self._target, self._before)

    def remove(self) -> None:
        """See `trakt.storage.Staged.remove`."""
        self.withdraw()

    def revert(self) -> None:
        """See `trakt.storage.Staged.revert`."""
        with _told(OutputError, self.uri, _PLACE_HINT):
            if self._before.exists():
                os.replace(self._before, self._target)
            elif self._stands_in or not self._part.exists():
                self._target.unlink(missing_ok=True)
            self._stands_in = False

    def _put_instead(self, content: bytes) -> None:
        if not self._stands_in:
            self._keep_what_is_there()
        self._stands_in = True
        with stage(self.uri) as standing_in:
            standing_in.stream.write(content)
            standing_in.publish()

    def _keep_what_is_there(self) -> None:
        if not self._target.exists():
            return
        try:
            self._hold(self._target)
            os.link(self._target, self._before)
        except OSError:
            # a file system without hard links
            shutil.copy2(self._target, self._before)
            self._hold(self._before)

    def _hold(self, path: Path) -> None:
        """Lock what was there as the part is locked, so that another run can tell it from what a killed run left."""
        self._let_go()
        with contextlib.suppress(OSError):
            self._held = open(path, "rb")  # noqa: SIM115 - closed by abort
            _try_lock(self._held)

    def _let_go(self) -> None:
        if self._held:
            self._held.close()

    def abort(self) -> None:
        """See `trakt.storage.Staged.abort`."""
        with contextlib.suppress(OSError):
            self.stream.close()
        for leftover in (self._part, self._before):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)
        self._let_go()


def _stem(target: Path) -> str:
    """The target's name, or a short one for it where it leaves no room to add to (255 bytes on most systems)."""
    name = os.fsencode(target.name)
    return target.name if len(name) <= 220 else hashlib.sha256(name).hexdigest()[:32]


def _try_lock(stream: IO[bytes]) -> bool:
    """Whether the lock was free. Where files cannot be locked (Windows, some network disks) it never is."""
    if not fcntl:  # pragma: no cover
        return False
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(target: Path) -> None:
    """Delete what killed runs left beside `target`; what is still locked has a living owner."""
    for leftover in _parts_of(target):
        with contextlib.suppress(OSError):
            if leftover.suffix in (_PART, _BEFORE):
                _removed(leftover)


def remove_leftovers(uri: str, older_than: timedelta) -> tuple[Leftover, ...]:
    """See `trakt.storage.Storage.remove_leftovers`. What is locked has a living owner, however old it is."""
    path, latest = Path(uri), datetime.now(UTC) - older_than
    removed = []
    with _told(OutputError, uri, _PLACE_HINT):
        for leftover in sorted(path.rglob(".*") if path.is_dir() else _parts_of(path)):
            if leftover.suffix not in (_PART, _BEFORE, ENDING) or not leftover.is_file():
                continue
            known = leftover.stat()
            # what was there before is a second name of it, as old as the name is
            since = datetime.fromtimestamp(known.st_ctime if leftover.suffix == _BEFORE else known.st_mtime, UTC)
            if since <= latest and _removed(leftover):
                removed.append(Leftover(str(leftover), since))
    return tuple(removed)


def _parts_of(target: Path) -> Iterator[Path]:
    return target.parent.glob(f".{glob.escape(_stem(target))}.*")


def _removed(leftover: Path) -> bool:
    with open(leftover, "rb") as stream:
        if not _try_lock(stream):
            return False
        leftover.unlink()
        return True


@contextlib.contextmanager
def _told(error: type[InputError | OutputError], uri: str, hint: str) -> Iterator[None]:
    """Turn the operating system's words into ours, with the place."""
    try:
        yield
    except OSError as fault:
        raise error((fault.strerror or str(fault)).lower(), where=uri, hint=hint) from fault
