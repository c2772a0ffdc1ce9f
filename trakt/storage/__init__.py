"""Where bytes live. A storage knows places and bytes, never what the bytes mean.

    storage/
      __init__   the port, and the table of storages by uri scheme
      local      files and folders of this machine (local_find: which; local_lease: how a place is held)
      s3/        objects in Amazon S3
      lease      what a lease says, on a disk and in S3 alike

To add one: a module with the functions of `Storage`, and a line in `STORAGES`.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Protocol, cast

from trakt.errors import RunError


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file found.

    Attributes:
        uri: in full.
        bytes: its size.
        etag: the name of exactly these bytes where the storage gives them one. Reading demands it, so that a file
            that was replaced since is refused and not read.
    """

    uri: str
    bytes: int
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a uri stands for now.

    Attributes:
        files: in the order in which they are read.
        passed_over: uris in a named directory that are not of the wanted kind.
        near: uris that do exist, for the message when nothing was found.
        note: why nothing was found, where the place itself says.
    """

    files: tuple[StoredFile, ...]
    passed_over: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a killed run left: the `uri` it lies at, or was meant for, and `since` when."""

    uri: str
    since: datetime


Waiting = Callable[[], None]
Clock = Callable[[], datetime]


def patiently() -> None:
    """Wait for as long as it takes."""


class Publishable(Protocol):
    """What becomes visible at the end of a run together with all else, or not at all: a file, a table's entry."""

    uri: str

    def publish(self) -> None:
        """Make it what is at `uri`, in one step and durably. What was there stays until then."""

    def withdraw(self) -> None:
        """Take away what is at `uri`, so that nobody takes it for current until `publish` or `revert`.

        A storage that may not read or delete it leaves it.
        """

    def revert(self) -> None:
        """Put back what `withdraw` or `publish` took away, because not all of the run could be published.

        Harmless before either.

        Raises:
            OutputError: the storage has not kept it: what `publish` made stays.
        """

    def abort(self) -> None:
        """Forget it and leave no trace; harmless after `publish` and when called twice."""


class Staged(Publishable, Protocol):
    """An output in the making: invisible until published, when it is the file at `uri`."""

    stream: IO[bytes]

    def withdraw(self, instead: bytes | None = None) -> None:
        """As of all that is publishable. What lies there `instead`, in the same step, goes with `publish` or `revert`;
        it is put there by a storage that may write too."""

    def remove(self) -> None:
        """As `withdraw`, of what must not stay.

        Raises:
            OutputError: it may not be read or deleted.
        """

    def __enter__(self) -> Staged:
        """The output itself."""

    def __exit__(self, *error: object) -> None:
        """Abort it: what was published stays, all else is forgotten."""


class Lease(Protocol):
    """A place that one run alone works on, until its `with` block ends."""

    @property
    def warning(self) -> str | None:
        """Why the place cannot be held, so that nobody is kept away; None when it is held."""

    def __enter__(self) -> Lease:
        """The lease itself."""

    def __exit__(self, *error: object) -> None:
        """Free the place, at once and for everybody. Never raises."""

    def check(self) -> None:
        """Make sure that nobody else can have the place, now and for a while.

        Raises:
            BusyError: it was not renewed in time, or was taken away.
        """


class Storage(Protocol):
    """One kind of place. All functions raise `trakt.errors.RunError` or its children, with the uri."""

    def join(self, base: str, uri: str) -> str:
        """The absolute form of `uri`, which starts at `base` when it is relative."""

    def canonical(self, uri: str) -> str:
        """The one name of a place: two uris are the same place exactly when these are equal."""

    def find(self, uri: str, suffixes: Sequence[str]) -> Found:
        """The files a uri stands for: a file, a directory (files ending in `suffixes`, by name) or a glob."""

    def open_read(self, file: StoredFile, waiting: Waiting = ..., start: int = 0, end: int | None = None) -> IO[bytes]:
        """The file's bytes from `start` on. `waiting` is called now and then while none come; it may raise.

        Args:
            end: nobody wants what stands from there on, so it need not be fetched; who reads stops there.
        """

    def start_of(self, uri: str, most: int) -> bytes | None:
        """The first `most` bytes of the file that has exactly this name, or None where there is none."""

    def lease(self, uri: str, owner: str, seconds: float = ..., clock: Clock = ...) -> Lease:
        """Hold `uri`, so that of many runs one at a time works on it. Never waits.

        Args:
            owner: the run's id, for those who come second.
            seconds: how long it lasts after its holder was killed, where the system does not tell of that.
            clock: tells the time, in UTC.

        Raises:
            BusyError: another run has it.
        """

    def read_head(self, file: StoredFile, size: int) -> bytes:
        """The file's first bytes, `size` at most, and no more asked for than these."""

    def publishing(self, uri: str) -> AbstractContextManager[None]:
        """While inside, no other run publishes beside `uri`, where the storage can tell them apart."""

    def stage(self, uri: str) -> Staged:
        """Begin an output for `uri`. Clears away what killed runs left of their own attempts at the same uri, where
        it can tell them from living ones."""

    def remove_leftovers(self, uri: str, older_than: timedelta) -> tuple[Leftover, ...]:
        """Remove what killed runs left at `uri` and below, if it is older, and nothing that is not Trakt's own."""


STORAGES = {"file": "trakt.storage.local", "s3": "trakt.storage.s3"}
"""Uri scheme to the module that is its storage."""

_STAND_INS: dict[str, Storage] = {}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def scheme_of(uri: str) -> str:
    """`s3` for `s3://bucket/key`; `file` for a path."""
    match = _SCHEME.match(uri)
    return match.group(1).lower() if match else "file"


def is_absolute(uri: str) -> bool:
    """Whether `uri` names its place alone, wherever a relative one would start."""
    return bool(_SCHEME.match(uri)) or os.path.isabs(os.path.expanduser(uri))


def storage_for(uri: str) -> Storage:
    """The storage that holds `uri`.

    Raises:
        RunError: no storage is known for the uri's scheme.
    """
    scheme = scheme_of(uri)
    if scheme not in STORAGES:
        raise RunError(f"no storage for '{scheme}://'", where=uri, hint=f"use one of: {', '.join(STORAGES)}")
    head, slash, _ = uri.partition(":/")
    if scheme == "file" and slash and head in STORAGES and head != "file":
        # else a run would write to a folder by the name of `s3:`
        hint = f"write {head}://, and give it as text: pathlib.Path makes one slash of two"
        raise RunError("a slash is missing", where=uri, hint=hint)
    return _STAND_INS.get(scheme) or cast(Storage, importlib.import_module(STORAGES[scheme]))


def stand_in(scheme: str, storage: Storage) -> None:
    """From now on `storage` holds the uris of `scheme`, in the whole of this process: for rehearsals of a run."""
    _STAND_INS[scheme] = storage


def publish_bytes(uri: str, content: bytes) -> None:
    """Make `content` the file at `uri`, in one step; what is there stays until then."""
    with storage_for(uri).stage(uri) as staged:
        staged.stream.write(content)
        staged.publish()
