"""A multipart upload: parts are sent by a few threads while the next one is being written."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import chain, repeat
from typing import Any

from botocore.exceptions import ClientError

from trakt.errors import OutputError
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import FOREIGN, code_of
from trakt.storage.s3.marks import mark_of
from trakt.storage.s3.place import Place

_log = logging.getLogger("trakt.storage")

_MIB = 1 << 20

PART_SIZES = ((1000, 8), (1000, 16), (1000, 32), (1000, 64), (1000, 128), (1000, 256), (4000, 1200))
"""So many parts, of so many MiB. An upload may have 10 000 parts and 5 TiB ("Amazon S3 multipart upload limits",
Amazon S3 User Guide); beginning small keeps the memory small of all outputs but the huge ones."""

_THREADS = 3
_IN_FLIGHT_BYTES = _THREADS * PART_SIZES[0][1] * _MIB


def part_sizes() -> Iterator[int]:
    """The size in bytes of each part, the first one first; ends with the last part there can be."""
    return chain.from_iterable(repeat(mib * _MIB, count) for count, mib in PART_SIZES)


class Upload:
    """One upload in progress. Beside the part that is being written, at most 24 MiB or one part are on their way."""

    def __init__(self, place: Place, settings: dict[str, str]) -> None:
        self._target = {"Bucket": place.bucket, "Key": place.key}
        self._place = place
        self._answers: dict[int, dict[str, Any]] = {}
        self._flying: dict[Future[dict[str, Any]], tuple[int, int]] = {}
        self._count = 0
        self._id = client().create_multipart_upload(**self._target, **settings)["UploadId"]
        self._mark = mark_of(place, self._id)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="trakt-upload")
        try:
            encryption = {name: value for name, value in settings.items() if name != "Tagging"}
            client().put_object(Bucket=self._mark.bucket, Key=self._mark.key, Body=b"", **encryption)
        except BaseException:
            self.abort()
            raise

    def add(self, part: io.BytesIO) -> None:
        """Send the next part; waits when too much is on its way, and raises what befell the parts before."""
        self._count += 1
        number, size = self._count, part.getbuffer().nbytes
        part.seek(0)
        while self._flying and self._bytes_in_flight() + size > _IN_FLIGHT_BYTES:
            self._land(FIRST_COMPLETED)
        send = self._threads.submit(
            client().upload_part, **self._target, UploadId=self._id, PartNumber=number, Body=part, ContentLength=size
        )
        self._flying[send] = (number, size)

    def complete(self) -> dict[str, Any]:
        """Make the object of all parts; returns S3's answer."""
        while self._flying:
            self._land(FIRST_COMPLETED)
        parts = [
            # of each part its etag, and whatever checksum S3 took of it
            {
                "PartNumber": number,
                **{name: value for name, value in answer.items() if name == "ETag" or name.startswith("Checksum")},
            }
            for number, answer in sorted(self._answers.items())
        ]
        self._threads.shutdown()
        answer = self._completed(parts)
        self._remove_mark()
        return answer

    def abort(self) -> None:
        """Forget all parts. What cannot be reached now is left to `trakt clean`, which the mark tells of it."""
        # a part that arrives after its upload was aborted would stay and be paid for
        self._threads.shutdown(wait=True, cancel_futures=True)
        try:
            abort(self._place, self._id)
            self._remove_mark()
        except FOREIGN as fault:
            _log.warning("an upload to %s could not be aborted; `trakt clean` will: %s", self._place.uri, fault)

    def _completed(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        request = {"UploadId": self._id, "MultipartUpload": {"Parts": parts}}
        try:
            return dict(client().complete_multipart_upload(**self._target, **request))
        except ClientError as fault:
            if code_of(fault) != "NoSuchUpload":
                raise
            # an attempt whose answer was lost may have done it; botocore asked again, and then it was gone
            there = self._there()
            if there.get("ETag", "").strip('"') != _etag_of(parts):
                raise
            return there

    def _there(self) -> dict[str, Any]:
        try:
            return dict(client().head_object(**self._target))
        except ClientError:
            return {}

    def _remove_mark(self) -> None:
        try:
            client().delete_object(Bucket=self._mark.bucket, Key=self._mark.key)
        except FOREIGN as fault:
            _log.warning("an empty object stays at %s; `trakt clean` removes it: %s", self._mark.uri, fault)

    def _bytes_in_flight(self) -> int:
        return sum(size for _, size in self._flying.values())

    def _land(self, when: str) -> None:
        done, _ = wait(self._flying, return_when=when)
        for sent in done:
            number, _ = self._flying.pop(sent)
            self._answers[number] = sent.result()


def _etag_of(parts: list[dict[str, Any]]) -> str:
    digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def abort(place: Place, upload_id: str) -> bool:
    """Abort an upload of another run; returns False when it is gone already."""
    try:
        client().abort_multipart_upload(Bucket=place.bucket, Key=place.key, UploadId=upload_id)
    except ClientError as fault:
        if code_of(fault) in ("NoSuchUpload", "404"):
            return False
        raise
    return True


def too_large(uri: str) -> OutputError:
    """The error for an output that has no parts left."""
    return OutputError("is over 5 TiB, the most an object holds", where=uri, hint="write several smaller outputs")
