"""What has been done is not done again: the same run, asked for twice, answers `skipped` with what the first one made."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.lambda_function import FOLDER, IDS, ROWS, message
from trakt import QualityError
from trakt.storage.s3.client import client

STEP = """\
@step_contract(inputs=["input", "least"], outputs=["output"], supports_stream=True)
def run(ctx, input, least=0):
    keep = lambda frame: frame[frame["id"] >= least]
    return {"output": keep(input) if ctx.mode == "batch" else map(keep, input)}
"""


@pytest.fixture
def kept(project: Any) -> Any:
    project.step("keep", STEP)
    project.write("a.csv", "id\n1\n2\n")
    project.write("b.csv", "id\n3\n")
    project.pipeline(
        inputs={"records": "*.csv"},
        steps=[{"id": "keep", "uses": "steps.keep", "with": {"input": "records", "least": 0, "output": "kept"}}],
        outputs={"records": "kept"},
    )
    return project


def again(project: Any, **more: Any) -> Any:
    return project.good(**{"out": "out", "run_id": "second", **more})


def is_skipped(done: Any) -> bool:
    return bool(done.result["status"] == "skipped")


def test_the_second_run_answers_with_what_the_first_one_made_and_writes_nothing(kept: Any, mode: str) -> None:
    first = kept.good(mode, out="out", run_id="first", client_id="acme", batch_id="b1")
    assert first.manifest["fingerprint"]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in first.out.iterdir()}
    second = again(kept, client_id="acme", batch_id="b1")
    assert second.result == {**first.result, "status": "skipped"}
    assert second.result["run_id"] == "first"
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in first.out.iterdir()} == before


def test_mode_and_chunk_size_make_no_other_run(kept: Any) -> None:
    kept.good("batch", out="out")
    assert is_skipped(again(kept, mode="stream", chunk=1))


def test_force_runs_it_again(kept: Any) -> None:
    kept.good(out="out", run_id="first")
    done = again(kept, force=True)
    assert (done.result["status"], done.manifest["run_id"]) == ("success", "second")


def change_bytes(project: Any) -> None:
    project.write("a.csv", "id\n1\n9\n")


def change_code(project: Any) -> None:
    project.step("keep", STEP.replace(">= least", "> least"))


def change_pipeline(project: Any) -> None:
    text = project.file.read_text()
    project.file.write_text(text.replace("least: 0", "least: 2"))


def add_file(project: Any) -> None:
    project.write("c.csv", "id\n4\n")


def remove_output(project: Any) -> None:
    (project.folder / "out" / "records.csv").unlink()


def cut_output(project: Any) -> None:
    (project.folder / "out" / "records.csv").write_text("id\n")


def spoil_manifest(project: Any) -> None:
    (project.folder / "out" / "manifest.json").write_text("{}")


def fail_once(project: Any) -> None:
    text = project.file.read_text()
    gate = "- {id: gate, uses: trakt.steps.quality_gate, with: {input: records, policy: {const: {row_count_max: 1}}, output: checked}}\n"
    project.file.write_text(text.replace("steps:\n", f"steps:\n{gate}"))
    project.bad(QualityError, out="out")
    project.file.write_text(text)


@pytest.mark.parametrize(
    "change",
    [change_bytes, change_code, change_pipeline, add_file, remove_output, cut_output, spoil_manifest, fail_once],
)
def test_whatever_has_changed_is_run(kept: Any, change: Any) -> None:
    kept.good(out="out")
    change(kept)
    done = again(kept)
    assert (done.result["status"], done.manifest["run_id"]) == ("success", "second")
    assert is_skipped(again(kept))


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "acme"},
        {"batch_id": "b2"},
        {"params": {"keep.least": 3}},
        {"pipeline_version": "2"},
        {"context_metadata": {"asked_by": "me"}},
    ],
)
def test_another_request_is_another_run(kept: Any, more: dict[str, Any]) -> None:
    kept.good(out="out")
    assert not is_skipped(again(kept, **more))


def test_an_input_that_is_only_newer_is_the_same(kept: Any) -> None:
    kept.good(out="out")
    os.utime(kept.folder / "in" / "a.csv", (time.time() + 100,) * 2)
    assert is_skipped(again(kept))


def test_an_input_that_nobody_reads_may_hold_anything(project: Any) -> None:
    project.write("a.csv", "id\n1\n")
    project.write("notes.csv", "n\n1\n")
    project.pipeline(inputs={"records": "a.csv", "notes": "notes.csv"}, outputs={"records": "records"})
    project.good(out="out")
    project.write("notes.csv", "n\n2\n")
    assert is_skipped(again(project))


def test_outputs_that_go_elsewhere_are_made(kept: Any) -> None:
    manifest = kept.folder / "manifest.json"
    kept.good(out="out", manifest_path=manifest)
    assert not is_skipped(again(kept, out="elsewhere", manifest_path=manifest))


def test_a_place_for_each_run_is_never_skipped(kept: Any) -> None:
    places = {"output_dir": str(kept.folder / "out" / "{run_id}")}
    for run_id in ("first", "second"):
        done = kept.good(out=f"out/{run_id}", run_id=run_id, **places)
        assert done.result["status"] == "success"


def test_files_are_read_for_their_checksums_only_when_all_else_agrees(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trakt.engine import done as engine

    read: list[str] = []
    real = engine.sha256_of
    monkeypatch.setattr(engine, "sha256_of", lambda file: read.append(file.uri) or real(file))
    kept.good(out="out")
    for change in (add_file, change_code, remove_output):
        change(kept)
        again(kept)
    assert read == []
    again(kept)
    assert [Path(uri).name for uri in read] == ["records.csv", "a.csv", "b.csv", "c.csv"]


def test_a_step_without_code_to_compare_is_run_each_time(kept: Any) -> None:
    from trakt import LocalRunner, StepRegistry

    class Keep:
        def __call__(self, ctx: Any, input: Any, least: int) -> Any:
            return {"output": input}

    text = kept.file.read_text().replace("steps.keep", "keep")
    kept.file.write_text(text)
    registry = StepRegistry({"keep": Keep()})
    from trakt import load_pipeline_from_yaml

    pipeline = load_pipeline_from_yaml(kept.file, registry)
    runner = LocalRunner(input_dir=kept.folder / "in", output_dir=kept.folder / "out", registry=registry)
    assert [runner.run(pipeline)["status"] for _ in range(2)] == ["success", "success"]
    assert json.loads((kept.folder / "out" / "manifest.json").read_bytes())["fingerprint"] is None


def test_the_command_line_says_what_was_skipped_and_how_to_run_it_anyway(kept: Any) -> None:
    first = json.loads(kept.run_cli("--run-id", "first").stdout)
    second = kept.run_cli()
    assert second.returncode == 0
    assert json.loads(second.stdout) == {**first, "status": "skipped"}
    (line,) = second.stderr.splitlines()
    assert line.startswith("skipped: run first has done the same on 2")
    assert line.endswith("UTC, and its outputs are in place; --force runs it again")
    places = ("--pipeline-file", str(kept.file), "--input-dir", "in", "--output-dir", "out")
    planned = kept.cli("plan", *places)
    assert planned.stderr.splitlines()[-1] == line.replace("skipped: run", "  done   run")
    assert json.loads(planned.stdout)["done_by"]["run_id"] == "first"
    assert json.loads(kept.cli("plan", *places, "--client-id", "acme").stdout)["done_by"] is None
    assert json.loads(kept.run_cli("--force").stdout)["status"] == "success"


def test_a_telemetry_span_of_a_skipped_run_says_so(kept: Any) -> None:
    from dataclasses import replace

    from trakt import RunRequest, load_pipeline_from_yaml
    from trakt.engine.run import run
    from trakt.telemetry import Recording

    places = {"input_dir": str(kept.folder / "in"), "output_dir": str(kept.folder / "out")}
    request = RunRequest(pipeline=load_pipeline_from_yaml(kept.file), **places)
    run(request)
    recording = Recording()
    run(replace(request, run_id="second"), recording)
    (span,) = recording.spans
    assert span.ended
    assert (span.attributes["status"], span.attributes["rows.in"], span.attributes["bytes.out"]) == ("skipped", 0, 0)


# in S3


def s3_places(bucket: Any) -> dict[str, str]:
    return {"input_dir": bucket.uri("in"), "output_dir": bucket.uri("out")}


@pytest.fixture
def calls(bucket: Any) -> list[str]:
    """The operations that the product has asked of S3, with the object's name."""
    seen: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        seen.append(f"{model.name} {str(params.get('Key', '')).rpartition('/')[2]}".strip())

    client().meta.events.register("provide-client-params.s3", note)
    return seen


def uploaded(project: Any, bucket: Any) -> None:
    for path in (project.folder / "in").iterdir():
        bucket.put(f"in/{path.name}", path.read_bytes())


def test_in_s3_etags_tell_that_nothing_has_changed_and_no_input_is_downloaded(
    kept: Any, bucket: Any, calls: list[str]
) -> None:
    uploaded(kept, bucket)
    kept.good(**s3_places(bucket))
    manifest = json.loads(bucket.get("out/manifest.json"))
    head = bucket.client.head_object(Bucket=bucket.name, Key="in/a.csv")
    assert manifest["inputs"]["records"]["files"][0]["etag"] == head["ETag"]
    calls.clear()
    assert is_skipped(kept.good(**s3_places(bucket)))
    assert sorted(calls) == [
        "DeleteObject .manifest.json.trakt-lease",
        "GetObject manifest.json",
        "HeadObject records.csv",
        "ListObjectsV2",
        "PutObject .manifest.json.trakt-lease",
    ]
    bucket.put("in/a.csv", "id\n1\n9\n")
    assert not is_skipped(kept.good(**s3_places(bucket)))


def test_an_output_that_was_edited_to_the_same_size_is_made_anew(kept: Any) -> None:
    made = kept.good(out="out")
    before = made.bytes()
    (made.out / "records.csv").write_bytes(before[::-1])
    done = kept.good(out="out")
    assert not is_skipped(done)
    assert done.bytes() == before


@pytest.mark.parametrize("force", [True, False])
def test_the_lease_takes_two_requests_and_the_manifest_that_stands_there_one(
    kept: Any, bucket: Any, calls: list[str], force: bool
) -> None:
    uploaded(kept, bucket)
    kept.good(**s3_places(bucket), force=force)
    ours = [call for call in calls if "trakt-lease" in call or call == "GetObject manifest.json"]
    assert sorted(ours) == [
        "DeleteObject .manifest.json.trakt-lease",
        "GetObject manifest.json",
        "PutObject .manifest.json.trakt-lease",
    ]


def test_a_manifest_that_may_not_be_read_is_no_reason_to_fail(
    kept: Any, bucket: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from trakt.engine import committed
    from trakt.errors import InputError

    def refuse(uri: str) -> None:
        raise InputError("access is denied", where=uri)

    caplog.set_level("INFO", "trakt.engine")
    monkeypatch.setattr(committed, "manifest_at", refuse)
    kept.good(out="out")
    assert not is_skipped(again(kept))
    assert "not skipped: it cannot be told whether this has been done" in caplog.text


# in Lambda and Glue


def test_a_function_that_is_told_twice_answers_the_same_and_counts_no_rows_again(
    function: Any, bucket: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first = function.invoke(IDS)
    capsys.readouterr()
    second = function.invoke(IDS)
    assert second == {**first, "status": "skipped"}
    (metrics,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert {name: metrics[name] for name in ("RowsIn", "RowsOut", "BytesIn", "BytesOut", "Failures")} == {
        "RowsIn": [0],
        "RowsOut": [0],
        "BytesIn": [0],
        "BytesOut": [0],
        "Failures": [0],
    }
    (line,) = [entry for entry in function.log if str(entry["message"]).startswith("skipped: run ")]
    assert (line["level"], line["batch_id"]) == ("INFO", IDS["batch_id"])
    assert function.invoke({**IDS, "force": True})["status"] == "success"
    assert "true or false" in str(function.refused({**IDS, "force": "yes"}))


def test_a_message_that_comes_again_counts_as_done(function: Any, bucket: Any) -> None:
    event = {"Records": [message(1, IDS)]}
    for _ in range(2):
        assert function.invoke(event) == {"batchItemFailures": []}


def test_what_has_been_done_is_not_handed_to_glue(function: Any, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.runtime import lambda_run

    function.invoke(IDS)
    monkeypatch.setenv("TRAKT_GLUE_JOB", "large")
    handed: list[Any] = []
    monkeypatch.setattr(lambda_run, "_delegated", lambda *given: handed.append(given) or {"status": "delegated"})
    small = {"on_limit": "glue", "max_batch_rows": 1}
    assert function.invoke({**IDS, **small})["status"] == "skipped"
    # so little memory that no batch would be begun
    assert function.invoke({**IDS, **small}, memory_limit_in_mb="128")["status"] == "skipped"
    assert handed == []
    bucket.put(f"incoming/{FOLDER}orders.csv", ROWS + "0004,1\n")
    assert function.invoke({**IDS, **small}, memory_limit_in_mb="128")["status"] == "delegated"


def test_a_glue_job_takes_force_too(kept: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.runtime.glue_main import main

    monkeypatch.chdir(kept.folder)
    words = ["--pipeline-file", "pipeline.yaml", "--client-id", "acme", "--batch-id", "b1"]
    words += ["--input-dir", "in", "--output-dir", str(kept.folder / "out")]
    assert [main(each)["status"] for each in (words, words, [*words, "--force", "true"])] == [
        "success",
        "skipped",
        "success",
    ]
