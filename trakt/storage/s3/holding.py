"""One run at a time: a hidden object beside the place, which S3 lets only one of many requests make or replace.

It is made with `If-None-Match: *` and replaced with `If-Match` ("Conditional writes", Amazon S3 User Guide), says whose
it is and until when, and is renewed in a thread. When its holder was killed it ends by itself, and one of those who
ask next takes it over.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from botocore.exceptions import ClientError, ParamValidationError

from trakt.errors import OutputError
from trakt.storage import Clock
from trakt.storage.lease import ENDING, Holder, Unheld, busy, lost
from trakt.storage.s3 import settings
from trakt.storage.s3.client import client
from trakt.storage.s3.faults import FOREIGN, code_of, is_missing, told
from trakt.storage.s3.place import MAX_KEY_BYTES, Place, place_of

GRACE = timedelta(seconds=5)
"""How much the clocks of two machines may differ: a lease is taken over only when it is over by so much."""

_ALLOW = "s3:PutObject and s3:GetObject"
_ATTEMPTS = 5
_REFUSED = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "404")
_CANNOT = ("NotImplemented", "501")
_MOST_BYTES = 1 << 16

_log = logging.getLogger("trakt.storage")


def taken(uri: str, owner: str, seconds: float, clock: Clock) -> S3Lease | Unheld:
    """See `trakt.storage.Storage.lease`."""
    lease = S3Lease(uri, Holder(owner, since=clock()), seconds, clock)
    with told(OutputError, uri, _ALLOW):
        try:
            lease.take()
        except ParamValidationError as fault:
            if "IfNoneMatch" not in str(fault):
                raise
            return _unheld(uri, "this boto3 knows no conditional writes")
        except ClientError as fault:
            if code_of(fault) in _CANNOT:
                return _unheld(uri, "this store knows no conditional writes")
            if code_of(fault) == "AccessDenied" and fault.operation_name == "PutObject":
                return _unheld(uri, f"access to {place_of_lease(place_of(uri)).uri} is denied")
            raise
    return lease


def _unheld(uri: str, why: str) -> Unheld:
    return Unheld(f"{why}: runs that write to {uri} are not kept apart")


def place_of_lease(place: Place) -> Place:
    """Where the lease of a place lies: `folder/.name.trakt-lease`."""
    folder, slash, name = place.key.rpartition("/")
    key = f"{folder}{slash}.{name}{ENDING}"
    return place.beside(key if len(key.encode()) <= MAX_KEY_BYTES else f"{folder}{slash}{ENDING}")


@dataclass(frozen=True, slots=True)
class Written:
    """A lease as it lies in S3; `holder` is None when its text is none of a lease."""

    holder: Holder | None
    etag: str
    modified: datetime

    def is_over(self, now: datetime, seconds: float) -> bool:
        """Whether it may be taken over; one that cannot be read lasts `seconds`."""
        until = self.holder.until if self.holder and self.holder.until else self.modified + timedelta(seconds=seconds)
        return now >= until + GRACE


def written_at(place: Place) -> Written | None:
    """The lease that lies at a place of leases, or None."""
    try:
        answer = client().get_object(Bucket=place.bucket, Key=place.key)
    except ClientError as fault:
        if is_missing(fault):
            return None
        raise
    with closing(answer["Body"]) as body:
        return Written(Holder.read(body.read(_MOST_BYTES)), answer["ETag"], answer["LastModified"].astimezone(UTC))


class S3Lease:
    """See `trakt.storage.Lease`. Two threads use it: the run's, and its own, which renews it."""

    warning = None

    def __init__(self, uri: str, holder: Holder, seconds: float, clock: Clock) -> None:
        self._uri = uri
        self._place = place_of_lease(place_of(uri))
        self._holder = holder
        self._seconds = seconds
        self._clock = clock
        self._new = settings.of_new_objects()
        self._etag = ""
        self._until = holder.since
        self._is_lost = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_renewing, name="trakt-lease", daemon=True)

    def take(self) -> None:
        """Get hold of the place.

        Raises:
            BusyError: another run has it.
        """
        there: Written | None = None
        for _ in range(_ATTEMPTS):
            if self._put(self._seconds, IfNoneMatch="*"):
                return
            there = written_at(self._place)
            if there is None:
                continue
            if self._is_mine(there):
                return
            if not there.is_over(self._clock(), self._seconds):
                break
            # of several that have read the same, one gets it
            if self._put(self._seconds, IfMatch=there.etag):
                _log.info("took over the lease of a run that has ended without a word: %s", self._place.uri)
                return
        raise busy(self._uri, there.holder if there else None)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        # a renewal that is under way would bring it back
        with self._lock:
            if self._is_held():
                self._give_up()
            self._is_lost = True

    def check(self) -> None:
        """See `trakt.storage.Lease.check`. Asks S3 only when the thread could not renew it in time."""
        if self._clock() + timedelta(seconds=self._seconds / 2) >= self._until:
            with told(OutputError, self._uri, _ALLOW):
                self.renew()
        if not self._is_held():
            raise lost(self._uri, f"the lease {self._place.uri} was not renewed in time, or was taken away")

    def renew(self) -> None:
        """Let it last its full time from now on, unless it is lost."""
        with self._lock:
            if self._is_lost or self._put(self._seconds, IfMatch=self._etag):
                return
            there = written_at(self._place)
            self._is_lost = there is None or not self._is_mine(there)

    def _keep_renewing(self) -> None:
        pause = self._seconds / 3
        while not self._ended.wait(pause):
            try:
                self.renew()
                pause = self._seconds / 3
            except FOREIGN as fault:
                _log.debug("the lease %s could not be renewed: %s", self._place.uri, fault)
                pause = self._seconds / 12

    def _is_held(self) -> bool:
        return not self._is_lost and self._clock() < self._until

    def _is_mine(self, there: Written) -> bool:
        """Whether it is what a request of ours made, whose answer was lost: botocore asked again, and was refused."""
        if there.holder is None or there.holder.token != self._holder.token or there.holder.until is None:
            return False
        self._etag, self._until = there.etag, there.holder.until
        return True

    def _put(self, seconds: float, **condition: str) -> bool:
        """Write it for `seconds` from now on; False when the condition does not hold."""
        holder = self._holder.lasting(self._clock(), seconds)
        place = {"Bucket": self._place.bucket, "Key": self._place.key}
        try:
            answer: dict[str, Any] = client().put_object(**place, Body=holder.as_json(), **self._new, **condition)
        except ClientError as fault:
            if code_of(fault) in _REFUSED:
                return False
            raise
        self._etag, self._until = answer["ETag"], holder.until or holder.since
        return True

    def _give_up(self) -> None:
        try:
            client().delete_object(Bucket=self._place.bucket, Key=self._place.key)
        except FOREIGN as fault:
            try:
                if code_of(fault) != "AccessDenied":
                    raise
                # who may not delete it says that it is over
                self._put(-self._seconds - GRACE.total_seconds(), IfMatch=self._etag)
            except FOREIGN as second:
                _log.warning("the lease %s stays until %s: %s", self._place.uri, self._until, second)
