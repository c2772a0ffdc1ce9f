from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from tests.fakes.s3_wire import Fault
from trakt.errors import BusyError, OutputError
from trakt.storage import s3
from trakt.storage.s3.client import client
from trakt.storage.s3.holding import place_of_lease
from trakt.storage.s3.place import Place

KEY = "out/.manifest.json.trakt-lease"
START = datetime(2026, 2, 5, 12, tzinfo=UTC)


class Clock:
    """The time, which passes only when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(bucket: Any) -> str:
    return str(bucket.uri("out/manifest.json"))


def lease(place: str, owner: str, clock: Callable[[], datetime]) -> Any:
    return s3.lease(place, owner, 120, clock)


def said(bucket: Any) -> dict[str, Any]:
    return dict(json.loads(bucket.get(KEY)))


def test_who_comes_second_is_told_who_is_there_and_until_when(bucket: Any, place: str, clock: Clock) -> None:
    with lease(place, "first", clock) as held:
        held.check()
        with pytest.raises(BusyError) as caught:
            lease(place, "second", clock)
        assert said(bucket)["owner"] == "first"
    told = str(caught.value)
    assert told.startswith(f"{place}: another run works on this batch: run first on host ")
    assert "since 2026-02-05 12:00:00 UTC; its lease ends at 2026-02-05 12:02:00 UTC unless it goes on" in told
    assert bucket.all_keys() == []


def test_a_place_is_free_as_soon_as_it_is_freed(bucket: Any, place: str, clock: Clock) -> None:
    for owner in ("first", "second"):
        with lease(place, owner, clock):
            assert said(bucket)["owner"] == owner


def test_the_lease_of_a_killed_run_is_taken_over_when_it_is_over_by_more_than_clocks_differ(
    bucket: Any, place: str, clock: Clock
) -> None:
    lease(place, "killed", clock)
    clock.passes(124)
    with pytest.raises(BusyError, match="run killed"):
        lease(place, "second", clock)
    clock.passes(1)
    with lease(place, "second", clock):
        assert said(bucket)["owner"] == "second"


def test_a_lease_that_is_renewed_goes_on(place: str, clock: Clock) -> None:
    with lease(place, "first", clock) as held:
        for _ in range(3):
            clock.passes(100)
            held.renew()
        held.check()
        with pytest.raises(BusyError, match="ends at 2026-02-05 12:07:00 UTC"):
            lease(place, "second", clock)


def test_a_check_renews_what_its_thread_could_not(place: str, clock: Clock) -> None:
    with lease(place, "first", clock) as held:
        clock.passes(119)
        held.check()
        with pytest.raises(BusyError, match="ends at 2026-02-05 12:03:59 UTC"):
            lease(place, "second", clock)


def test_who_slept_too_long_publishes_nothing_and_leaves_the_next_one_alone(
    bucket: Any, place: str, clock: Clock
) -> None:
    first = lease(place, "first", clock)
    with first:
        clock.passes(126)
        second = lease(place, "second", clock)
        with pytest.raises(BusyError, match="another run may work on this batch; nothing was published"):
            first.check()
    assert said(bucket)["owner"] == "second"
    with second:
        second.check()


def test_a_lease_that_somebody_deletes_is_lost(bucket: Any, place: str, clock: Clock) -> None:
    with lease(place, "first", clock) as held:
        bucket.client.delete_object(Bucket=bucket.name, Key=KEY)
        clock.passes(61)
        with pytest.raises(BusyError, match="was not renewed in time, or was taken away"):
            held.check()


def test_its_thread_renews_it(bucket: Any, place: str) -> None:
    with s3.lease(place, "first", 0.3):
        before, limit = said(bucket)["until"], threading.Event()
        for _ in range(200):
            if said(bucket)["until"] != before:
                break
            limit.wait(0.05)
        assert said(bucket)["until"] > before


@pytest.mark.parametrize("over", [False, True])
def test_of_many_who_ask_at_once_one_is_admitted(place: str, clock: Clock, over: bool) -> None:
    if over:
        lease(place, "killed", clock)
        clock.passes(200)
    barrier = threading.Barrier(12)

    def ask(number: int) -> Any:
        barrier.wait()
        try:
            return lease(place, f"run{number}", clock)
        except BusyError:
            return None

    with ThreadPoolExecutor(12) as threads:
        admitted = [each for each in threads.map(ask, range(12)) if each]
    assert len(admitted) == 1
    with admitted[0] as held:
        held.check()


@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_that_is_lost_does_not_lock_its_own_run_out(
    bucket: Any, wire: Any, clock: Clock, status: int
) -> None:
    wired = wire(Fault("PUT", "trakt-lease", status=status, lost=True))
    with lease(bucket.uri("out/manifest.json"), "first", clock) as held:
        assert len(wired.requests("PUT", "trakt-lease")) == 2
        wired.faults.append(Fault("PUT", "trakt-lease", status=status, lost=True))
        clock.passes(100)
        held.renew()
        clock.passes(100)
        held.check()
    assert bucket.all_keys() == []


def test_taking_and_freeing_a_place_are_one_request_each(bucket: Any, wire: Any, clock: Clock) -> None:
    wired = wire()
    with lease(bucket.uri("out/manifest.json"), "first", clock) as held:
        held.check()
    assert [(method, headers.get("if-none-match")) for method, _, headers in wired.seen] == [
        ("PUT", "*"),
        ("DELETE", None),
    ]


def test_where_nothing_may_be_deleted_it_is_said_to_be_over(bucket: Any, wire: Any, clock: Clock) -> None:
    wire(Fault("DELETE", "trakt-lease", status=403, code="AccessDenied", times=9))
    place = bucket.uri("out/manifest.json")
    with lease(place, "first", clock):
        pass
    assert datetime.fromisoformat(said(bucket)["until"]) < clock.now
    with lease(place, "second", clock):
        assert said(bucket)["owner"] == "second"


def test_a_lease_that_cannot_be_freed_is_told(
    bucket: Any, wire: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    wire(Fault("DELETE", "trakt-lease", status=400, code="Odd", times=9))
    with lease(bucket.uri("out/manifest.json"), "first", clock):
        pass
    assert "stays until 2026-02-05 12:02:00" in caplog.text


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [(501, "NotImplemented", "this store knows no conditional writes"), (403, "AccessDenied", "access to s3://")],
)
def test_where_a_place_cannot_be_held_the_run_goes_on_and_says_so(
    bucket: Any, wire: Any, clock: Clock, status: int, code: str, why: str
) -> None:
    wire(Fault("PUT", "trakt-lease", status=status, code=code, times=9))
    with lease(bucket.uri("out/manifest.json"), "first", clock) as held:
        held.check()
        assert held.warning.startswith(why)
        assert held.warning.endswith("out/manifest.json are not kept apart")


def test_a_boto3_of_old_cannot_hold_a_place(place: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def put_object(**_: Any) -> None:
        raise ParamValidationError(report='Unknown parameter in input: "IfNoneMatch", must be one of: ...')

    monkeypatch.setattr(client(), "put_object", put_object)
    assert lease(place, "first", clock).warning.startswith("this boto3 knows no conditional writes")


def test_other_faults_end_the_run_before_it_begins(bucket: Any, wire: Any, clock: Clock) -> None:
    wire(Fault("PUT", "trakt-lease", status=403, code="ExpiredToken", times=9))
    with pytest.raises(OutputError, match="the credentials have expired"):
        lease(bucket.uri("out/manifest.json"), "first", clock)


def test_a_lease_that_may_not_be_read_is_told_and_never_passed_over(bucket: Any, wire: Any, clock: Clock) -> None:
    place = bucket.uri("out/manifest.json")
    lease(place, "first", clock)
    wire(Fault("GET", "trakt-lease", status=403, code="AccessDenied", times=9))
    with pytest.raises(OutputError, match="allow s3:PutObject and s3:GetObject"):
        lease(place, "second", clock)


def test_what_lies_there_and_is_no_lease_lasts_as_long_as_one(bucket: Any, place: str) -> None:
    bucket.put(KEY, b"scribble")
    now = bucket.client.head_object(Bucket=bucket.name, Key=KEY)["LastModified"]
    with pytest.raises(BusyError, match="another run works on this batch\n"):
        lease(place, "first", lambda: now + timedelta(seconds=124))
    with lease(place, "first", lambda: now + timedelta(seconds=125)):
        assert said(bucket)["owner"] == "first"


def test_the_lease_of_a_long_key_has_a_shorter_name() -> None:
    assert place_of_lease(Place("b", "manifest.json")).key == ".manifest.json.trakt-lease"
    assert place_of_lease(Place("b", f"out/{'x' * 1020}")).key == "out/.trakt-lease"


def test_cleaning_removes_leases_that_are_over_and_no_others(bucket: Any) -> None:
    def cleaned(key: str) -> list[str]:
        uri = bucket.uri(key)
        return [each.uri for each in s3.remove_leftovers(uri, timedelta(0))]

    long_ago = Clock()
    lease(bucket.uri("out/manifest.json"), "killed", long_ago)
    lease(bucket.uri("outer/manifest.json"), "killed", long_ago)
    with s3.lease(bucket.uri("out/b/manifest.json"), "alive"):
        assert cleaned("out/manifest.json.gz") == []
        assert cleaned("out/") == [bucket.uri(KEY)]
        assert cleaned("outer/manifest.json") == [bucket.uri("outer/.manifest.json.trakt-lease")]
        assert bucket.all_keys() == ["out/b/.manifest.json.trakt-lease"]
