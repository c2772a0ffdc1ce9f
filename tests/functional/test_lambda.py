"""The handler in this process, with the S3 and Glue of moto: what each event starts, answers, leaves and logs."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from tests.conftest import check_manifest
from tests.fakes.lambda_function import FOLDER, IDS, OTHER, PASS, ROWS, failures, message
from trakt.errors import (
    DeadlineError,
    InputError,
    LimitError,
    PipelineError,
    RunError,
)

EVENTS = Path(__file__).parents[1] / "events"


@pytest.fixture
def runs(monkeypatch):
    """The batch of each run that was really begun."""
    from trakt.engine import run as engine

    begun = []
    real = engine.run

    def counted(request, telemetry=None):
        begun.append(request.batch_id)
        return real(request, telemetry)

    monkeypatch.setattr(engine, "run", counted)
    return begun


def body(name, bucket):
    """An event body of AWS, about this bucket."""
    text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text.replace("incoming-data", bucket.name).replace("clean-data", bucket.name))


def manifest(bucket, folder=FOLDER):
    found = json.loads(bucket.get(f"clean/{folder}manifest.json"))
    check_manifest(found)
    return found


def test_a_direct_request_gives_the_result_of_its_run(function, bucket):
    result = function.invoke({**IDS, "run_id": "r1", "output_dir": bucket.uri("clean/{client_id}/{run_id}/")})
    assert (result["pipeline"], result["status"], result["run_id"]) == ("orders", "success", "r1")
    assert {name: result[name] for name in IDS} == IDS
    assert result["outputs"]["clean"]["rows"] == 3
    assert result["manifest_path"] == bucket.uri("clean/acme/r1/manifest.json")
    assert bucket.get("clean/acme/r1/clean.csv").decode() == ROWS
    assert manifest(bucket, "acme/r1/")["runtime"]["name"] == "lambda"


def test_a_state_machine_sends_a_request_like_any_other(function, bucket):
    result = function.invoke(body("step_functions", bucket))
    assert (result["status"], result["run_id"]) == ("success", "b8f1c3d2-6a4e-4f0b-9d57-2c1e8a7f6b05")
    assert bucket.get(f"clean/{FOLDER}clean.csv").decode() == ROWS


@pytest.mark.parametrize(
    ("name", "batches"),
    [
        ("s3_put", ["2026-02-05", "2026-02-06"]),
        ("s3_put_told_twice", ["2026-02-05"]),
        ("eventbridge_object_created", ["2026-02-05"]),
        ("eventbridge_space_plus_unicode", ["2026-02-06"]),
        ("s3_test_event", []),
    ],
)
def test_each_batch_with_a_new_object_is_run_once(function, bucket, runs, name, batches):
    answer = function.invoke(body(name, bucket))
    assert runs == batches == [run["batch_id"] for run in answer["runs"]]
    assert answer["ignored"] == 0
    for batch in batches:
        assert bucket.get(f"clean/client=acme/batch={batch}/clean.csv").decode() == ROWS


@pytest.mark.parametrize(
    ("name", "batches"),
    [
        ("sqs_s3", ["2026-02-05"]),
        ("sqs_direct", ["2026-02-05"]),
        ("sqs_eventbridge", ["2026-02-05"]),
        ("sqs_sns_s3", ["2026-02-05"]),
        ("sqs_sns_raw_s3", ["2026-02-06"]),
        ("sqs_s3_test_event", []),
    ],
)
def test_sqs_may_carry_any_of_them(function, bucket, runs, name, batches):
    assert failures(function.invoke(body(name, bucket))) == []
    assert runs == batches


def test_of_a_mixed_batch_only_the_messages_that_failed_are_named_and_a_duplicate_runs_once(function, bucket, runs):
    event = body("sqs_mixed", bucket)
    _, broken, _, _, refused = [each["messageId"] for each in event["Records"]]
    assert failures(function.invoke(event)) == [broken, refused]
    assert runs == ["2026-02-05"]
    assert "is no JSON" in function.text
    assert "'../etc' is no id" in function.text


def test_a_run_that_failed_fails_each_message_that_asked_for_it_and_no_other(function, bucket, runs):
    bucket.put(f"incoming/{FOLDER}orders.csv", "order_id,gross\n1,2,3\n")
    asked = [{**IDS}, {**IDS, "batch_id": "2026-02-06"}, {**IDS, "mode": None}]
    event = {"Records": [message(number, each) for number, each in enumerate(asked)]}
    assert failures(function.invoke(event)) == ["m0", "m2"]
    assert runs == ["2026-02-05", "2026-02-06"]


def test_all_messages_may_fail_and_still_each_is_named(function):
    event = {"Records": [message(number, {**IDS, "batch_id": "absent"}) for number in range(3)]}
    assert failures(function.invoke(event)) == ["m0", "m1", "m2"]


def test_a_fifo_queue_stops_at_the_first_failure_so_that_order_is_kept(function, runs):
    arn = {"eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:incoming.fifo"}
    asked = [{**IDS, "batch_id": batch} for batch in ("2026-02-05", "absent", "2026-02-06")]
    event = {"Records": [message(number, each, **arn) for number, each in enumerate(asked)]}
    assert failures(function.invoke(event)) == ["m1", "m2"]
    assert runs == ["2026-02-05", "absent"]


def test_one_bad_object_of_several_is_refused_before_any_is_read(function, bucket, runs):
    event = body("s3_put", bucket)
    event["Records"][1]["s3"]["object"]["key"] = "incoming/nowhere.csv"
    error = function.refused(event)
    assert isinstance(error, PipelineError)
    assert "does not fit the template" in str(error)
    assert runs == []


def test_what_failed_of_several_runs_is_told_after_all_have_been_tried(function, bucket, runs):
    bucket.put(f"incoming/{FOLDER}orders.csv", "order_id,gross\n1,2,3\n")
    error = function.refused(body("s3_put", bucket))
    assert isinstance(error, InputError)
    assert runs == ["2026-02-05", "2026-02-06"]
    assert manifest(bucket, OTHER)["status"] == "success"
    bucket.put(f"incoming/{OTHER}orders.csv", "order_id,gross\n1,2,3\n")
    error = function.refused(body("s3_put", bucket))
    assert isinstance(error, RunError)
    assert len(error.faults) == 2


def test_only_the_marker_starts_the_run_that_reads_what_lies_beside_it(function, bucket, runs, monkeypatch):
    monkeypatch.setenv("TRAKT_READY_SUFFIX", "_SUCCESS")
    event = body("s3_put", bucket)
    assert function.invoke(event) == {"runs": [], "ignored": 2}
    event["Records"][0]["s3"]["object"]["key"] = f"incoming/{FOLDER}_SUCCESS"
    answer = function.invoke(event)
    assert (runs, answer["ignored"]) == (["2026-02-05"], 1)
    assert answer["runs"][0]["outputs"]["clean"]["rows"] == 3


@pytest.mark.parametrize("event", [{**IDS, "mode": "steam"}, [], {"Records": []}, {"detail-type": "Scheduled Event"}])
def test_a_bad_event_is_refused_in_one_error_and_nothing_is_asked_of_s3(function, event, runs, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert isinstance(function.refused(event), PipelineError)
    assert runs == []
    assert [line["level"] for line in function.log] == ["ERROR"]


@pytest.mark.parametrize("uri", ["{local}", "absent.csv,{local}", "~/orders.csv", "file://{local}"])
def test_no_event_reads_a_file_of_the_machine(function, bucket, tmp_path, uri):
    (tmp_path / "orders.csv").write_text("n\n1\n")
    error = function.refused({**IDS, "inputs": {"orders": uri.format(local=tmp_path / "orders.csv")}})
    assert isinstance(error, PipelineError)
    assert not [key for key in bucket.all_keys() if key.startswith("clean/")]


def test_prefixes_that_overlap_are_refused(function, bucket, monkeypatch):
    monkeypatch.setenv("TRAKT_OUTPUT_PREFIXES", bucket.uri("incoming/clean/"))
    assert "outputs would start runs" in str(function.refused(IDS))


def test_a_pipeline_may_not_write_below_the_watched_prefix(function, bucket):
    outputs = [{"name": "clean", "from": "orders", "uri": bucket.uri("incoming/{client_id}/clean.csv")}]
    function.pipeline(**{**PASS, "outputs": {"datasets": outputs}})
    error = function.refused(IDS)
    assert isinstance(error, PipelineError)
    assert "starts a run" in str(error)
    assert not [key for key in bucket.all_keys() if "clean" in key]


BATCH_ONLY = {
    "inputs": {"orders": "*.csv"},
    "steps": [{"id": "whole", "uses": "steps.whole", "with": {"input": "orders", "output": "clean"}}],
    "outputs": {"clean": "clean"},
}
WHOLE = """\
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        return {"output": input}
    """


def write_rows(bucket, rows, folder=FOLDER):
    bucket.put(f"incoming/{folder}orders.csv", "n\n" + "".join(f"{n}\n" for n in range(rows)))


@pytest.mark.parametrize(
    ("environment", "pipeline", "asked", "limit"),
    [("20", None, None, 20), ("20", 30, None, 30), ("20", 30, 40, 40), ("50", 40, 30, 30), (None, 15, None, 15)],
)
def test_the_request_counts_before_the_pipeline_and_that_before_the_environment(
    function, bucket, mode, monkeypatch, environment, pipeline, asked, limit
):
    if environment:
        monkeypatch.setenv("TRAKT_MAX_BATCH_ROWS", environment)
    function.pipeline(**PASS, execution={"mode": mode, **({"max_batch_rows": pipeline} if pipeline else {})})
    words = {**IDS, "chunk_rows": 7 if mode == "stream" else None, "max_batch_rows": asked}
    write_rows(bucket, limit)
    assert function.invoke(words)["outputs"]["clean"]["rows"] == limit
    before = bucket.get(f"clean/{FOLDER}clean.csv")
    write_rows(bucket, limit + 1)
    error = function.refused(words)
    assert isinstance(error, LimitError)
    assert f"more than {limit} rows" in str(error)
    assert manifest(bucket)["status"] == "failed"
    assert bucket.get(f"clean/{FOLDER}clean.csv") == before
    assert bucket.uploads() == []


def test_fifty_thousand_rows_are_the_limit_when_nobody_says_otherwise(function, bucket, mode):
    write_rows(bucket, 50_000)
    assert function.invoke({**IDS, "mode": mode})["outputs"]["clean"]["rows"] == 50_000
    write_rows(bucket, 50_001)
    assert "more than 50,000 rows" in str(function.refused({**IDS, "mode": mode}))


def test_a_batch_run_that_would_not_fit_in_memory_is_not_begun_and_a_stream_is(function, bucket):
    rows, small = 800_000, {"memory_limit_in_mb": "220"}
    write_rows(bucket, rows)
    function.pipeline(**BATCH_ONLY, code={"whole": WHOLE}, execution={"max_batch_rows": rows})
    error = function.refused(IDS, **small)
    assert isinstance(error, LimitError)
    assert "there are 220" in str(error)
    function.pipeline(**PASS, execution={"mode": "stream", "max_batch_rows": rows})
    assert function.invoke(IDS, **small)["status"] == "success"


def test_a_batch_that_would_not_fit_becomes_a_stream_where_every_step_can(function, bucket):
    rows, small = 800_000, {"memory_limit_in_mb": "220"}
    write_rows(bucket, rows)
    function.pipeline(**PASS, execution={"mode": "batch", "max_batch_rows": rows})
    assert function.invoke(IDS, **small)["status"] == "success"
    assert manifest(bucket)["execution"]["mode"] == "stream"
    assert [line["message"] for line in function.log if line["message"].startswith("in stream mode: ")]


def test_a_plan_is_a_small_answer_and_begins_nothing(function, bucket, runs):
    write_rows(bucket, 1000)
    size = len(bucket.get(f"incoming/{FOLDER}orders.csv"))
    fits = function.invoke({**IDS, "action": "plan"})
    told = {"decision": "run", "rows": 1000, "memory_mb": 180, "bytes": size, "files": 1}
    assert {name: fits[name] for name in told} == told
    assert fits["reasons"] == ["about 1,000 rows of 50,000", "about 180 MiB of 1,024 in batch mode"]
    assert set(fits) == {*told, "reasons"}
    large = {**IDS, "action": "plan", "max_batch_rows": 10}
    assert function.invoke(large)["decision"] == "reject"
    # nobody has set up a Glue job: whoever asks will start one
    assert function.invoke({**large, "on_limit": "glue"})["decision"] == "delegate"
    assert runs == []
    assert not [key for key in bucket.all_keys() if key.startswith("clean/")]


def test_a_plan_of_a_batch_that_is_not_there_fails_as_its_run_would(function, bucket):
    error = function.refused({**IDS, "batch_id": "2026-02-07", "action": "plan"})
    assert isinstance(error, InputError)


@pytest.fixture
def glue(monkeypatch):
    """Moto's Glue, with one job."""
    monkeypatch.setenv("TRAKT_GLUE_JOB", "large")
    client = boto3.session.Session().client("glue")
    execution = {"MaxConcurrentRuns": 1000}
    client.create_job(Name="large", Role="r", Command={"Name": "glueetl"}, ExecutionProperty=execution)
    yield client
    client.delete_job(JobName="large")
    client.close()


@pytest.mark.parametrize("told_by", ["request", "pipeline", "environment"])
def test_what_is_over_the_limit_goes_to_glue_with_the_same_request(function, bucket, glue, mode, monkeypatch, told_by):
    if told_by == "environment":
        monkeypatch.setenv("TRAKT_ON_LIMIT", "glue")
    function.pipeline(**PASS, execution={"mode": mode, **({"on_limit": "glue"} if told_by == "pipeline" else {})})
    words = {**IDS, "max_batch_rows": 2, **({"on_limit": "glue"} if told_by == "request" else {})}
    result = function.invoke({**words, "run_id": "r1"})
    assert (result["status"], result["job_name"], result["run_id"]) == ("delegated", "large", "r1")
    assert result["reason"] == "more than 2 rows: reading stopped there"
    run = glue.get_job_run(JobName="large", RunId=result["job_run_id"])["JobRun"]
    assert run["Arguments"] == {
        "--pipeline": "orders",
        "--client-id": "acme",
        "--batch-id": "2026-02-05",
        "--run-id": "r1",
        "--input-dir": bucket.uri(f"incoming/{FOLDER}"),
        "--output-dir": bucket.uri("clean/client={client_id}/batch={batch_id}/"),
    }
    assert not [key for key in bucket.all_keys() if key.startswith("clean/")]
    assert function.invoke(words)["run_id"] not in (None, "r1")


@pytest.mark.parametrize("asked", [{}, {"engine": "spark"}])
def test_what_is_for_spark_goes_to_glue_with_the_engine_that_was_asked_for(function, bucket, glue, asked):
    function.pipeline(**PASS, execution={"on_limit": "glue", **({} if asked else {"engine": "spark"})})
    assert function.invoke({**IDS, **asked, "action": "plan"})["decision"] == "delegate"
    result = function.invoke({**IDS, **asked})
    assert (result["status"], result["reason"]) == ("delegated", "the engine is spark, and there is none here")
    arguments = glue.get_job_run(JobName="large", RunId=result["job_run_id"])["JobRun"]["Arguments"]
    # what the pipeline says, the job reads itself
    assert arguments.get("--engine") == asked.get("engine")
    assert not [key for key in bucket.all_keys() if key.startswith("clean/")]


def test_a_request_may_have_what_is_for_spark_done_here(function):
    function.pipeline(**PASS, execution={"engine": "spark"})
    assert "a Lambda function has no Spark" in str(function.refused(IDS))
    assert function.invoke({**IDS, "engine": "local"})["status"] == "success"


def test_the_word_of_the_request_to_fail_goes_before_all_others(function, glue, monkeypatch):
    monkeypatch.setenv("TRAKT_ON_LIMIT", "glue")
    function.pipeline(**PASS, execution={"on_limit": "glue"})
    error = function.refused({**IDS, "max_batch_rows": 2, "on_limit": "fail"})
    assert isinstance(error, LimitError)
    assert glue.get_job_runs(JobName="large")["JobRuns"] == []


def test_a_job_that_is_not_there_is_named_with_what_to_do(function, glue, monkeypatch, capsys):
    monkeypatch.setenv("TRAKT_GLUE_JOB", "smal")
    error = function.refused({**IDS, "max_batch_rows": 2, "on_limit": "glue"})
    assert isinstance(error, RunError)
    assert "TRAKT_GLUE_JOB: the Glue job 'smal' was not started: " in str(error)
    assert "EntityNotFoundException" in str(error)
    assert metrics(capsys)[-1]["Failures"] == [1.0]


def test_glue_without_a_job_is_refused_before_anything_is_read(function, runs):
    assert "set TRAKT_GLUE_JOB" in str(function.refused({**IDS, "on_limit": "glue"}))
    assert runs == []


SLOW = """\
    import time

    @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
    def run(ctx, input):
        time.sleep(1.5)
        return {"output": input}
    """


def test_a_deadline_stops_the_run_and_leaves_its_manifest_and_nothing_else(function, bucket, mode, monkeypatch):
    function.invoke(IDS)
    before = bucket.get(f"clean/{FOLDER}clean.csv")
    monkeypatch.setenv("TRAKT_DEADLINE_MARGIN_MS", "2000")
    uses = [{"id": "slow", "uses": "steps.slow", "with": {"input": "orders", "output": "slow"}}]
    function.pipeline("late", {"slow": SLOW}, inputs=PASS["inputs"], steps=uses, outputs={"clean": "slow"})
    error = function.refused({**IDS, "pipeline": "late", "mode": mode}, left_ms=3000)
    assert isinstance(error, DeadlineError)
    assert manifest(bucket)["status"] == "timed_out"
    assert bucket.get(f"clean/{FOLDER}clean.csv") == before
    assert bucket.uploads() == []


def test_messages_without_any_time_left_go_back_to_the_queue(function, runs):
    event = {"Records": [message(1, IDS), message(2, {**IDS, "batch_id": "2026-02-06"})]}
    assert failures(function.invoke(event, left_ms=9_999)) == ["m1", "m2"]
    assert runs == []
    assert "not begun: there was no time left for it" in function.text


def metrics(capsys):
    """The metrics that were written to stdout, each as a document."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def test_rows_bytes_and_failures_are_counted_for_each_run(function, bucket, capsys):
    function.invoke(IDS)
    function.refused({**IDS, "batch_id": "absent"})
    function.refused({"colour": "red"})
    good, absent, refused = metrics(capsys)
    size = len(ROWS)
    assert (good["RowsIn"], good["RowsOut"], good["RowsRejected"], good["Failures"]) == ([3], [3], [0], [0])
    assert (good["BytesIn"], good["BytesOut"]) == ([size], [size])
    assert good["Duration"][0] > 0
    assert (good["pipeline"], good["runtime"]) == ("orders", "lambda")
    assert (absent["Failures"], refused["Failures"]) == ([1], [1])
    assert "acme" not in json.dumps([good, absent, refused])


def test_a_request_may_name_the_run_to_compare_with_where_it_may_read_and_nowhere_else(function, bucket):
    function.invoke(IDS)
    named = bucket.uri(f"clean/{FOLDER}manifest.json")
    bucket.put(f"incoming/{OTHER}orders.csv", "order_id\n0001\n")
    answer = function.invoke({**IDS, "batch_id": "2026-02-06", "baseline": named})
    assert answer["status"] == "success"
    drift = manifest(bucket, OTHER)["drift"]
    assert drift["baseline"]["manifest_path"] == named
    assert [(each["kind"], each["column"]) for each in drift["findings"]] == [("column_lost", "gross")]
    for elsewhere in ("s3://elsewhere/manifest.json", "/etc/passwd"):
        error = function.refused({**IDS, "baseline": elsewhere})
        assert isinstance(error, PipelineError)
        assert "event, baseline" in str(error)


def test_the_batch_before_is_what_a_batch_is_compared_with(function, bucket):
    function.invoke(IDS)
    bucket.put(f"incoming/{OTHER}orders.csv", "order_id\n0001\n")
    function.invoke({**IDS, "batch_id": "2026-02-06"})
    drift = manifest(bucket, OTHER)["drift"]
    assert drift["baseline"]["batch_id"] == "2026-02-05"
    assert [each["kind"] for each in drift["findings"]] == ["column_lost"]
