"""Whatever happens to a run: old outputs stay whole, no leftovers, and the manifest says what happened."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from trakt import OutputError, PipelineError, QualityError, StepError

STEP = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": work([input], ctx) if ctx.mode == "batch" else work(input, ctx)}

def work(frames, ctx):
    return on(pd.concat(list(frames))) if ctx.mode == "batch" else (on(frame) for frame in frames)

def on(frame):
"""
ROWS = "id\n" + "".join(f"{number}\n" for number in range(1, 7))
OLD = b"the good old output\n"


@pytest.fixture
def pipe(project: Any) -> Any:
    """A pipeline of one step whose body is given, over six rows; run in chunks of two, chunk 3 has ids 5 and 6."""

    def of(body: str, **execution: Any) -> Any:
        project.step("work", STEP + "".join(f"    {line}\n" for line in body.splitlines()))
        project.write("records.csv", ROWS)
        project.pipeline(
            inputs={"records": "records.csv"},
            steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked"}}],
            outputs={"records": "worked"},
            execution={"mode": "stream", "chunk_rows": 2, **execution},
        )
        (project.folder / "out").mkdir(exist_ok=True)
        (project.folder / "out" / "records.csv").write_bytes(OLD)
        return project

    return of


def in_third(action: str) -> str:
    return f"if (frame['id'] == 5).any():\n    {action}\nreturn frame"


def manifest_of(project: Any) -> dict[str, Any]:
    return dict(json.loads((project.folder / "out" / "manifest.json").read_bytes()))


def assert_untouched(project: Any) -> None:
    out = project.folder / "out"
    assert (out / "records.csv").read_bytes() == OLD
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "records.csv"]


def test_a_step_that_fails_in_chunk_3_leaves_the_old_output_and_says_where(pipe: Any) -> None:
    project = pipe(in_third("raise ValueError('no fives')"))
    done = project.bad(StepError, out="out")
    assert_untouched(project)
    assert done.manifest["status"] == "failed"
    error = done.manifest["error"]
    assert (error["type"], error["step_id"], error["chunk"]) == ("ValueError", "work", 3)
    assert "no fives" in error["message"]
    assert "steps/work.py:" in error["message"]
    assert done.error.manifest_path == str(done.out / "manifest.json")  # type: ignore[union-attr]
    (step,) = done.manifest["steps"]
    assert step["status"] == "failed"
    assert (step["rows_in"], step["rows_out"]) == (6, 4)


def test_a_step_that_fails_in_batch_mode_says_which(pipe: Any) -> None:
    project = pipe(in_third("raise ValueError('no fives')"))
    error = project.bad(StepError, "batch", out="out").manifest["error"]
    assert_untouched(project)
    assert (error["step_id"], error["chunk"]) == ("work", None)


def test_an_interrupt_aborts_and_says_failed(pipe: Any, mode: str) -> None:
    project = pipe(in_third("raise KeyboardInterrupt"))
    done = project.bad(KeyboardInterrupt, mode, out="out")
    assert_untouched(project)
    assert done.manifest["status"] == "failed"
    assert done.manifest["error"]["type"] == "KeyboardInterrupt"


def test_kill_9_while_writing_leaves_the_old_output_and_the_next_run_cleans_up(pipe: Any) -> None:
    project = pipe(in_third("os.kill(os.getpid(), 9)"))
    assert project.run_cli().returncode == -signal.SIGKILL
    assert (project.folder / "out" / "records.csv").read_bytes() == OLD
    assert not (project.folder / "out" / "manifest.json").exists()
    assert project.leftovers(), "the killed run leaves a hidden part"
    pipe("return frame")
    done = project.run_cli()
    assert done.returncode == 0, done.stderr
    assert (project.folder / "out" / "records.csv").read_text() == ROWS
    assert project.leftovers() == []


def started(project: Any, **more: Any) -> subprocess.Popen[str]:
    """A run that has arrived in its third chunk and waits there."""
    arguments = ("run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out")
    process: subprocess.Popen[str] = project.spawn(*arguments, **more)
    limit = time.monotonic() + 60
    while not (project.folder / "arrived").exists():
        assert time.monotonic() < limit
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


WAIT = "open('arrived', 'w').close(); import time; time.sleep(60)"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_aborts_the_run_and_the_manifest_says_so(pipe: Any, sent: signal.Signals, code: int) -> None:
    project = pipe(in_third(WAIT))
    process = started(project)
    process.send_signal(sent)
    _, told = process.communicate(timeout=120)
    assert process.returncode == code
    assert "Traceback" not in told
    assert_untouched(project)
    assert manifest_of(project)["status"] == "failed"


def test_a_living_run_keeps_its_part_while_another_run_of_the_same_output_finishes(pipe: Any) -> None:
    project = pipe(in_third(WAIT))
    process = started(project)
    try:
        (mine,) = [path for path in project.leftovers() if "records" in path]
        pipe("return frame")
        # of another manifest; one of the same would not be admitted
        assert project.run_cli("--manifest-path", "other.json").returncode == 0
        assert Path(mine).exists()
    finally:
        process.kill()
        process.communicate()
    assert (project.folder / "out" / "records.csv").read_text() == ROWS


def test_a_failing_quality_gate_publishes_nothing(project: Any, mode: str) -> None:
    project.write("records.csv", ROWS)
    gate = {"input": "records", "policy": {"const": {"row_count_max": 5}}, "output": "checked"}
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "gate", "uses": "trakt.steps.quality_gate", "with": gate}],
        outputs={"datasets": [{"name": "checked", "from": "checked"}, {"name": "raw", "from": "records"}]},
    )
    done = project.bad(QualityError, mode, 2)
    assert [path.name for path in done.out.iterdir()] == ["manifest.json"]
    assert done.manifest["error"]["step_id"] == "gate"


def test_an_output_of_unknown_kind_is_found_before_anything_is_written(project: Any) -> None:
    project.write("records.csv", ROWS)
    datasets = [{"name": "a", "from": "records"}, {"name": "b", "from": "records", "kind": "cvs"}]
    project.pipeline(inputs={"records": "records.csv"}, outputs={"datasets": datasets})
    done = project.bad(PipelineError)
    assert "cvs" in done.told
    assert "did you mean 'csv'?" in done.told
    assert not done.out.exists()


def two_outputs(project: Any, body: str) -> None:
    project.step("work", STEP + f"    {body}\n    return frame\n")
    project.write("records.csv", ROWS)
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked"}}],
        outputs={"datasets": [{"name": "a", "from": "worked"}, {"name": "b", "from": "records"}]},
    )


def test_when_the_second_output_cannot_be_published_the_first_stays_old_as_well(project: Any, mode: str) -> None:
    out = project.folder / "out"
    out.mkdir()
    (out / "a.csv").write_bytes(OLD)
    two_outputs(project, f"os.makedirs({str(out / 'b.csv')!r}, exist_ok=True)")
    done = project.bad(OutputError, mode, out="out")
    assert "b.csv" in done.told
    assert (out / "a.csv").read_bytes() == OLD
    assert project.leftovers() == []
    assert done.manifest["status"] == "failed"


def test_an_output_folder_that_cannot_be_made_is_told(project: Any, mode: str) -> None:
    project.passthrough(ROWS)
    (project.folder / "file").write_text("x")
    done = project.bad(OutputError, mode, out="file/below")
    assert "file/below" in done.told
    assert (project.folder / "file").read_text() == "x"


def test_an_output_that_is_a_folder_is_told(project: Any, mode: str) -> None:
    project.passthrough(ROWS)
    (project.folder / "out" / "records.csv").mkdir(parents=True)
    assert "directory" in project.bad(OutputError, mode, out="out").told
    assert project.leftovers() == []


def test_a_full_disk_is_told_and_leaves_the_old_output(project: Any) -> None:
    project.passthrough("id\n" + "123456789\n" * 300_000, schema={"id": "string"})
    (project.folder / "out").mkdir()
    (project.folder / "out" / "records.csv").write_bytes(OLD)
    # a process may write no file over 1 MiB: the nearest thing to a full disk that needs no disk
    limits = "import resource, runpy, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limits += (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\nfrom trakt.cli import main\nsys.exit(main())"
    )
    (project.folder / "limited.py").write_text(limits)
    import os
    import sys

    arguments = ["run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "limited.py", *arguments]
    done = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "output 'records'" in done.stderr or "records.csv" in done.stderr
    assert_untouched(project)
    assert manifest_of(project)["error"]["type"] == "OutputError"


def test_an_old_manifest_does_not_vouch_for_outputs_of_a_killed_run(pipe: Any) -> None:
    project = pipe("return frame")
    assert project.run_cli().returncode == 0
    first = manifest_of(project)
    pipe(in_third("os.kill(os.getpid(), 9)"))
    (project.folder / "out" / "records.csv").write_text(ROWS)
    project.run_cli()
    assert manifest_of(project) == first
    assert (project.folder / "out" / "records.csv").read_text() == ROWS
