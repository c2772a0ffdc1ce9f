"""Uris, buckets and keys. A key is taken by its letters: nothing in it is decoded or tidied up."""

from __future__ import annotations

from dataclasses import dataclass

from trakt.errors import RunError
from trakt.storage import scheme_of

MAX_KEY_BYTES = 1024
"""The longest key there is, in UTF-8 ("Creating object key names", Amazon S3 User Guide)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A `key` in a `bucket`; the key is blank for the bucket itself."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def folder(self) -> str:
        """The prefix of all that lies below this place: its key with a slash behind, or nothing for a bucket."""
        return self.key if not self.key or self.key.endswith("/") else f"{self.key}/"

    def beside(self, key: str) -> Place:
        """Another key of the same bucket."""
        return Place(self.bucket, key)


def place_of(uri: str) -> Place:
    """The place that `uri` names.

    Raises:
        RunError: it names no bucket.
    """
    bucket, _, key = uri[len("s3://") :].partition("/")
    if not bucket:
        raise RunError("names no bucket", where=uri, hint="write s3://BUCKET/KEY")
    return Place(bucket, key)


def canonical(uri: str) -> str:
    """See `trakt.storage.Storage.canonical`."""
    return place_of(uri).uri


def join(base: str, uri: str) -> str:
    """See `trakt.storage.Storage.join`.

    A relative uri means what it means on a disk (`./a`, `../a`, `a//b`), so that a pipeline names the same file in
    both places. A full one is taken as it stands, since `a//b` and `a/../b` are keys like any other.

    Raises:
        RunError: no bucket is named, or `..` leads out of it.
    """
    if scheme_of(uri) == "s3":
        return place_of(uri).uri
    start = place_of(base)
    names = start.folder.split("/")[:-1]
    for name in uri.split("/"):
        if name == ".." and not names:
            raise RunError(f"'{uri}' leads out of the bucket", where=base, hint="name a place below the bucket")
        if name == "..":
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    key = "/".join(names)
    return start.beside(f"{key}/" if key and uri.endswith("/") else key).uri
