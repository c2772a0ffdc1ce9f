"""An output in the making: one request if it is small, else parts that are sent while it is written."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import IO, Any, Self, cast

from botocore.exceptions import ClientError

from trakt.errors import OutputError
from trakt.storage.s3 import settings
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import code_of, is_missing, told
from trakt.storage.s3.listing import exists
from trakt.storage.s3.place import Place, place_of
from trakt.storage.s3.upload import Upload, part_sizes, too_large

_PUT = "s3:PutObject"
_AWAY = "s3:GetObject and s3:DeleteObject"

_log = logging.getLogger("trakt.storage")


def staged(uri: str) -> S3Staged:
    """See `trakt.storage.Storage.stage`.

    Raises:
        OutputError: the bucket is not there, the credentials are missing or expired, or a setting of new objects is
            wrong: better told before the work than after it.
    """
    place = place_of(uri)
    if not place.key or place.key.endswith("/"):
        raise OutputError("is a directory", where=uri, hint="name an object in it")
    new = settings.of_new_objects()
    with told(OutputError, uri, _PUT):
        try:
            # a listing, since an answer to HEAD has no body to say what is wrong
            client().list_objects_v2(Bucket=place.bucket, Prefix=place.key, MaxKeys=1)
        except ClientError as fault:
            # whoever may write need not be allowed to look
            if code_of(fault) != "AccessDenied":
                raise
    return S3Staged(place, new)


class S3Staged:
    """Bytes on their way to an object that nobody sees before `publish`."""

    def __init__(self, place: Place, new: dict[str, str]) -> None:
        self.uri = place.uri
        self._place = place
        self._new = new
        self._sizes = part_sizes()
        self._size = next(self._sizes)
        self._part = io.BytesIO()
        self._upload: Upload | None = None
        self._was_there: bool | None = None
        self._version: str | None = None
        self._is_over = False
        self._withdrawn: bytes | None = None
        self._stands_in = False
        self.stream = cast("IO[bytes]", _Stream(self._write))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.abort()

    def publish(self) -> None:
        """See `trakt.storage.Staged.publish`. What is there already was sent; one request makes it the object."""
        with told(OutputError, self.uri, _PUT):
            self._was_there = exists(self._place)
            if self._upload is None:
                self._part.seek(0)
                answer = client().put_object(**self._target, Body=self._part, **self._new)
            else:
                if self._part.tell():
                    self._upload.add(self._part)
                answer = self._upload.complete()
        self._is_over = True
        self._version = answer.get("VersionId")

    def withdraw(self, instead: bytes | None = None) -> None:
        """See `trakt.storage.Staged.withdraw`. What it holds is kept in memory: it is a manifest."""
        with told(OutputError, self.uri, _AWAY):
            try:
                self._keep()
                if instead is None and self._withdrawn is not None:
                    client().delete_object(**self._target)
            except ClientError as fault:
                if code_of(fault) != "AccessDenied":
                    raise
                self._withdrawn = None
                self._warn_of(instead)
        if instead is not None:
            # it may have come to be even if the answer to that is lost
            self._stands_in = True
            self._put(instead)

    def remove(self) -> None:
        """See `trakt.storage.Staged.remove`."""
        with told(OutputError, self.uri, _AWAY):
            self._keep()
            if self._withdrawn is not None:
                client().delete_object(**self._target)

    def _keep(self) -> None:
        try:
            self._withdrawn = bytes(client().get_object(**self._target)["Body"].read())
        except ClientError as fault:
            self._withdrawn = None
            if not is_missing(fault):
                raise

    def _warn_of(self, instead: bytes | None) -> None:
        if instead is None:
            told = "%s may not be read and deleted: a run that is killed while it publishes leaves it as it is"
        else:
            told = "%s may not be read: it cannot be put back if not all can be published"
        _log.warning(told, self.uri)

    def revert(self) -> None:
        """See `trakt.storage.Staged.revert`. S3 cannot rename and keeps what was replaced only if it is told to:
        in a bucket with versions the one before becomes the object again, else only a new object can be taken back.
        """
        if not self._stands_in:
            self._take_back()
        elif self._withdrawn is None:
            with told(OutputError, self.uri, "s3:DeleteObject"):
                client().delete_object(**self._target)
        if self._withdrawn is not None:
            self._put(self._withdrawn)
        self._withdrawn, self._stands_in = None, False

    @property
    def _target(self) -> dict[str, str]:
        return {"Bucket": self._place.bucket, "Key": self._place.key}

    def _put(self, content: bytes) -> None:
        with told(OutputError, self.uri, _PUT):
            client().put_object(**self._target, Body=content, **self._new)

    def _take_back(self) -> None:
        if not self._is_over:
            return
        with told(OutputError, self.uri, "s3:DeleteObject and s3:DeleteObjectVersion"):
            if self._version not in (None, "null"):
                client().delete_object(**self._target, VersionId=self._version)
            elif self._was_there is False:
                client().delete_object(**self._target)
            else:
                raise OutputError(
                    "was replaced, and cannot be put back: S3 keeps no previous version of it",
                    where=self.uri,
                    hint="run again to have all outputs fit together; a bucket with versioning keeps what is replaced",
                )

    def abort(self) -> None:
        """See `trakt.storage.Staged.abort`."""
        if self._is_over:
            return
        self._is_over = True
        self._part = io.BytesIO()
        if self._upload is not None:
            self._upload.abort()

    def _write(self, data: memoryview) -> None:
        while data:
            room = self._size - self._part.tell()
            if not room:
                self._send()
            self._part.write(data[:room])
            data = data[room:]

    def _send(self) -> None:
        """The part is full, and there is more to come."""
        with told(OutputError, self.uri, _PUT):
            if self._upload is None:
                self._upload = Upload(self._place, self._new)
            self._upload.add(self._part)
        self._part = io.BytesIO()
        size = next(self._sizes, None)
        if size is None:
            raise too_large(self.uri)
        self._size = size


class _Stream(io.RawIOBase):
    """What an output is written to; every write is taken whole."""

    def __init__(self, write: Callable[[memoryview], None]) -> None:
        self._write = write

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._write(view)
        return len(view)
