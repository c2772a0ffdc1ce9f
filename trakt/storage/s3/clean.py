"""Aborting what killed runs left: old uploads that are Trakt's own, marks without an upload, leases that are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from trakt.errors import OutputError
from trakt.storage import Leftover
from trakt.storage.lease import ENDING, SECONDS, system_clock
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import told
from trakt.storage.s3.holding import place_of_lease, written_at
from trakt.storage.s3.listing import pages
from trakt.storage.s3.marks import is_mark, mark_of
from trakt.storage.s3.place import Place, place_of
from trakt.storage.s3.upload import abort

_ALLOW = "s3:ListBucketMultipartUploads, s3:ListBucket, s3:AbortMultipartUpload, s3:DeleteObject and s3:GetObject"


def removed(uri: str, older_than: timedelta) -> tuple[Leftover, ...]:
    """See `trakt.storage.Storage.remove_leftovers`.

    Uploads of other tools are left alone: see `trakt.storage.s3.marks` for how Trakt's own are known. A living run
    cannot be told from a killed one, so `older_than` must be longer than the longest run.
    """
    place, latest = place_of(uri), datetime.now(UTC) - older_than
    with told(OutputError, place.uri, _ALLOW):
        # uploads first: the mark of one that begins after they were listed is young
        uploads = list(_uploads(place))
        marks, leases = _marks_and_leases(place)
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
        # one that is renewed is young
        gone += [Leftover(each.uri, since) for each, since in leases if since <= latest and _ended(each)]
    return tuple(gone)


def _ended(lease: Place) -> bool:
    """Remove a lease that is over; False when it is not."""
    there = written_at(lease)
    if there is None or not there.is_over(system_clock(), SECONDS):
        return False
    client().delete_object(Bucket=lease.bucket, Key=lease.key)
    return True


def _uploads(place: Place) -> Iterator[tuple[Place, str, datetime]]:
    pager = client().get_paginator("list_multipart_uploads")
    for page in pager.paginate(Bucket=place.bucket, Prefix=place.key):
        for each in page.get("Uploads", ()):
            if _is_below(place, each["Key"]):
                yield place.beside(each["Key"]), each["UploadId"], _moment(each["Initiated"])


def _marks_and_leases(place: Place) -> tuple[dict[str, datetime], list[tuple[Place, datetime]]]:
    """All marks that may belong to an upload at `place` or below, that of an object lies beside it; and the leases."""
    folder, slash, _ = place.key.rpartition("/")
    marks, leases = {}, []
    for prefix in {place.folder, f"{folder}{slash}."} if place.key else {""}:
        for page in pages(place, prefix):
            for each in page.get("Contents", ()):
                key, since = each["Key"], _moment(each["LastModified"])
                if is_mark(key) and not each["Size"]:
                    marks[key] = since
                elif key.endswith(ENDING) and (key.startswith(place.folder) or key == place_of_lease(place).key):
                    leases.append((place.beside(key), since))
    return marks, leases


def _is_below(place: Place, key: str) -> bool:
    return not place.key or key == place.key or key.startswith(place.folder)


def _moment(value: Any) -> datetime:
    assert isinstance(value, datetime)
    return value
