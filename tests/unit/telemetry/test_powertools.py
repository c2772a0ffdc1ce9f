"""What CloudWatch is told, letter by letter; X-Ray is tested through the real runtime client."""

from __future__ import annotations

import json
import logging

import pytest

from trakt.errors import LimitError, RunError

pytest.importorskip("aws_lambda_powertools", reason="the extra 'aws' is not installed here")

from aws_lambda_powertools.metrics.provider import cold_start

from trakt.telemetry import Silent
from trakt.telemetry.powertools import PowertoolsTelemetry, count_failure

TOTALS = {"rows.in": 5, "rows.out": 3, "rows.rejected": 2, "bytes.in": 70, "bytes.out": 40, "duration.ms": 12.5}
UNITS = {
    "RowsIn": "Count",
    "RowsOut": "Count",
    "RowsRejected": "Count",
    "BytesIn": "Bytes",
    "BytesOut": "Bytes",
    "Duration": "Milliseconds",
    "Failures": "Count",
    "ColdStart": "Count",
}


@pytest.fixture(autouse=True)
def a_new_function(monkeypatch):
    for name in ("METRICS_NAMESPACE", "METRICS_DISABLED", "SERVICE_NAME", "METRICS_FUNCTION_NAME", "DEV"):
        monkeypatch.delenv(f"POWERTOOLS_{name}", raising=False)
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    monkeypatch.setattr(cold_start, "is_cold_start", True)


@pytest.fixture
def emitted(capsys):
    """The documents that were written since it was last asked, each as (namespace, dimensions, units, values)."""

    def read():
        found = []
        for line in capsys.readouterr().out.splitlines():
            document = json.loads(line)
            head = document.pop("_aws")
            (told,) = head.pop("CloudWatchMetrics")
            assert isinstance(head.pop("Timestamp"), int)
            assert not head
            (dimensions,) = told["Dimensions"]
            units = {metric["Name"]: metric["Unit"] for metric in told["Metrics"]}
            assert set(document) == {*dimensions, *units}
            values = {name: document[name] for name in units}
            found.append((told["Namespace"], {name: document[name] for name in dimensions}, units, values))
        return found

    return read


def ended(attributes=TOTALS, error=None, telemetry=None):
    span = (telemetry or PowertoolsTelemetry("orders", "lambda")).span("pipeline.run", {"client.id": "acme"})
    span.end(attributes, error)


def test_a_run_is_one_document_with_every_metric_its_unit_and_two_dimensions(emitted):
    ended({**TOTALS, "status": "success"})
    ((namespace, dimensions, units, values),) = emitted()
    assert (namespace, units) == ("trakt", UNITS)
    assert dimensions == {"pipeline": "orders", "runtime": "lambda"}
    counted = {"RowsIn": [5.0], "RowsOut": [3.0], "RowsRejected": [2.0], "BytesIn": [70.0], "BytesOut": [40.0]}
    assert values == {**counted, "Duration": [12.5], "Failures": [0.0], "ColdStart": [1.0]}


def test_only_the_first_run_of_an_instance_is_a_cold_start(emitted):
    ended()
    ended()
    assert [values["ColdStart"] for _, _, _, values in emitted()] == [[1.0], [0.0]]


def test_a_failed_run_counts_as_one_with_what_it_had_done(emitted):
    ended({"rows.in": 4}, RunError("it failed"))
    ((_, _, _, values),) = emitted()
    assert values == {"RowsIn": [4.0], "Failures": [1.0], "ColdStart": [1.0]}


def test_a_run_that_another_runtime_takes_over_is_no_failure(emitted):
    ended({}, LimitError("too many rows"), PowertoolsTelemetry("orders", "lambda", hands_over=True))
    ended({}, RunError("it failed"), PowertoolsTelemetry("orders", "lambda", hands_over=True))
    ended({}, LimitError("too many rows"))
    assert [values["Failures"] for _, _, _, values in emitted()] == [[0.0], [1.0], [1.0]]


def test_an_event_that_was_refused_counts_as_a_failure(emitted):
    count_failure("none", "lambda")
    ((_, dimensions, units, values),) = emitted()
    assert dimensions == {"pipeline": "none", "runtime": "lambda"}
    assert units == {"Failures": "Count", "ColdStart": "Count"}
    assert values == {"Failures": [1.0], "ColdStart": [1.0]}


def test_no_run_leaves_anything_to_the_next(emitted):
    ended()
    PowertoolsTelemetry("returns", "lambda").span("pipeline.run", {}).end({"rows.in": 1})
    _, (_, dimensions, units, _) = emitted()
    assert dimensions["pipeline"] == "returns"
    assert set(units) == {"RowsIn", "Failures", "ColdStart"}


def test_the_namespace_is_that_of_powertools_and_its_service_is_no_dimension(emitted, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "etl")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "orders-service")
    ended()
    ((namespace, dimensions, _, _),) = emitted()
    assert (namespace, dimensions) == ("etl", {"pipeline": "orders", "runtime": "lambda"})


@pytest.mark.parametrize("trace_id", [None, "", "Root=1-1-1;Parent=2;Sampled=0"])
def test_without_a_sampled_trace_no_subsegment_is_made(monkeypatch, caplog, trace_id):
    if trace_id is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", trace_id)
    run = PowertoolsTelemetry("orders", "lambda").span("pipeline.run", {})
    with caplog.at_level(logging.DEBUG):
        assert isinstance(run.child("step.x", {}), Silent)
        run.end({})
    assert run.segment is None
