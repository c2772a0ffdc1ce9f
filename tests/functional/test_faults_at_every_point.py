"""A run that is killed, stopped or out of disk at each point where it changes something, one point after the other.

Whatever happens: every output is the old one or the new one in full, a manifest that says success is true of what lies
beside it, the message says what to do, and the next run succeeds and leaves nothing but its outputs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.fault_points import Ended, FaultPoints

OUTPUTS = ("a.csv", "sub/b.csv", "rejected.jsonl")
RUN = ("run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out", "-q")
STEP = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": (frame.assign(twice=frame["id"] * 2) for frame in input)}
"""
NEW = "id\n" + "".join(f"{number}\n" for number in range(1, 7)) + "1,2,3\n"
MOST_POINTS = 100


class Delivery:
    """A pipeline with two outputs that share a stream, and a folder with those of the batch before."""

    def __init__(self, project: Any) -> None:
        self.project = project
        project.step("work", STEP)
        project.pipeline(
            inputs={"records": {"uri": "records.csv", "on_bad_rows": "quarantine"}},
            steps=[
                {"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked"}},
                {
                    "id": "once",
                    "uses": "trakt.steps.dedupe",
                    "with": {
                        "input": "worked",
                        "policy": {"const": {"keys": ["id"], "winner": "first"}},
                        "output": "once",
                    },
                },
            ],
            outputs={
                "datasets": [
                    {"name": "a", "from": "once"},
                    {"name": "b", "from": "records", "uri": "sub/b.csv"},
                ]
            },
            execution={"mode": "stream", "chunk_rows": 2},
        )
        self.out = project.folder / "out"
        self._before = project.folder / "before"
        self.new = self._made(NEW)
        shutil.rmtree(self.out)
        self.old = self._made("id\n7\n8,old\n")
        shutil.copytree(self.out, self._before)
        project.write("records.csv", NEW)

    def _made(self, rows: str) -> dict[str, bytes]:
        self.project.write("records.csv", rows)
        done = self.project.run_cli("-q")
        assert done.returncode == 0, done.stderr
        return self.outputs()

    def as_before(self) -> None:
        """Put back what lay there before the batch."""
        shutil.rmtree(self.out)
        shutil.copytree(self._before, self.out)

    def outputs(self) -> dict[str, bytes]:
        return {name: (self.out / name).read_bytes() for name in OUTPUTS}

    def manifest(self) -> dict[str, Any] | None:
        path = self.out / "manifest.json"
        return json.loads(path.read_bytes()) if path.exists() else None

    def names(self) -> list[str]:
        return sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file())

    def leftovers(self) -> list[str]:
        return [name for name in self.names() if Path(name).name.startswith(".")]

    def require_honest(self) -> None:
        """No output is half of one, and a manifest is true."""
        found, manifest = self.outputs(), self.manifest()
        for name, content in found.items():
            assert content in (self.old[name], self.new[name]), f"{name} is neither the old nor the new one"
        if manifest and manifest["status"] == "success":
            entries = [*manifest["outputs"].values(), manifest["rejected"]]
            told = {Path(entry["path"]).name: entry["sha256"] for entry in entries}
            there = {Path(name).name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
            assert told == there, "the manifest tells of other outputs than those beside it"
        elif manifest:
            assert found == self.old, "the manifest says that the run failed, and there are outputs of it"

    def require_whole(self, made: dict[str, bytes]) -> None:
        """All is there, and nothing else."""
        self.require_honest()
        assert self.outputs() == made
        assert self.names() == sorted([*OUTPUTS, "manifest.json"])


@pytest.fixture
def delivery(project: Any) -> Delivery:
    return Delivery(project)


@pytest.fixture
def points(delivery: Delivery) -> Iterator[FaultPoints]:
    with FaultPoints(delivery.project.folder) as points:
        yield points


def each_point(delivery: Delivery, points: FaultPoints, action: str) -> Iterator[tuple[int, Ended]]:
    """A run with `action` at point 1, 2, 3 and so on, until one gets through without coming to that point."""
    for point in range(1, MOST_POINTS):
        delivery.as_before()
        ended = points.run(*RUN, action=action, point=point)
        assert "Traceback" not in ended.err
        assert "bug in Trakt" not in ended.err
        if ended.reached < point:
            assert ended.code == 0, ended.err
            assert point > 20, "the points were not counted"
            delivery.require_whole(delivery.new)
            return
        yield point, ended
    raise AssertionError("the run never gets through")


def test_kill_9_at_every_point_leaves_no_lie_and_nothing_that_the_next_run_does_not_clear(
    delivery: Delivery, points: FaultPoints
) -> None:
    without_manifest = []
    for point, ended in each_point(delivery, points, "kill"):
        assert ended.code == -signal.SIGKILL
        delivery.require_honest()
        if delivery.manifest() is None:
            without_manifest.append(point)
        else:
            assert delivery.outputs() in (delivery.old, delivery.new)
        again = points.run(*RUN)
        assert again.code == 0, f"after a kill at point {point}: {again.err}"
        delivery.require_honest()
        if delivery.leftovers():
            # it was killed when all was done: the next run had nothing to do but to say so
            assert "skipped" in again.out
            assert points.run(*RUN, "--force").code == 0
        delivery.require_whole(delivery.new)
    # only while it publishes, and in one piece
    assert without_manifest
    assert without_manifest == list(range(without_manifest[0], without_manifest[-1] + 1))


def test_a_signal_at_every_point_leaves_all_of_the_old_or_all_of_the_new(
    delivery: Delivery, points: FaultPoints
) -> None:
    for point, ended in each_point(delivery, points, "terminate"):
        manifest = delivery.manifest()
        assert manifest, f"there is no manifest after a signal at point {point}: {ended.err}"
        committed = manifest["status"] == "success" and delivery.outputs() == delivery.new
        delivery.require_whole(delivery.new if committed else delivery.old)
        assert ended.code == 143 or (committed and ended.code == 0), f"point {point}: {ended}"
        assert ("previous outputs are as they were" in ended.err) == (not committed), f"point {point}: {ended.err}"


@pytest.mark.parametrize(("action", "told"), [("full", "no space left on device"), ("broken", "input/output error")])
def test_a_disk_that_is_full_from_any_point_on_or_fails_at_one_leaves_the_old_outputs(
    delivery: Delivery, points: FaultPoints, action: str, told: str
) -> None:
    for point, ended in each_point(delivery, points, action):
        delivery.require_honest()
        if ended.code == 0:
            # it failed where a run clears up; its outputs are out
            assert delivery.outputs() == delivery.new
            continue
        assert ended.code == 1
        assert told in ended.err, f"point {point}: {ended.err}"
        assert "->" in ended.err
        delivery.require_whole(delivery.old)
    assert points.run(*RUN).code == 0
    delivery.require_whole(delivery.new)
