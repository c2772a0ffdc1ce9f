"""A run of a partitioned output that is killed, stopped or refused at each point, and a next one of other partitions.

No manifest but that of the run before knows the files that lie there. So whatever happens, each of them is listed in the
manifest, and the next run leaves its own and no other.
"""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.fault_points import FaultPoints
from tests.fakes.s3_wire import Fault, Wire
from tests.functional.test_faults_at_every_point import MOST_POINTS, RUN
from tests.functional.test_faults_in_s3 import From
from trakt import LocalRunner, RunError, TraktError, load_pipeline_from_yaml
from trakt.engine.committed import manifest_at
from trakt.engine.verify import verify
from trakt.lineage import run_events
from trakt.report.report import write_report
from trakt.testing.s3_server import S3Bucket, S3Server, fresh_client

BEFORE, NEW, NEXT = "id,country\n1,AT\n2,DE\n3,IT\n", "id,country\n4,AT\n5,FR\n", "id,country\n6,FR\n7,GB\n"
COUNTRIES = {BEFORE: ("AT", "DE", "IT"), NEW: ("AT", "FR"), NEXT: ("FR", "GB")}
PIPELINE: dict[str, Any] = {
    "inputs": {"orders": "orders.csv"},
    "outputs": {
        "datasets": [
            {"name": "parted", "from": "orders", "partition_by": ["country"]},
            {"name": "whole", "from": "orders"},
        ]
    },
}
LEASE = "out/.manifest.json.trakt-lease"


def visible(rows: str) -> list[str]:
    """What lies there after a run of these rows, by names."""
    return sorted(["manifest.json", "whole.csv", *(f"parted/country={each}/part-0.csv" for each in COUNTRIES[rows])])


class OnDisk:
    """A folder with the outputs of a first run."""

    def __init__(self, project: Any) -> None:
        self.project, self.out = project, project.folder / "out"
        project.pipeline(**PIPELINE)
        project.write("orders.csv", BEFORE)
        assert project.run_cli("-q").returncode == 0
        self._before = project.folder / "before"
        shutil.copytree(self.out, self._before)

    def as_before(self) -> None:
        shutil.rmtree(self.out)
        shutil.copytree(self._before, self.out)
        self.project.write("orders.csv", NEW)

    def empty(self) -> None:
        shutil.rmtree(self.out)
        self.project.write("orders.csv", NEW)

    def names(self) -> list[str]:
        found = (str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file())
        return sorted(name for name in found if not Path(name).name.startswith("."))

    def parts(self) -> list[str]:
        return [name for name in self.names() if name.startswith("parted/")]

    def manifest(self) -> Any:
        return manifest_at(str(self.out / "manifest.json"))


class InS3(OnDisk):
    """The same below an `s3://` prefix."""

    def __init__(self, project: Any, bucket: S3Bucket) -> None:
        self.project, self.bucket = project, bucket
        project.pipeline(**PIPELINE)
        bucket.put("in/orders.csv", BEFORE)
        assert self.run() is None
        self._objects = {key: bucket.get(key) for key in bucket.all_keys() if key.startswith("out/")}

    @property
    def arguments(self) -> tuple[str, ...]:
        places = ("--input-dir", self.bucket.uri("in"), "--output-dir", self.bucket.uri("out"))
        return ("run", "--pipeline-file", "pipeline.yaml", *places, "-q")

    def run(self) -> TraktError | None:
        runner = LocalRunner(input_dir=self.bucket.uri("in"), output_dir=self.bucket.uri("out"))
        with fresh_client():
            try:
                runner.run(load_pipeline_from_yaml(self.project.file), force=True)
            except TraktError as error:
                return error
        return None

    def empty(self) -> None:
        for key in self.bucket.all_keys():
            if key.startswith("out/"):
                self.bucket.client.delete_object(Bucket=self.bucket.name, Key=key)
        self.bucket.put("in/orders.csv", NEW)

    def as_before(self) -> None:
        self.empty()
        for key, content in self._objects.items():
            self.bucket.put(key, content)

    def time_passes(self) -> None:
        """So much that the lease of a killed run is over."""
        if LEASE in self.bucket.all_keys():
            said = json.loads(self.bucket.get(LEASE))
            self.bucket.put(LEASE, json.dumps({**said, "until": said["since"].replace("20", "19", 1)}))

    def names(self) -> list[str]:
        below = [key.removeprefix("out/") for key in self.bucket.all_keys() if key.startswith("out/")]
        return sorted(name for name in below if not name.startswith("."))

    def manifest(self) -> Any:
        there = "out/manifest.json" in self.bucket.all_keys()
        return json.loads(self.bucket.get("out/manifest.json")) if there else None


def listed_parts(manifest: Any) -> list[str]:
    files = manifest["outputs"].get("parted", {}).get("files", ()) if manifest else ()
    return sorted(f"parted/{file['path'].rpartition('/parted/')[2]}" for file in files)


def require_known(place: OnDisk, when: str) -> None:
    """Each file is in the list, and a manifest that says success lists what is there."""
    manifest = place.manifest()
    known = listed_parts(manifest)
    assert set(place.parts()) <= set(known), f"{when}: files that no manifest lists"
    if manifest and manifest["status"] == "success":
        assert place.parts() == known, f"{when}: the manifest lies"


@pytest.fixture
def on_disk(project: Any) -> OnDisk:
    return OnDisk(project)


@pytest.fixture
def in_s3(project: Any, bucket: S3Bucket) -> InS3:
    return InS3(project, bucket)


@pytest.mark.parametrize("start", ["as_before", "empty"])
def test_after_a_kill_at_any_point_a_run_of_other_partitions_leaves_its_own_files_alone(
    on_disk: OnDisk, start: str
) -> None:
    seen = set()
    with FaultPoints(on_disk.project.folder) as points:
        for point in range(1, MOST_POINTS):
            getattr(on_disk, start)()
            ended = points.run(*RUN, action="kill", point=point)
            if ended.reached < point:
                assert ended.code == 0, ended.err
                assert on_disk.names() == visible(NEW)
                break
            assert ended.code == -signal.SIGKILL
            require_known(on_disk, f"killed at point {point}")
            seen.add((on_disk.manifest() or {"status": None})["status"])
            on_disk.project.write("orders.csv", NEXT)
            again = points.run(*RUN)
            assert again.code == 0, f"after a kill at point {point}: {again.err}"
            assert on_disk.names() == visible(NEXT), f"after a kill at point {point}"
        else:
            raise AssertionError("the run never gets through")
    assert seen == {"success" if start == "as_before" else None, "publishing"} | {"success"}


def test_after_a_kill_at_any_point_the_same_run_leaves_nothing_hidden_either(on_disk: OnDisk) -> None:
    with FaultPoints(on_disk.project.folder) as points:
        for point in range(1, MOST_POINTS):
            on_disk.as_before()
            if points.run(*RUN, action="kill", point=point).reached < point:
                break
            was_done = on_disk.manifest()["status"] == "success" and on_disk.names() == visible(NEW)
            # what is done already is skipped, and sweeps nothing
            assert points.run(*RUN, "--force").code == 0
            if was_done:
                # it was killed while it cleared up what it had taken away, which nobody lists any more
                assert points.run("clean", "out", "--older-than", "0s", "-q").code == 0
            everything = sorted(str(path.relative_to(on_disk.out)) for path in on_disk.out.rglob("*") if path.is_file())
            assert everything == visible(NEW), f"after a kill at point {point}"
        assert point > 20, "the points were not counted"


@pytest.mark.parametrize("action", ["terminate", "full", "broken"])
def test_a_run_that_is_stopped_at_any_point_puts_back_the_manifest_or_hands_on_its_list(
    on_disk: OnDisk, action: str
) -> None:
    with FaultPoints(on_disk.project.folder) as points:
        for point in range(1, MOST_POINTS):
            on_disk.as_before()
            ended = points.run(*RUN, action=action, point=point)
            if ended.reached < point:
                break
            require_known(on_disk, f"{action} at point {point}")
            manifest = on_disk.manifest()
            assert manifest["status"] != "publishing", f"{action} at point {point}: {ended.err}"
            assert on_disk.names() in (visible(BEFORE), visible(NEW)), f"{action} at point {point}: {ended.err}"
        assert point > 20, "the points were not counted"


@pytest.mark.parametrize("start", ["as_before", "empty"])
def test_after_a_kill_at_any_request_a_run_of_other_partitions_leaves_its_own_objects_alone(
    in_s3: InS3, start: str
) -> None:
    with FaultPoints(in_s3.project.folder) as points:
        for point in range(1, MOST_POINTS):
            getattr(in_s3, start)()
            ended = points.run(*in_s3.arguments, action="kill", point=point)
            if ended.reached < point:
                assert ended.code == 0, ended.err
                assert point > 6, "the requests were not counted"
                break
            require_known(in_s3, f"killed at request {point}")
            in_s3.time_passes()
            in_s3.bucket.put("in/orders.csv", NEXT)
            again = points.run(*in_s3.arguments)
            assert again.code == 0, f"after a kill at request {point}: {again.err}"
            assert in_s3.names() == visible(NEXT), f"after a kill at request {point}"


@pytest.fixture
def broken(fake_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Fault], Wire]]:
    wires: list[Wire] = []

    def lead(fault: Fault) -> Wire:
        wires.append(Wire(fake_s3_server, [fault]).__enter__())
        monkeypatch.setenv("AWS_ENDPOINT_URL", wires[-1].endpoint)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        return wires[-1]

    yield lead
    for wire in wires:
        wire.__exit__(None, None, None)


@pytest.mark.parametrize("versioned", [False, True])
@pytest.mark.parametrize("times", [1, 2, 10**6])
def test_after_s3_has_refused_writes_at_any_request_the_next_run_leaves_its_own_objects_alone(
    in_s3: InS3,
    broken: Callable[[Fault], Wire],
    monkeypatch: pytest.MonkeyPatch,
    fake_s3_server: S3Server,
    times: int,
    versioned: bool,
) -> None:
    if versioned:
        enabled = {"Status": "Enabled"}
        in_s3.bucket.client.put_bucket_versioning(Bucket=in_s3.bucket.name, VersioningConfiguration=enabled)
    for point in range(1, MOST_POINTS):
        in_s3.as_before()
        refusal = Refused(point, times)
        broken(refusal)
        error = in_s3.run()
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake_s3_server.endpoint)
        require_known(in_s3, f"refused at request {point}: {error}")
        if not refusal.was_reached:
            assert error is None
            assert point > 6, "the requests were not counted"
            break
        in_s3.time_passes()
        in_s3.bucket.put("in/orders.csv", NEXT)
        assert in_s3.run() is None, f"after a refusal of request {point}"
        assert in_s3.names() == visible(NEXT), f"after a refusal of request {point}"


class Refused(From):
    """Some requests that would change something, from the n-th on."""

    def __init__(self, point: int, many: int) -> None:
        super().__init__(point, ("PUT", "POST", "DELETE"), status=403, code="AccessDenied")
        self._many = many

    def fits(self, method: str, path: str) -> bool:
        if not super().fits(method, path) or not self._many:
            return False
        self._many -= 1
        return True


@pytest.fixture
def killed(on_disk: OnDisk) -> OnDisk:
    """A run was killed when it had begun to publish."""
    with FaultPoints(on_disk.project.folder) as points:
        for point in range(1, MOST_POINTS):
            on_disk.as_before()
            points.run(*RUN, action="kill", point=point)
            if on_disk.manifest()["status"] == "publishing":
                return on_disk
    raise AssertionError("it never publishes")


def test_what_a_killed_publication_leaves_is_taken_for_done_by_nobody(
    killed: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(killed.project.folder)
    uri, manifest = str(killed.out / "manifest.json"), killed.manifest()
    with pytest.raises(RunError, match="publishes its outputs now, or was killed while it did"):
        verify(uri, ["output"], lambda checked: None)
    assert not verify(uri, ["input"], lambda checked: None).faults
    assert [str(event.eventType.value) for event in run_events(manifest)] == ["START"]
    report = write_report([uri], str(killed.project.folder / "report.html"))
    assert "was killed while it did" in Path(report.uri).read_text("utf-8")
    assert manifest["drift"]["baseline"]["inputs"]["orders"]["rows"] == 3
