"""`python -m trakt` as a process: exit codes, stdout for programs, stderr for people, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NOISY = """\
import sys
print("imported")

@step_contract(inputs=["input", "factor"], outputs=["output"], supports_stream=True)
def run(ctx, input, factor):
    print("running")
    os.write(1, b"")
    sys.stdout.write("more\\n")
    work = lambda frame: print("chunk") or frame.assign(n=frame["n"] * factor)
    return {"output": work(input) if ctx.mode == "batch" else map(work, input)}
"""


@pytest.fixture
def noisy(project: Any) -> Any:
    project.step("work", NOISY)
    project.write("records.csv", "id,n\n1,5\n2,6\n")
    bound = {"input": "records", "factor": 2, "output": "worked"}
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "work", "uses": "steps.work", "with": bound}],
        outputs={"worked": "worked"},
    )
    return project


def test_the_result_on_stdout_is_json_whatever_a_step_prints(noisy: Any) -> None:
    done = noisy.run_cli("--client-id", "acme", "--batch-id", "2026-02-05", "--run-id", "r1", "--pipeline-version", "3")
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert (result["status"], result["run_id"]) == ("success", "r1")
    for word in ("imported", "running", "more", "chunk"):
        assert word in done.stderr
    manifest = json.loads((noisy.folder / result["manifest_path"]).read_bytes())
    assert (manifest["client_id"], manifest["batch_id"], manifest["pipeline"]["version"]) == ("acme", "2026-02-05", "3")


def test_options_of_the_command_line_reach_the_run(noisy: Any) -> None:
    noisy.write("other.csv", "id,n\n9,1\n")
    done = noisy.run_cli(
        "--input",
        "records=other.csv",
        "--param",
        "work.factor=7",
        "--manifest-path",
        "m.json",
        "--stream-chunk-size",
        "1",
    )
    assert done.returncode == 0, done.stderr
    assert (noisy.folder / "out" / "worked.csv").read_text() == "id,n\n9,7\n"
    assert json.loads((noisy.folder / "m.json").read_bytes())["params"] == {"work.factor": 7}


def test_run_local_is_the_same_as_trakt_run(noisy: Any) -> None:
    command = [sys.executable, "-m", "trakt.run_local", "--pipeline-file", "pipeline.yaml", "--input-dir", "in"]
    done = subprocess.run(
        command,
        cwd=noisy.folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "success"


def test_a_failed_run_exits_with_1_and_a_failed_result(noisy: Any) -> None:
    noisy.write("records.csv", "id,n\n1,5,extra\n")
    done = noisy.run_cli()
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "records.csv:2" in done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "failed"


def edited(old: str, new: str) -> Any:
    def edit(project: Any) -> None:
        text = project.file.read_text()
        assert old in text
        project.file.write_text(text.replace(old, new))

    return edit


MISTAKES = {
    "a param without a value": (None, ["--param", "work.factor"], 2),
    "a param without a step": (None, ["--param", "factor=3"], 2),
    "a param of no step": (None, ["--param", "wrok.factor=3"], 2),
    "a pipeline file that is not there": (lambda project: project.file.unlink(), [], 2),
    "a pipeline file that is a folder": (lambda project: (project.file.unlink(), project.file.mkdir()), [], 2),
    "a pipeline file that is no YAML": (lambda project: project.file.write_text("a: [b"), [], 2),
    "a pipeline file that is binary": (lambda project: project.file.write_bytes(b"\x80\x00\xff"), [], 2),
    "an empty pipeline file": (lambda project: project.file.write_text(""), [], 2),
    "an unknown key": (edited("inputs:", "inputz:"), [], 2),
    "an unknown mode": (edited("inputs:", "execution: {mode: strem}\ninputs:"), [], 2),
    "an unknown kind": (edited("records: records.csv", "records: {uri: records.csv, kind: cvs}"), [], 2),
    "an output of nothing": (edited("worked: worked", "worked: wroked"), [], 2),
    "an unknown option": (None, ["--stream-chunk-sise", "5"], 2),
    "a chunk of no rows": (None, ["--stream-chunk-size", "0"], 2),
    "an override of no input": (None, ["--input", "recods=x.csv"], 2),
    "an override without a path": (None, ["--input", "records"], 2),
    "an override that is not there": (None, ["--input", "records=nothing.csv"], 1),
    "a step that is not there": (edited("steps.work", "steps.wrok"), [], 2),
    "a step that cannot be imported": (lambda project: project.step("work", "import nothing_like_it"), [], 2),
    "a step with a syntax error": (lambda project: project.step("work", "def run(:"), [], 2),
    "a step that exits": (lambda project: project.step("work", "import sys\ndef run(ctx, input, factor):\n    sys.exit(0)"), [], 1),
    "a step without run": (lambda project: project.step("work", "x = 1"), [], 2),
    "a step that returns nothing": (lambda project: project.step("work", "def run(ctx, input, factor):\n    pass"), [], 1),
    "an input folder that is not there": (None, ["--input-dir", "nowhere"], 1),
    "an output folder below a file": (None, ["--output-dir", "pipeline.yaml/out"], 1),
    "a manifest below a file": (None, ["--manifest-path", "pipeline.yaml/m.json"], 1),
    "an input on a storage nobody knows": (None, ["--input", "records=s3://bucket/key.csv"], 1),
    "an output on a storage nobody knows": (None, ["--output-dir", "s3://bucket/out"], 1),
    "a manifest on a storage nobody knows": (None, ["--manifest-path", "s3://bucket/m.json"], 1),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_words_with_its_exit_code(noisy: Any, mistake: str) -> None:
    edit, arguments, code = MISTAKES[mistake]
    if edit:
        edit(noisy)
    done = noisy.run_cli(*arguments)
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr.lower()
    assert done.returncode == code, done.stderr
    assert done.stderr.strip()
    assert not (noisy.folder / "out" / "worked.csv").exists()
    assert noisy.leftovers() == []


def test_plan_reads_no_data_and_writes_nothing(noisy: Any) -> None:
    noisy.write("records.csv", content := b"\xff\xff not a table")
    places = ("--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out")
    done = noisy.cli("plan", *places)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["inputs"]["records"]["files"][0]["bytes"] == len(content)
    assert not (noisy.folder / "out").exists()


def test_lenient_lets_unknown_keys_pass(noisy: Any) -> None:
    edited("inputs:", "colour: blue\ninputs:")(noisy)
    assert noisy.run_cli().returncode == 2
    assert noisy.run_cli("--lenient").returncode == 0


def test_quiet_says_errors_only(noisy: Any) -> None:
    noisy.step("work", "def run(ctx, input, factor):\n    return {'output': input}")
    done = noisy.run_cli("-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["status"] == "success"


def test_a_print_below_python_does_not_spoil_the_result(noisy: Any) -> None:
    noisy.step(
        "work",
        "import subprocess\ndef run(ctx, input, factor):\n    subprocess.run(['echo', 'from a child'], check=True)\n    return {'output': input}",
    )
    done = noisy.run_cli()
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "success"
