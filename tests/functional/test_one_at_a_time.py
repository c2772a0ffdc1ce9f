"""Of many runs of one batch, one is admitted at a time; the others are told, and leave everything as it is."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from trakt import BusyError, InputError
from trakt.engine import run as engine
from trakt.storage import local, s3

WAIT = """\
@step_contract(inputs=["input"], outputs=["output"])
def run(ctx, input):
    import time
    open(f"arrived-{ctx.run_id}", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    return {"output": input}
"""


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, project: Any) -> Any:
    """A pipeline whose step waits for the file `go`, and where its outputs go."""
    project.step("wait", WAIT)
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "wait", "uses": "steps.wait", "with": {"input": "records", "output": "waited"}}],
        outputs={"records": "waited"},
    )
    bucket = request.getfixturevalue("bucket") if request.param == "s3" else None
    return project, bucket.uri("out") if bucket else str(project.folder / "out")


def command(place: Any, *more: str) -> list[str]:
    return ["run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", place[1], *more]


def waiting_run(place: Any, run_id: str = "first") -> Any:
    process = place[0].spawn(*command(place, "--run-id", run_id))
    limit = time.monotonic() + 60
    while not (place[0].folder / f"arrived-{run_id}").exists():
        assert time.monotonic() < limit
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


def storage(place: Any) -> Any:
    return s3 if place[1].startswith("s3://") else local


def read(place: Any, name: str) -> Any:
    content = storage(place).start_of(f"{place[1]}/{name}", 1 << 20)
    return content and json.loads(content)


def test_who_comes_second_is_told_and_is_skipped_when_it_comes_again(place: Any) -> None:
    project = place[0]
    first = waiting_run(place)
    second = project.cli(*command(place))
    assert second.returncode == 1
    told = json.loads(second.stdout)
    assert told["error"]["type"] == "BusyError"
    assert told["error"]["message"].startswith(f"{place[1]}/manifest.json: another run works on this batch: run first ")
    assert told["manifest_path"] is None
    assert "previous outputs are as they were" in second.stderr
    assert read(place, "manifest.json") is None
    (project.folder / "go").touch()
    first.communicate(timeout=60)
    assert first.returncode == 0
    again = project.cli(*command(place))
    assert (json.loads(again.stdout)["status"], json.loads(again.stdout)["run_id"]) == ("skipped", "first")


def test_of_many_processes_at_once_one_runs_and_all_end_with_its_outputs(place: Any) -> None:
    project = place[0]
    processes = [project.spawn(*command(place, "--run-id", f"r{number}")) for number in range(6)]
    limit = time.monotonic() + 60
    while len(over := [each for each in processes if each.poll() is not None]) < 5:
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert [each.returncode for each in over] == [1] * 5
    (project.folder / "go").touch()
    told = [json.loads(each.communicate(timeout=60)[0]) for each in processes]
    (winner,) = [each for each in told if each["status"] == "success"]
    assert {each["error"]["type"] for each in told if each is not winner} == {"BusyError"}
    assert read(place, "manifest.json")["run_id"] == winner["run_id"]


def test_a_run_that_fails_frees_the_place_and_has_left_its_record(place: Any) -> None:
    project = place[0]
    project.step("wait", WAIT.replace("return", "raise ValueError('no')\n    return"))
    (project.folder / "go").touch()
    for run_id in ("first", "second"):
        assert project.cli(*command(place, "--run-id", run_id)).returncode == 1
        assert read(place, "manifest.json")["run_id"] == run_id
    assert read(place, ".manifest.json.trakt-lease") is None


def test_a_run_that_was_ended_by_a_signal_frees_the_place(place: Any) -> None:
    first = waiting_run(place)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    assert first.returncode == 143
    assert read(place, ".manifest.json.trakt-lease") is None
    (place[0].folder / "go").touch()
    assert place[0].cli(*command(place)).returncode == 0


def test_a_killed_run_on_a_disk_frees_the_place_at_once(project: Any) -> None:
    project.step(
        "die",
        "def run(ctx, input):\n    if ctx.batch_id == 'die':\n        os.kill(os.getpid(), 9)\n    return input\n",
    )
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "die", "uses": "steps.die", "with": {"input": "records", "output": "o"}}],
        outputs={"records": "o"},
    )
    assert project.run_cli("--batch-id", "die").returncode == -signal.SIGKILL
    assert os.listdir(project.folder / "out").count(".manifest.json.trakt-lease") == 1
    assert project.run_cli("--batch-id", "live").returncode == 0
    assert sorted(os.listdir(project.folder / "out")) == ["manifest.json", "records.csv"]


def passing(project: Any) -> Any:
    project.passthrough("id\n1\n")
    return project


def test_a_run_that_lost_its_lease_publishes_nothing_and_writes_no_record(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = passing(project).good(out="out", run_id="old")
    real = engine.StepRuns.finish

    def finished(*given: Any) -> None:
        (project.folder / "out" / ".manifest.json.trakt-lease").unlink(missing_ok=True)
        real(*given)

    monkeypatch.setattr(engine.StepRuns, "finish", finished)
    project.write("records.csv", "id\n2\n")
    done = project.bad(BusyError, out="out", run_id="new")
    assert "somebody has removed .manifest.json.trakt-lease" in done.told
    assert "nothing was published" in done.told
    assert (done.error.run_id, done.error.manifest_path) == ("new", None)
    assert done.manifest == old.manifest
    assert done.bytes() == b"id\n1\n"
    assert project.leftovers() == []


def test_a_run_whose_inputs_are_missing_leaves_the_record_of_the_one_that_works(
    project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    passing(project)
    (project.folder / "in" / "records.csv").unlink()
    with local.lease(str(project.folder / "out" / "manifest.json"), "first"):
        done = project.bad(InputError, out="out")
    assert done.error.manifest_path is None
    assert not (project.folder / "out" / "manifest.json").exists()
    assert "the manifest of the failed run could not be written" in caplog.text
    assert "another run works on this batch: run first" in caplog.text


def test_batches_of_their_own_places_do_not_wait_for_each_other(project: Any) -> None:
    passing(project)
    with local.lease(str(project.folder / "out" / "b1" / "manifest.json"), "first"):
        assert project.good(out="out/b2").result["status"] == "success"


def test_planning_needs_no_place(project: Any) -> None:
    passing(project)
    with local.lease(str(project.folder / "out" / "manifest.json"), "first"):
        arguments = ["plan", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out"]
        assert project.cli(*arguments).returncode == 0


def test_where_nothing_can_be_held_the_manifest_says_so(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.storage.lease import Unheld

    monkeypatch.setattr(local, "lease", lambda *_: Unheld("nothing can be held here"))
    done = passing(project).good(out="out")
    assert done.events["warning.no_lease"] == {"message": "nothing can be held here"}


def test_a_busy_batch_goes_back_to_its_queue(function: Any, bucket: Any) -> None:
    from tests.fakes.lambda_function import FOLDER, IDS, failures, message

    event = {"Records": [message(1, IDS)]}
    with s3.lease(bucket.uri(f"clean/{FOLDER}manifest.json"), "elsewhere"):
        assert failures(function.invoke(event)) == ["m1"]
        assert isinstance(function.refused(IDS), BusyError)
    assert failures(function.invoke(event)) == []
    assert not [key for key in bucket.all_keys() if Path(key).name.startswith(".")]
