"""Tables in a data catalog: where they stand, and how they change when files of theirs are published.

    tables/
      __init__      what is known of a table
      catalog       the AWS Glue Data Catalog, by awswrangler
      differences   whether a table is the one that a run wants to write
      registration  what a run changes there, and takes back when not all of it could be published
      athena        queries, and where their results lie
      faults        what AWS says, in our words

This file is light: awswrangler is loaded when a catalog is first looked at, and by nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from trakt.storage import STORAGES, scheme_of, storage_for

_REHEARSED: list[bool] = []


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the catalog has it.

    Attributes:
        location: the uri below which its files lie, without a slash at its end.
        columns: those in the files, in order, each with the catalog's word for its type.
        keys: those by which it is parted, which stand in the names of folders, likewise.
        is_parquet: whether its files are Parquet.
    """

    database: str
    name: str
    location: str
    columns: Mapping[str, str]
    keys: Mapping[str, str]
    is_parquet: bool = True

    @property
    def title(self) -> str:
        """As SQL names it."""
        return f"{self.database}.{self.name}"

    def entry(self) -> dict[str, Any]:
        """As a manifest has it."""
        return {
            "database": self.database,
            "name": self.name,
            "location": self.location,
            "columns": dict(self.columns),
            "partition_keys": dict(self.keys),
        }


def location_of(uri: str) -> str:
    """The one name of the place of a table, without a slash at its end; s3a:// and hdfs:// stay as they are."""
    return (storage_for(uri).canonical(uri) if scheme_of(uri) in STORAGES else uri).rstrip("/")


def rehearse() -> None:
    """From now on no catalog is asked or changed, in the whole of this process: for rehearsals of a run."""
    _REHEARSED.append(True)


@contextmanager
def rehearsed() -> Iterator[None]:
    """While inside, no catalog is asked or changed."""
    rehearse()
    try:
        yield
    finally:
        _REHEARSED.pop()


def is_rehearsed() -> bool:
    """Whether `rehearse` was called."""
    return bool(_REHEARSED)
