"""A step that takes more memory than there is, and a deadline that comes at any moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trakt import DeadlineError, RunRequest, StepError, load_pipeline_from_yaml
from trakt.engine.limits import Allowance
from trakt.engine.run import run

ROWS = "id\n" + "".join(f"{number}\n" for number in range(1, 7))
OLD = b"the good old output\n"
STEP = """\
import resource

@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": (on(frame) for frame in input) if ctx.mode == "stream" else on(input)}

def on(frame):
"""


@pytest.fixture
def step(project: Any) -> Any:
    """A pipeline of one step whose body is given."""

    def of(body: str, mode: str = "stream") -> Any:
        project.step("work", STEP + "".join(f"    {line}\n" for line in body.splitlines()))
        project.write("records.csv", ROWS)
        project.pipeline(
            inputs={"records": "records.csv"},
            steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked"}}],
            outputs={"records": "worked"},
            execution={"mode": mode, "chunk_rows": 2},
        )
        (project.folder / "out").mkdir(exist_ok=True)
        (project.folder / "out" / "records.csv").write_bytes(OLD)
        return project

    return of


def assert_untouched(project: Any, status: str = "failed") -> None:
    out = project.folder / "out"
    assert (out / "records.csv").read_bytes() == OLD
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "records.csv"]
    assert json.loads((out / "manifest.json").read_bytes())["status"] == status


@pytest.mark.parametrize("raised", ["MemoryError", "np.zeros(1 << 50)"])
def test_a_step_without_memory_is_told_what_to_do(step: Any, mode: str, raised: str) -> None:
    project = step(f"import numpy as np\nraise {raised}" if "Error" in raised else f"import numpy as np\n{raised}")
    error = project.bad(StepError, mode, out="out").error
    assert "stream mode" in error.hint
    assert "MemoryError" in str(error)
    assert_untouched(project)


TAKE_ALL = """\
now = int(open('/proc/self/statm').read().split()[0]) * os.sysconf('SC_PAGE_SIZE')
resource.setrlimit(resource.RLIMIT_AS, (now + (200 << 20), now + (200 << 20)))
kept = []
while True: kept.append(bytes(1 << 20))
"""


def test_a_process_whose_memory_is_used_up_leaves_its_record_and_the_old_output(step: Any, mode: str) -> None:
    project = step(TAKE_ALL, mode)
    done = project.run_cli()
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "there is not enough memory" in done.stderr
    assert "stream mode" in done.stderr
    assert_untouched(project)
    step("return frame", mode)
    assert project.run_cli().returncode == 0
    assert (project.folder / "out" / "records.csv").read_text() == ROWS


def test_a_deadline_at_any_look_at_the_clock_publishes_nothing_and_says_so(
    step: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = step("return frame", mode)
    request = RunRequest(
        pipeline=load_pipeline_from_yaml(project.file),
        input_dir=str(project.folder / "in"),
        output_dir=str(project.folder / "out"),
    )
    looks = 0
    for last in range(1, 100):
        looks = 0

        def look(allowance: Allowance, last: int = last) -> None:
            nonlocal looks
            looks += 1
            if looks >= last:
                raise DeadlineError("stopped", hint="give it more time")

        monkeypatch.setattr(Allowance, "check_time", look)
        try:
            run(request)
        except DeadlineError:
            assert_untouched(project, "timed_out")
        else:
            break
    assert looks >= 3
    assert (project.folder / "out" / "records.csv").read_text() == ROWS


FULL = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
from trakt.cli import main
sys.exit(main(["run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out", "-q"]))
"""
FEW = """\
@step_contract(inputs=["inputs"], outputs=["output"], supports_stream=True)
def run(ctx, inputs):
    return {"output": (frame.head(1) for frames in inputs for frame in frames)}
"""
DEDUPE = {"input": "records", "policy": {"const": {"keys": ["id"], "winner": "first"}}, "output": "once"}


@pytest.mark.parametrize(
    ("first", "inputs", "bad", "told", "hint"),
    [
        ([{"id": "once", "uses": "trakt.steps.dedupe", "with": DEDUPE}], ["once"], "", "keys seen so far", "SQLITE_TMPDIR"),
        ([], ["records", "records"], "", "a stream with several readers cannot be kept", "TMPDIR"),
        ([], ["records"], ",2", "rejected rows cannot be kept", "TMPDIR"),
    ],
    ids=["keys", "a shared stream", "rejected rows"],
)  # fmt: skip
def test_a_temporary_folder_without_room_is_told_and_leaves_the_old_output(
    project: Any, first: list[Any], inputs: list[str], bad: str, told: str, hint: str
) -> None:
    project.step("few", FEW)
    project.write(
        "records.csv", "id\n" + "".join(f"{number:030}{bad if number % 2 else ''}\n" for number in range(400_000))
    )
    few = {"id": "few", "uses": "steps.few", "with": {"inputs": inputs, "output": "few"}}
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": {"id": "string"}, "on_bad_rows": "quarantine"}},
        steps=[*first, few],
        outputs={"records": "few"},
        execution={"mode": "stream", "chunk_rows": 50_000},
    )
    (project.folder / "out").mkdir()
    (project.folder / "out" / "records.csv").write_bytes(OLD)
    # no file may grow over 1 MiB: the nearest thing to a full disk that needs no disk
    (project.folder / "full.py").write_text(FULL)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "full.py"],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert told in done.stderr
    assert hint in done.stderr
    assert_untouched(project)
