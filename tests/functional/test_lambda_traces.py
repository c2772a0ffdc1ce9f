"""What X-Ray gets, through Amazon's own runtime client and a listener where its daemon would be."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.fakes.lambda_function import FOLDER, IDS, ROWS, LambdaFunction
from tests.fakes.runtime_api import TRACE_ID, RuntimeApi
from tests.fakes.xray_daemon import XRayDaemon

pytest.importorskip("awslambdaric", reason="Amazon's runtime client is made for Linux only")

ROOT = Path(__file__).parents[2]
STEPS = [
    {
        "id": "large",
        "uses": "trakt.steps.filter",
        "with": {"input": "orders", "where": {"const": "gross > 10"}, "output": "large"},
    },
    {"id": "short", "uses": "trakt.steps.select", "with": {"input": "large", "columns": {"const": ["gross"]}, "output": "short"}},
]  # fmt: skip


@pytest.fixture
def traced(bucket, tmp_path, fake_s3_server):
    """Does one invocation, and gives what came back and the documents that were sent."""
    package = tmp_path / "package"
    LambdaFunction(package).pipeline(inputs={"orders": "*.csv"}, steps=STEPS, outputs={"clean": "short"})
    bucket.put(f"incoming/{FOLDER}orders.csv", ROWS)

    def invoke(event, wait_for=None, **api_options):
        with XRayDaemon() as daemon, RuntimeApi(**api_options) as api:
            environment = {
                **fake_s3_server.environment,
                "PYTHONPATH": os.pathsep.join(map(str, [ROOT, package])),
                "TRAKT_INPUT_PREFIXES": bucket.uri("incoming/"),
                "TRAKT_OUTPUT_PREFIXES": bucket.uri("clean/"),
                "TRAKT_PIPELINE": "orders",
                "AWS_XRAY_DAEMON_ADDRESS": daemon.address,
                # what Lambda sets where tracing is on
                "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            }
            api.start(package, "trakt.runtime.lambda_handler.handler", environment)
            posted = api.invoke(event)
            if wait_for:
                daemon.wait_for(wait_for)
            return posted, daemon.documents

    return invoke


def found(documents, name):
    """The one subsegment of that name, at any depth."""
    pending, named = list(documents), []
    while pending:
        segment = pending.pop()
        named += [segment] if segment["name"] == name else []
        pending += segment.get("subsegments", ())
    (one,) = named
    return one


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_the_run_and_each_step_are_subsegments_with_rows_and_duration(traced, mode):
    posted, documents = traced({**IDS, "run_id": "r1", "mode": mode}, wait_for="pipeline.run")
    assert (posted.kind, posted.payload["status"]) == ("response", "success")
    run = found(documents, "pipeline.run")
    told = run["annotations"]
    assert told.pop("duration_ms") > 0
    wanted = {"rows_in": 3, "rows_out": 2, "status": "success", "run_id": "r1", "pipeline_name": "orders"}
    assert told == wanted
    assert run["trace_id"] in TRACE_ID
    for name, rows_in, rows_out in (("step.large", 3, 2), ("step.short", 2, 2)):
        step = found(documents, name)
        assert (step["annotations"]["rows_in"], step["annotations"]["rows_out"]) == (rows_in, rows_out)
        assert step["annotations"]["duration_ms"] >= 0
        assert step["end_time"] >= step["start_time"]
        assert not step.get("in_progress")
    # neither whose data it is, nor a place, nor the answer
    text = json.dumps(documents)
    assert not [word for word in ("acme", "2026-02-05", "s3://", "manifest", "62.5") if word in text]


def test_a_run_that_failed_is_a_fault_with_the_kind_of_error_alone(traced, bucket):
    bucket.put(f"incoming/{FOLDER}orders.csv", "order_id,gross\nHildegard,1,2\n")
    posted, documents = traced(IDS, wait_for="pipeline.run")
    assert posted.kind == "error"
    run = found(documents, "pipeline.run")
    assert (run["fault"], run["annotations"]["error"], run["annotations"]["status"]) == (True, "InputError", "failed")
    assert "Hildegard" not in json.dumps([posted.payload, documents])


def test_an_invocation_that_is_not_sampled_sends_nothing(traced):
    posted, documents = traced(IDS, trace_id=TRACE_ID.replace("Sampled=1", "Sampled=0"))
    assert posted.payload["status"] == "success"
    assert documents == []


def test_a_refused_event_is_an_error_that_names_every_fault(traced):
    posted, _ = traced({"client_id": "../acme", "colour": "red"})
    assert (posted.kind, posted.payload["errorType"]) == ("error", "PipelineError")
    assert "'../acme' is no id" in posted.payload["errorMessage"]
    assert "unknown key 'colour'" in posted.payload["errorMessage"]
