"""What `sam build` makes, in Amazon's emulator: every event, the limits of a function, and the same answer as elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.lambda_emulator import LambdaEmulator
from trakt.storage.s3.client import client

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "sam"
EVENTS = ROOT / "tests" / "events"
ROWS = 200_000

pytestmark = pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="the layer is built for Python 3.13")

ORDERS = """\
name: orders
inputs: {orders: "*.csv"}
steps:
  - id: double_amount
    uses: steps.double_amount
    with: {input: orders, factor: 2, pause: 0, output: doubled}
outputs: {doubled: doubled}
"""
DOUBLE_AMOUNT = """\
import time

import pandas
import trakt
from trakt import step_contract


@step_contract(inputs=["input", "factor", "pause"], outputs=["output"], supports_stream=True)
def run(ctx, input, factor, pause):
    print("packaged:", trakt.__file__, pandas.__file__)
    def work(frame):
        time.sleep(pause)
        return frame.assign(amount=frame["amount"] * factor)
    return {"output": work(input) if ctx.mode == "batch" else map(work, input)}
"""
LARGE = ORDERS.replace("name: orders", "name: large") + "execution: {mode: stream}\n"


@pytest.fixture
def package(tmp_path):
    """What was built, with two pipelines more."""
    assert (BUILT / "Function").is_dir(), "run `make deploy-check` first: it builds what is tested here"
    folder = shutil.copytree(BUILT / "Function", tmp_path / "package")
    for name, file in (("orders", ORDERS), ("large", LARGE)):
        steps = folder / "pipelines" / name / "steps"
        steps.mkdir(parents=True)
        (steps / "double_amount.py").write_text(DOUBLE_AMOUNT)
        (steps.parent / "pipeline.yaml").write_text(file)
    return folder


@pytest.fixture
def places(bucket):
    """The buckets that the events name."""
    for name in ("incoming-data", "clean-data"):
        client().create_bucket(Bucket=name)
    yield bucket
    for name in ("incoming-data", "clean-data"):
        for each in client().list_objects_v2(Bucket=name).get("Contents", ()):
            client().delete_object(Bucket=name, Key=each["Key"])
        client().delete_bucket(Bucket=name)


@pytest.fixture
def function(package, places, fake_s3_server, tmp_path):
    def start(**more):
        environment = {
            **fake_s3_server.environment,
            "PYTHONPATH": str(BUILT / "Layer" / "python"),
            "TRAKT_PIPELINE": "orders",
            "TRAKT_INPUT_PREFIXES": "s3://incoming-data/incoming/",
            "TRAKT_OUTPUT_PREFIXES": "s3://clean-data/clean/",
            **more.pop("environment", {}),
        }
        return LambdaEmulator(package, "handlers.lambda_handler.handler", tmp_path / "tmp", environment, **more)

    return start


def deliver(batch, content, name="orders.csv", client_id="acme"):
    client().put_object(
        Bucket="incoming-data", Key=f"incoming/client={client_id}/batch={batch}/{name}", Body=content.encode()
    )


def written(key):
    return client().get_object(Bucket="clean-data", Key=f"clean/{key}")["Body"].read()


def event(name):
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def runs(answer):
    return [(run["batch_id"], run["status"]) for run in answer.payload["runs"]]


def test_every_event_is_answered_as_its_sender_expects(function, package):
    for batch in ("2026-02-05", "2026-02-06"):
        deliver(batch, "id,amount\n007,1\n008,2\n")
    first, second = ("2026-02-05", "skipped"), ("2026-02-06", "skipped")
    with function() as started:
        answer = started.invoke(event("direct"))
        assert answer.payload["status"] == "success"
        assert f"packaged: {package}" in answer.logs
        assert f"{BUILT}/Layer/python/pandas" in answer.logs
        assert written("client=acme/batch=2026-02-05/doubled.csv") == b"id,amount\n007,2\n008,4\n"
        assert started.invoke(event("step_functions")).payload["run_id"] == "b8f1c3d2-6a4e-4f0b-9d57-2c1e8a7f6b05"
        # what the direct event has done is done
        assert runs(started.invoke(event("s3_put"))) == [first, ("2026-02-06", "success")]
        assert runs(started.invoke(event("s3_put_told_twice"))) == [first]
        assert runs(started.invoke(event("eventbridge_object_created"))) == [first]
        assert runs(started.invoke(event("eventbridge_space_plus_unicode"))) == [second]
        assert started.invoke(event("s3_test_event")).payload == {"runs": [], "ignored": 0}
        for name in ("s3", "s3_test_event", "eventbridge", "sns_s3", "sns_raw_s3", "direct"):
            assert started.invoke(event(f"sqs_{name}")).payload == {"batchItemFailures": []}, name
        mixed = event("sqs_mixed")
        failed = [each["itemIdentifier"] for each in started.invoke(mixed).payload["batchItemFailures"]]
        assert failed == [mixed["Records"][at]["messageId"] for at in (1, 4)]
        mixed["Records"] = mixed["Records"][1:2]
        assert started.invoke(mixed).payload == {"batchItemFailures": [{"itemIdentifier": failed[0]}]}
        refused = started.invoke({"client_id": "acme", "batch_id": "x", "input_dir": "/etc"}).payload
        assert refused["errorType"] == "PipelineError"
        assert "event, input_dir: '/etc' is no place in S3\n  -> name a place below" in refused["errorMessage"]


def test_memory_stays_under_that_of_the_function_however_long_the_stream(function):
    deliver("1", "id,amount,text\n" + "".join(f"{n},{n % 100},{'some text ' * 25}\n" for n in range(ROWS)))
    asked = {"pipeline": "large", "client_id": "acme", "batch_id": "1", "max_batch_rows": ROWS}
    with function(memory_mb=512) as started:
        assert started.invoke(asked).payload["status"] == "success"
        assert started.peak_mb < 400
        planned = started.invoke({**asked, "mode": "batch", "action": "plan"}).payload
    assert planned["decision"] == "stream"
    assert planned["reasons"][0].endswith("MiB of memory in batch mode; there are 512")


def test_a_run_stops_before_a_short_deadline_and_says_so(function):
    deliver("1", "id,amount\n" + "1,1\n" * 10_000)
    asked = {"pipeline": "large", "client_id": "acme", "batch_id": "1", "chunk_rows": 100}
    asked["params"] = {"double_amount.pause": 0.2}
    with function(timeout_seconds=10, environment={"TRAKT_DEADLINE_MARGIN_MS": "7000"}) as started:
        answer = started.invoke(asked)
    assert (answer.status, answer.payload["errorType"]) == (200, "DeadlineError")
    assert json.loads(written("client=acme/batch=1/manifest.json"))["status"] == "timed_out"
    keys = [each["Key"] for each in client().list_objects_v2(Bucket="clean-data")["Contents"]]
    assert keys == ["clean/client=acme/batch=1/manifest.json"]
    assert not client().list_multipart_uploads(Bucket="clean-data").get("Uploads")


def comparable(manifest, package):
    """A manifest but for time, ids and runtime; the pipeline file lies where each runtime has its code."""
    for volatile in ("run_id", "started_at", "finished_at", "duration_ms", "peak_memory_mb"):
        del manifest[volatile]
    for part in (*manifest["inputs"].values(), *manifest["steps"], *manifest["outputs"].values()):
        del part["duration_ms"]
    for event in manifest["events"]:
        del event["at"]
    manifest["pipeline"]["file"] = manifest["pipeline"]["file"].removeprefix(f"{package}/")
    return manifest.pop("runtime"), manifest


def command(package, *words):
    """A command of a laptop, in the folder that holds the pipelines."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *words], cwd=package, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("pipeline", ["multi_file_demo", "large"])
def test_a_laptop_lambda_and_glue_give_the_same_bytes_and_the_same_record(function, package, pipeline):
    if pipeline == "multi_file_demo":
        for path in (ROOT / "examples" / "multi_file_demo" / "input" / "records").iterdir():
            deliver("2026-02-05", path.read_text("utf-8"), f"records/{path.name}")
    else:
        lines = (
            f'{n:07},{n * 7 % 1000 / 4},2026-02-{n % 28 + 1:02},"Zoë, {n}",{"" if n % 5 else n}\n' for n in range(ROWS)
        )
        deliver("2026-02-05", "id,amount,day,name,blank\n" + "".join(lines))
    folder = "client=acme/batch=2026-02-05/"
    ids = ("--client-id", "acme", "--batch-id", "2026-02-05", "--pipeline", pipeline)
    words = (
        *ids,
        "--input-dir",
        f"s3://incoming-data/incoming/{folder}",
        "--output-dir",
        f"s3://clean-data/clean/{folder}",
    )

    def in_lambda():
        asked = {"pipeline": pipeline, "client_id": "acme", "batch_id": "2026-02-05", "max_batch_rows": ROWS}
        with function() as started:
            return started.invoke(asked).payload

    ways = {
        "local": lambda: command(package, "-m", "trakt", "run", *words),
        "lambda": in_lambda,
        "glue": lambda: command(
            package, str(ROOT / "handlers" / "glue_job.py"), *words, "--JOB_NAME", "j", "--JOB_RUN_ID", "jr_1"
        ),
    }
    seen = {}
    for way, run in ways.items():
        result = run()
        assert result["status"] == "success"
        (output,) = result["outputs"].values()
        runtime, record = comparable(json.loads(written(f"{folder}manifest.json")), package)
        assert runtime["name"] == way
        seen[way] = output["sha256"], written(output["path"].removeprefix("s3://clean-data/clean/")), record
        # the next one is to do it too, and to know of no run before
        client().delete_object(Bucket="clean-data", Key=f"clean/{folder}manifest.json")
    assert seen["local"][1].count(b"\n") == (5 if pipeline == "multi_file_demo" else ROWS + 1)
    assert seen["lambda"] == seen["local"]
    assert seen["glue"] == seen["local"]
