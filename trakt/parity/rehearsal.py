"""A storage that reads as the real one does and writes nothing there: a rehearsal changes nobody's files."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import IO, cast

from trakt.parity.places import Places
from trakt.storage import (
    Clock,
    Found,
    Lease,
    Leftover,
    Staged,
    Storage,
    StoredFile,
    Waiting,
    local,
    patiently,
    stand_in,
)
from trakt.storage.lease import SECONDS, system_clock
from trakt.tables import rehearse as rehearse_tables


def rehearse(places: Places) -> None:
    """From now on this process reads and writes as `places` say."""
    for scheme, real in (("file", "trakt.storage.local"), ("s3", "trakt.storage.s3")):
        stand_in(scheme, Rehearsal(places, cast(Storage, importlib.import_module(real))))
    rehearse_tables()


class Rehearsal:
    """See `trakt.storage.Storage`."""

    def __init__(self, places: Places, real: Storage) -> None:
        self._places = places
        self._real = real

    def join(self, base: str, uri: str) -> str:
        return self._real.join(base, uri)

    def canonical(self, uri: str) -> str:
        return self._real.canonical(uri)

    def find(self, uri: str, suffixes: Sequence[str]) -> Found:
        path = self._places.on_disk(uri)
        if path is None:
            return self._real.find(uri, suffixes)
        found = local.find(path, suffixes)
        return dataclasses.replace(
            found,
            files=tuple(dataclasses.replace(file, uri=self._places.in_s3(file.uri)) for file in found.files),
            near=tuple(self._places.in_s3(each) for each in found.near),
        )

    def open_read(
        self, file: StoredFile, waiting: Waiting = patiently, start: int = 0, end: int | None = None
    ) -> IO[bytes]:
        storage, file = self._of(file)
        return storage.open_read(file, waiting, start, end)

    def read_head(self, file: StoredFile, size: int) -> bytes:
        storage, file = self._of(file)
        return storage.read_head(file, size)

    def start_of(self, uri: str, most: int) -> bytes | None:
        written = local.start_of(self._places.written(uri), most)
        if written is not None:
            return written
        path = self._places.on_disk(uri)
        return self._real.start_of(uri, most) if path is None else local.start_of(path, most)

    def lease(self, uri: str, owner: str, seconds: float = SECONDS, clock: Clock = system_clock) -> Lease:
        return local.lease(self._places.written(uri), owner, seconds, clock)

    def publishing(self, uri: str) -> AbstractContextManager[None]:
        written = self._places.written(uri)
        Path(written).parent.mkdir(parents=True, exist_ok=True)
        return local.publishing(written)

    def stage(self, uri: str) -> Staged:
        return local.stage(self._places.written(uri))

    def remove_leftovers(self, uri: str, older_than: timedelta) -> tuple[Leftover, ...]:
        return local.remove_leftovers(self._places.written(uri), older_than)

    def _of(self, file: StoredFile) -> tuple[Storage, StoredFile]:
        path = self._places.on_disk(file.uri)
        if path is None:
            return self._real, file
        return cast(Storage, local), dataclasses.replace(file, uri=path)
