"""Who holds a place, in the words in which a lease says it: on a disk and in S3 alike."""

from __future__ import annotations

import json
import os
import platform
import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from trakt.errors import BusyError

ENDING = ".trakt-lease"
SECONDS = 120.0
"""How long a lease lasts that is not renewed, where nothing frees it when its holder is killed."""


def system_clock() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that holds a place.

    Attributes:
        owner: the run's id.
        until: when it ends by itself; None where the system frees it when the process ends.
        token: its own, so that a request whose answer was lost can be told from somebody else's.
    """

    owner: str
    since: datetime
    until: datetime | None = None
    host: str = field(default_factory=platform.node)
    pid: int = field(default_factory=os.getpid)
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def lasting(self, now: datetime, seconds: float) -> Holder:
        """The same for `seconds` from `now` on; less than none: one that is over."""
        return replace(self, until=now + timedelta(seconds=seconds))

    def as_json(self) -> bytes:
        """As a lease has it."""
        return json.dumps(asdict(self), default=datetime.isoformat).encode()

    @classmethod
    def read(cls, content: bytes) -> Holder | None:
        """What a lease says; None when it is no lease, or only half written."""
        try:
            said = json.loads(content)
            since, until = said["since"], said["until"]
            return cls(
                owner=str(said["owner"]),
                since=datetime.fromisoformat(since),
                until=datetime.fromisoformat(until) if until else None,
                host=str(said["host"]),
                pid=int(said["pid"]),
                token=str(said["token"]),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def busy(uri: str, holder: Holder | None) -> BusyError:
    """The error for who comes second."""
    if holder is None:
        what, until = "another run works on this batch", None
    else:
        until = f"{holder.until:%Y-%m-%d %H:%M:%S %Z}" if holder.until else None
        what = (
            f"another run works on this batch: run {holder.owner} on host {holder.host} (process {holder.pid}) "
            f"since {holder.since:%Y-%m-%d %H:%M:%S %Z}"
        )
    if until is None:
        return BusyError(what, where=uri, hint="run again when it is done; it frees the place however it ends")
    hint = f"run again when it is done; if it was killed, the place is free soon after {until}"
    return BusyError(f"{what}; its lease ends at {until} unless it goes on", where=uri, hint=hint)


def lost(uri: str, why: str) -> BusyError:
    """The error for a run that may not be alone any more."""
    return BusyError(
        f"{why}, so another run may work on this batch; nothing was published", where=uri, hint="run again"
    )


@dataclass(frozen=True, slots=True)
class Unheld:
    """A place that cannot be held, and why not: the run goes on, and says so."""

    warning: str

    def __enter__(self) -> Unheld:
        return self

    def __exit__(self, *error: object) -> None: ...

    def check(self) -> None: ...
