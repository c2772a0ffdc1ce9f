"""Objects in Amazon S3, and in stores that speak its language.

    storage/s3/
      __init__   the functions of `trakt.storage.Storage`
      place      uris, buckets and keys
      client     the one client of the process; the only file that imports boto3
      faults     what botocore says, in our words
      listing    which objects a uri stands for
      read       an object's bytes, ahead of their reader, over as many connections as it takes
      write      an output in the making
      upload     its parts, sent while it is written
      holding    one run at a time, by requests that S3 grants under a condition
      settings   encryption and tags, by environment
      marks      which uploads in progress are Trakt's own
      clean      aborting those that killed runs left, and leases that are over

Endpoint, region, profile, credentials and retries are those of the AWS environment and configuration files.
This file is light: boto3 is loaded when a place is first looked at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import IO

from trakt.errors import MissingExtra
from trakt.storage import Clock, Found, Lease, Leftover, Staged, StoredFile, Waiting, patiently
from trakt.storage.lease import SECONDS, system_clock
from trakt.storage.s3.place import canonical, join

__all__ = [  # noqa: RUF022 - as in the port
    "canonical",
    "join",
    "find",
    "open_read",
    "read_head",
    "start_of",
    "lease",
    "publishing",
    "stage",
    "remove_leftovers",
]


def find(uri: str, suffixes: Sequence[str]) -> Found:
    """See `trakt.storage.Storage.find`. Keys are taken as they stand; what `/` parts is treated as folders."""
    with _needing_boto3():
        from trakt.storage.s3 import listing
    return listing.found(uri, suffixes)


def open_read(file: StoredFile, waiting: Waiting = patiently, start: int = 0, end: int | None = None) -> IO[bytes]:
    """See `trakt.storage.Storage.open_read`."""
    with _needing_boto3():
        from trakt.storage.s3 import read
    return read.opened(file, waiting, start, end)


def start_of(uri: str, most: int) -> bytes | None:
    """See `trakt.storage.Storage.start_of`: a single request."""
    with _needing_boto3():
        from trakt.storage.s3 import read
    return read.start_of(uri, most)


def lease(uri: str, owner: str, seconds: float = SECONDS, clock: Clock = system_clock) -> Lease:
    """See `trakt.storage.Storage.lease`."""
    with _needing_boto3():
        from trakt.storage.s3 import holding
    return holding.taken(uri, owner, seconds, clock)


def read_head(file: StoredFile, size: int) -> bytes:
    """See `trakt.storage.Storage.read_head`."""
    with _needing_boto3():
        from trakt.storage.s3 import read
    return read.head_of(file, size)


def publishing(uri: str) -> contextlib.AbstractContextManager[None]:  # noqa: ARG001
    """See `trakt.storage.Storage.publishing`. S3 has no locks: only a lease keeps the runs of one manifest apart."""
    return contextlib.nullcontext()


def stage(uri: str) -> Staged:
    """See `trakt.storage.Storage.stage`. Nothing is cleared away: a killed run cannot be told from a living one."""
    with _needing_boto3():
        from trakt.storage.s3 import write
    return write.staged(uri)


def remove_leftovers(uri: str, older_than: timedelta) -> tuple[Leftover, ...]:
    """See `trakt.storage.Storage.remove_leftovers`."""
    with _needing_boto3():
        from trakt.storage.s3 import clean
    return clean.removed(uri, older_than)


@contextlib.contextmanager
def _needing_boto3() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name not in ("boto3", "botocore"):
            raise
        raise MissingExtra("s3://", "aws") from missing
