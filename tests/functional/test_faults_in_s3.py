"""S3 that throttles, fails, denies, breaks off or stays slow, and a process that dies: at each request of a run."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.fault_points import FaultPoints
from tests.fakes.s3_wire import Fault, Wire
from trakt import LocalRunner, TraktError, load_pipeline_from_yaml
from trakt.testing.s3_server import S3Bucket, S3Server, fresh_client

NEW = "id,text\n" + "".join(f"{number},{'x' * 1_000_000}\n" for number in range(9))
OLD = b"id,text\n7,old\n"
OUTPUTS = ("small.csv", "large.csv")
MOST_REQUESTS = 60

LEASE = "out/.manifest.json.trakt-lease"


class Batch:
    """A run from S3 to S3: one output is a request of its own, one an upload in parts; both replace older ones."""

    def __init__(self, project: Any, bucket: S3Bucket) -> None:
        self.project, self.bucket = project, bucket
        bucket.put("in/records.csv", NEW)
        project.step("work", STEP)
        project.pipeline(
            inputs={"records": {"uri": "records.csv", "metadata": {"read_options": {"types": "text"}}}},
            steps=[{"id": "ids", "uses": "steps.work", "with": {"input": "records", "output": "ids"}}],
            outputs={"datasets": [{"name": "small", "from": "ids"}, {"name": "large", "from": "records"}]},
            execution={"mode": "stream", "chunk_rows": 3},
        )
        self.as_before()
        assert self.run() is None
        self.new = self.outputs()

    def as_before(self) -> None:
        """The outputs and the manifest of an earlier run lie there, and nothing else."""
        for key, upload in self.bucket.uploads():
            self.bucket.client.abort_multipart_upload(Bucket=self.bucket.name, Key=key, UploadId=upload)
        for key in self.bucket.all_keys():
            if key.startswith("out/"):
                self.bucket.client.delete_object(Bucket=self.bucket.name, Key=key)
        for name in OUTPUTS:
            self.bucket.put(f"out/{name}", OLD)
        told = {name: {"path": self.bucket.uri(f"out/{name}"), "sha256": _sha256(OLD)} for name in OUTPUTS}
        self.bucket.put("out/manifest.json", json.dumps({"status": "success", "outputs": told}))

    def time_passes(self) -> None:
        """So much that the lease of a killed run is over."""
        if LEASE in self.bucket.all_keys():
            said = json.loads(self.bucket.get(LEASE))
            self.bucket.put(LEASE, json.dumps({**said, "until": said["since"].replace("20", "19", 1)}))

    def run(self) -> BaseException | None:
        """What it raised; the process's own client is made anew, with the environment of the moment."""
        runner = LocalRunner(input_dir=self.bucket.uri("in"), output_dir=self.bucket.uri("out"))
        with fresh_client():
            try:
                runner.run(load_pipeline_from_yaml(self.project.file), force=True)
            except TraktError as error:
                return error
        return None

    @property
    def arguments(self) -> tuple[str, ...]:
        places = ("--input-dir", self.bucket.uri("in"), "--output-dir", self.bucket.uri("out"))
        return ("run", "--pipeline-file", "pipeline.yaml", *places, "-q")

    def outputs(self) -> dict[str, bytes]:
        return {name: self.bucket.get(f"out/{name}") for name in OUTPUTS}

    def manifest(self) -> dict[str, Any] | None:
        there = "out/manifest.json" in self.bucket.all_keys()
        return json.loads(self.bucket.get("out/manifest.json")) if there else None

    def require_honest(self, replaced: tuple[str, ...] = ()) -> None:
        """No output is half of one, and a manifest is true; `replaced` are those the error says it cannot put back."""
        found, manifest = self.outputs(), self.manifest()
        for name, content in found.items():
            assert content in (OLD, self.new[name]), f"{name} is neither the old nor the new one"
        if manifest and manifest["status"] == "success":
            told = {Path(entry["path"]).name: entry["sha256"] for entry in manifest["outputs"].values()}
            assert told == {name: _sha256(content) for name, content in found.items()}, "the manifest lies"
        elif manifest:
            changed = {self.bucket.uri(f"out/{name}") for name in OUTPUTS if found[name] != OLD}
            assert changed <= set(replaced), "a run that failed has replaced outputs and does not say so"

    def require_whole(self, made: dict[str, bytes]) -> None:
        """All is there, and nothing else but what `trakt clean` takes."""
        self.require_honest()
        assert self.outputs() == made
        visible = sorted(key for key in self.bucket.all_keys() if key.startswith("out/") and "/." not in key)
        assert visible == sorted(["out/manifest.json", *(f"out/{name}" for name in OUTPUTS)])


STEP = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": (frame[["id"]] for frame in input)}
"""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def batch(project: Any, bucket: S3Bucket) -> Batch:
    return Batch(project, bucket)


Broken = Callable[..., Wire]


@pytest.fixture
def broken(fake_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    """`broken(Fault(...), tries=1)` leads the run through a wire with these faults."""
    wires: list[Wire] = []

    def lead(*faults: Fault, tries: int = 1) -> Wire:
        wires.append(Wire(fake_s3_server, list(faults)).__enter__())
        monkeypatch.setenv("AWS_ENDPOINT_URL", wires[-1].endpoint)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(tries))
        return wires[-1]

    yield lead
    for wire in wires:
        wire.__exit__(None, None, None)


class From(Fault):
    """What befalls all requests of some methods from the n-th of them on."""

    def __init__(self, point: int, methods: tuple[str, ...] = ("GET", "HEAD", "PUT", "POST", "DELETE"), **what: Any):
        super().__init__("any", times=10**6, **what)
        self._left, self._methods = point, methods

    def fits(self, method: str, path: str) -> bool:
        if method in self._methods:
            self._left -= 1
        return method in self._methods and self._left <= 0

    @property
    def was_reached(self) -> bool:
        return self._left <= 0


class EverySecond(Fault):
    """What befalls every second request; the one that asks again gets through."""

    def __init__(self, **what: Any):
        super().__init__("any", times=10**6, **what)
        self._seen = 0

    def fits(self, method: str, path: str) -> bool:
        self._seen += 1
        return self._seen % 2 == 0


def test_kill_9_at_every_request_leaves_no_lie_and_the_next_run_succeeds(batch: Batch, monkeypatch: Any) -> None:
    with FaultPoints(batch.project.folder) as points:
        for point in range(1, MOST_REQUESTS):
            batch.as_before()
            ended = points.run(*batch.arguments, action="kill", point=point)
            if ended.reached < point:
                assert ended.code == 0, ended.err
                assert point > 8, "the requests were not counted"
                break
            assert ended.code == -signal.SIGKILL
            batch.require_honest()
            if batch.outputs() not in (dict.fromkeys(OUTPUTS, OLD), batch.new):
                assert batch.manifest() is None, "outputs of two runs, and a manifest"
            batch.time_passes()
            again = points.run(*batch.arguments)
            assert again.code == 0, again.err
            batch.require_whole(batch.new)
        # what killed runs have left is found by its marks, whatever the request was they died at
        cleaned = points.run("clean", batch.bucket.uri("out/"), "--older-than", "0s", "-q")
        assert cleaned.code == 0, cleaned.err
    assert [key for key in batch.bucket.all_keys() if "trakt-part" in key] == []


REFUSALS = {
    "denied": ({"status": 403, "code": "AccessDenied"}, "access is denied"),
    "expired": ({"status": 400, "code": "ExpiredToken"}, "the credentials have expired"),
    "throttled": ({"status": 503, "code": "SlowDown"}, "S3 asks to slow down"),
    "failing": ({"status": 500, "code": "InternalError"}, "S3 has an internal error"),
    "reset": ({"reset": True}, "the connection keeps breaking"),
}


# one of them at every request; the others share the requests out among them
@pytest.mark.parametrize(
    ("fault", "told", "first"),
    [(*each, number) for number, each in enumerate(REFUSALS.values(), 1)],
    ids=list(REFUSALS),
)
def test_s3_that_refuses_all_writes_from_any_one_on_leaves_no_lie_and_says_what_to_do(
    batch: Batch,
    broken: Broken,
    monkeypatch: pytest.MonkeyPatch,
    fake_s3_server: S3Server,
    fault: dict[str, Any],
    told: str,
    first: int,
) -> None:
    for point in range(first, MOST_REQUESTS, 1 if first == 1 else len(REFUSALS) - 1):
        batch.as_before()
        refusal = From(point, ("PUT", "POST", "DELETE"), **fault)
        broken(refusal)
        error = batch.run()
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake_s3_server.endpoint)
        if not refusal.was_reached:
            assert error is None
            assert point > 6
            batch.require_whole(batch.new)
            return
        if error is None:
            # the mark of a finished upload could not be removed, which is no reason to fail
            batch.require_honest()
            assert batch.outputs() == batch.new
            continue
        assert isinstance(error, TraktError)
        assert told in str(error)
        assert error.hint
        batch.require_honest(error.replaced)
    raise AssertionError("the run never gets through")


@pytest.mark.parametrize(
    "fault",
    [{"status": 503, "code": "SlowDown"}, {"status": 500, "code": "InternalError"}, {"reset": True}],
    ids=["throttled", "failing", "reset"],
)
def test_every_second_request_may_fail_once_and_nobody_notices(batch: Batch, broken: Broken, fault: Any) -> None:
    wire = broken(EverySecond(**fault), tries=4)
    assert batch.run() is None
    assert len(wire.seen) > 20
    batch.require_whole(batch.new)


def test_bodies_that_break_off_again_and_again_are_resumed(batch: Batch, broken: Broken) -> None:
    wire = broken(*(Fault("GET", "in/records.csv", after=size) for size in (0, 1, 1_000_000, 65_536, 3_000_000)))
    assert batch.run() is None
    assert len(wire.requests("GET", "in/records.csv")) == 6
    batch.require_whole(batch.new)


def test_a_body_that_comes_in_drips_is_waited_for(
    batch: Batch, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    threading.Timer(3, released.set).start()
    wire = broken(Fault("GET", "in/records.csv", after=100_000, silent=released))
    assert batch.run() is None
    assert released.is_set()
    assert len(wire.requests("GET", "in/records.csv")) > 1
    batch.require_whole(batch.new)


@pytest.mark.parametrize(("fault", "told"), REFUSALS.values(), ids=list(REFUSALS))
def test_s3_that_refuses_everything_from_any_request_on_is_told(
    batch: Batch,
    broken: Broken,
    monkeypatch: pytest.MonkeyPatch,
    fake_s3_server: S3Server,
    fault: dict[str, Any],
    told: str,
) -> None:
    for point in (1, 3):
        batch.as_before()
        broken(From(point, **fault))
        error = batch.run()
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake_s3_server.endpoint)
        assert isinstance(error, TraktError), f"request {point}"
        assert told in str(error), f"request {point}"
        assert error.hint
        batch.require_honest(error.replaced)
