"""Aborting what killed runs left: old uploads in progress that are Trakt's own, and marks without an upload."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from trakt.errors import OutputError
from trakt.storage import Leftover
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import told
from trakt.storage.s3.listing import pages
from trakt.storage.s3.marks import is_mark, mark_of
from trakt.storage.s3.place import Place, place_of
from trakt.storage.s3.upload import abort

_ALLOW = "s3:ListBucketMultipartUploads, s3:ListBucket, s3:AbortMultipartUpload and s3:DeleteObject"


def removed(uri: str, older_than: timedelta) -> tuple[Leftover, ...]:
    """See `trakt.storage.Storage.remove_leftovers`.

    Uploads of other tools are left alone: see `trakt.storage.s3.marks` for how Trakt's own are known. A living run
    cannot be told from a killed one, so `older_than` must be longer than the longest run.
    """
    place, latest = place_of(uri), datetime.now(UTC) - older_than
    with told(OutputError, place.uri, _ALLOW):
        # uploads first: the mark of one that begins after they were listed is young
        uploads = list(_uploads(place))
        marks = dict(_marks(place))
        gone = []
        for target, upload_id, since in uploads:
            mark = mark_of(target, upload_id)
            if mark.key not in marks:
                continue
            begun = marks.pop(mark.key)
            if since <= latest and begun <= latest:
                if abort(target, upload_id):
                    gone.append(Leftover(target.uri, since))
                client().delete_object(Bucket=mark.bucket, Key=mark.key)
        for key, since in marks.items():
            # the uploads that marks elsewhere belong to were not looked at
            if since <= latest and key.startswith(place.folder):
                client().delete_object(Bucket=place.bucket, Key=key)
                gone.append(Leftover(place.beside(key).uri, since))
    return tuple(gone)


def _uploads(place: Place) -> Iterator[tuple[Place, str, datetime]]:
    pager = client().get_paginator("list_multipart_uploads")
    for page in pager.paginate(Bucket=place.bucket, Prefix=place.key):
        for each in page.get("Uploads", ()):
            if _is_below(place, each["Key"]):
                yield place.beside(each["Key"]), each["UploadId"], _moment(each["Initiated"])


def _marks(place: Place) -> Iterator[tuple[str, datetime]]:
    """All marks that may belong to an upload at `place` or below: that of an object lies beside it."""
    folder, slash, _ = place.key.rpartition("/")
    for prefix in {place.folder, f"{folder}{slash}."} if place.key else {""}:
        for page in pages(place, prefix):
            for each in page.get("Contents", ()):
                if is_mark(each["Key"]) and not each["Size"]:
                    yield each["Key"], _moment(each["LastModified"])


def _is_below(place: Place, key: str) -> bool:
    return not place.key or key == place.key or key.startswith(place.folder)


def _moment(value: Any) -> datetime:
    assert isinstance(value, datetime)
    return value
