from __future__ import annotations

import logging
import subprocess
import sys
import time
from datetime import date

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra 'otel' is not installed here")

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.fakes.otlp_receiver import OtlpReceiver
from trakt.errors import MissingExtra, StepError
from trakt.telemetry import Silent, otel
from trakt.telemetry.otel import open_telemetry, otel_attributes


@pytest.fixture(autouse=True)
def no_otel_settings(monkeypatch):
    for variable in (*otel.ENDPOINT_VARIABLES, "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def receiver(monkeypatch):
    with OtlpReceiver() as listening:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", listening.endpoint)
        yield listening


@pytest.fixture
def callers_provider(monkeypatch):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.kept = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(provider.kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield provider
    provider.shutdown()


def run_of_two_steps(telemetry):
    root = telemetry.span("pipeline.run", {"trakt.pipeline": "demo", "trakt.client_id": None})
    first = root.child("step.load", {"trakt.rows": 3})
    second = root.child("step.check", {})
    first.event("rows_dropped", {"count": 2, "keys": ["a", "b"], "why": {"blank": 1}})
    first.end({"trakt.rows_out": 1})
    second.end({}, StepError("column 'amount' is missing\nclient data of line 7", hint="add it"))
    root.end({}, StepError("step 'check' failed"))


def test_spans_arrive_with_their_names_and_parents(receiver):
    telemetry = open_telemetry()
    run_of_two_steps(telemetry)
    telemetry.close()
    assert receiver.paths == ["/v1/traces"]
    assert sorted(span.name for span in receiver.spans) == ["pipeline.run", "step.check", "step.load"]
    root = receiver.named("pipeline.run")
    assert root.parent_id == ""
    assert receiver.named("step.load").parent_id == root.span_id
    assert receiver.named("step.check").parent_id == root.span_id
    assert len({span.trace_id for span in receiver.spans}) == 1


def test_attributes_and_events_arrive_as_values_or_json(receiver):
    telemetry = open_telemetry()
    run_of_two_steps(telemetry)
    telemetry.close()
    assert receiver.named("pipeline.run").attributes["trakt.pipeline"] == "demo"
    assert "trakt.client_id" not in receiver.named("pipeline.run").attributes
    load = receiver.named("step.load")
    assert load.attributes == {"trakt.rows": 3, "trakt.rows_out": 1}
    assert load.events == [("rows_dropped", {"count": 2, "keys": ["a", "b"], "why": '{"blank": 1}'})]


def test_a_failed_span_says_what_failed_in_one_line(receiver):
    telemetry = open_telemetry()
    run_of_two_steps(telemetry)
    telemetry.close()
    check = receiver.named("step.check")
    assert (check.status, check.status_message) == ("error", "column 'amount' is missing")
    assert check.attributes == {"error.type": "StepError", "error.message": "column 'amount' is missing"}
    assert check.events == []
    assert receiver.named("step.load").status == "unset"


def test_the_traces_endpoint_alone_is_enough(receiver, monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.endpoint}/spans")
    telemetry = open_telemetry()
    telemetry.span("pipeline.run", {}).end({})
    telemetry.close()
    assert receiver.paths == ["/spans"]
    assert [span.name for span in receiver.spans] == ["pipeline.run"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "nightly"),
        ({"OTEL_SERVICE_NAME": "from-env"}, "from-env"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=from-resource,team=data"}, "from-resource"),
    ],
)
def test_the_environment_names_the_service_before_the_argument(receiver, monkeypatch, settings, expected):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    telemetry = open_telemetry(service_name="nightly")
    telemetry.span("pipeline.run", {}).end({})
    telemetry.close()
    assert receiver.spans[0].resource["service.name"] == expected


def test_the_global_provider_is_not_touched(receiver):
    telemetry = open_telemetry()
    telemetry.span("pipeline.run", {}).end({})
    telemetry.close()
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def test_the_callers_provider_is_used_and_left_running(receiver, callers_provider):
    telemetry = open_telemetry()
    run_of_two_steps(telemetry)
    telemetry.close()
    assert receiver.paths == []
    assert [span.name for span in callers_provider.kept.get_finished_spans()] == [
        "step.load",
        "step.check",
        "pipeline.run",
    ]
    callers_provider.get_tracer("caller").start_span("afterwards").end()
    assert callers_provider.kept.get_finished_spans()[-1].name == "afterwards"


def test_a_run_nests_under_the_span_its_caller_is_in(callers_provider):
    with callers_provider.get_tracer("caller").start_as_current_span("nightly job") as outer:
        root = open_telemetry().span("pipeline.run", {})
        root.child("step.load", {}).end({})
        root.end({})
    load, run, _ = callers_provider.kept.get_finished_spans()
    assert run.parent.span_id == outer.get_span_context().span_id
    assert load.parent.span_id == run.context.span_id


def test_with_nowhere_to_send_one_warning_says_what_to_set(caplog):
    with caplog.at_level(logging.WARNING, logger="trakt"):
        telemetry = open_telemetry()
    telemetry.span("pipeline.run", {}).end({})
    telemetry.close()
    assert isinstance(telemetry, Silent)
    (record,) = caplog.records
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in record.getMessage()


def test_a_collector_that_refuses_is_a_warning_and_not_a_failed_run(receiver, caplog):
    receiver.status = 400
    telemetry = open_telemetry()
    telemetry.span("pipeline.run", {}).end({})
    with caplog.at_level(logging.WARNING, logger="trakt"):
        telemetry.close()
    (record,) = [record for record in caplog.records if record.name == "trakt.telemetry"]
    assert f"not all delivered to {receiver.endpoint}" in record.getMessage()


def test_a_collector_that_is_not_there_holds_the_run_up_for_a_bounded_time(monkeypatch, caplog):
    with OtlpReceiver() as gone:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gone.endpoint)
    monkeypatch.setattr(otel, "CLOSE_SECONDS", 0.5)
    telemetry = open_telemetry()
    telemetry.span("pipeline.run", {}).end({})
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="trakt"):
        telemetry.close()
    assert time.monotonic() - began < 3
    assert any("not all delivered" in record.getMessage() for record in caplog.records)


def test_values_that_would_lose_a_whole_batch_are_made_sendable(receiver):
    telemetry = open_telemetry()
    span = telemetry.span("pipeline.run", {"huge": 2**70, "broken": "a\ud800b", "many": [1, 2**70]})
    span.end({}, StepError("bad \ud800 text"))
    telemetry.close()
    attributes = receiver.named("pipeline.run").attributes
    assert attributes["huge"] == str(2**70)
    assert attributes["broken"] == "a?b"
    assert attributes["many"] == f"[1, {2**70}]"
    assert attributes["error.message"] == "bad ? text"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("text", "text"),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (["a", "b"], ["a", "b"]),
        ((1, 2), [1, 2]),
        ([1, "a"], '[1, "a"]'),
        ([], "[]"),
        ({"day": date(2026, 2, 5)}, '{"day": "2026-02-05"}'),
        ({("a", "b"): 1}, "{('a', 'b'): 1}"),
        (date(2026, 2, 5), '"2026-02-05"'),
    ],
)
def test_an_attribute_is_plain_or_json(value, sent):
    assert otel_attributes({"it": value, "nothing": None}) == {"it": sent}


def test_without_the_packages_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from trakt.errors import MissingExtra\n"
        "from trakt.telemetry.otel import open_telemetry\n"
        "try: open_telemetry()\n"
        "except MissingExtra as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == f"{MissingExtra('--otel-enabled / otel_enabled=True', 'otel')}\n"
    assert 'pip install "trakt-etl[otel]"' in said
