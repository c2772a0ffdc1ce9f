"""Spans of a run: through the port, and over the wire to a collector."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from trakt import RunRequest, StepError, load_pipeline_from_yaml
from trakt.engine.run import run
from trakt.telemetry import Recording

WORK = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    ctx.emit_event("looked", rows=1)
    return {"output": work(input) if ctx.mode == "batch" else map(work, input), "__metrics__": {"share": 0.5}}

def work(frame):
    if (frame["id"] == 99).any():
        raise ValueError("ninety-nine")
    return frame
"""


@pytest.fixture
def traced(project: Any) -> Any:
    project.step("work", WORK)
    project.write("records.csv", "id\n1\n2\n3\n")
    steps = [
        {"id": "one", "uses": "steps.work", "with": {"input": "records", "output": "first"}},
        {"id": "two", "uses": "steps.work", "with": {"input": "first", "output": "second"}},
    ]
    project.pipeline(inputs={"records": "records.csv"}, steps=steps, outputs={"records": "second"})
    return project


def recorded(project: Any, mode: str) -> Recording:
    recording = Recording()
    request = RunRequest(
        pipeline=load_pipeline_from_yaml(project.file),
        input_dir=str(project.folder / "in"),
        output_dir=str(project.folder / "out"),
        mode=mode,  # type: ignore[arg-type]
        chunk_rows=1 if mode == "stream" else None,
        client_id="acme",
    )
    try:
        run(request, recording)
    except StepError:
        recording.spans[0].attributes["raised"] = True
    return recording


def test_a_run_is_a_span_and_each_step_a_child_of_it(traced: Any, mode: str) -> None:
    recording = recorded(traced, mode)
    root, *steps = recording.spans
    assert [span.name for span in recording.spans] == ["pipeline.run", "step.one", "step.two"]
    assert all(span.parent is root for span in steps)
    assert all(span.ended and span.error is None for span in recording.spans)
    assert recording.closed
    assert (root.attributes["client.id"], root.attributes["status"]) == ("acme", "success")
    for span in steps:
        assert (span.attributes["rows.in"], span.attributes["rows.out"], span.attributes["metric.share"]) == (3, 3, 0.5)
        assert span.events == [("looked", {"rows": 1})]


def test_a_failure_ends_every_span_and_marks_the_step_it_happened_in(traced: Any, mode: str) -> None:
    traced.write("records.csv", "id\n1\n99\n")
    spans = {span.name: span for span in recorded(traced, mode).spans}
    assert all(span.ended for span in spans.values())
    assert isinstance(spans["pipeline.run"].error, StepError)
    assert isinstance(spans["step.one"].error, StepError)
    assert spans["pipeline.run"].attributes["raised"] is True
    if "step.two" in spans:
        assert spans["step.two"].error is None, "only the step that failed is marked"


def receiver() -> Any:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    place = Path(__file__).parents[1] / "fakes" / "otlp_receiver.py"
    spec = importlib.util.spec_from_file_location("otlp_receiver", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["otlp_receiver"] = module
    spec.loader.exec_module(module)
    return module.OtlpReceiver()


def test_spans_arrive_at_a_collector(traced: Any, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        traced.good(mode, 1, otel_enabled=True, client_id="acme")
        root, one, two = (collector.named(name) for name in ("pipeline.run", "step.one", "step.two"))
    assert one.parent_id == two.parent_id == root.span_id
    assert one.attributes["rows.in"] == 3
    assert [name for name, _ in one.events] == ["looked"]
    assert root.attributes["client.id"] == "acme"


def test_a_failed_run_is_traced_as_failed(traced: Any, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    traced.write("records.csv", "id\n1\n99\n")
    with receiver() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        traced.bad(StepError, mode, 1, otel_enabled=True)
        assert collector.named("pipeline.run").status == "error"
        assert collector.named("step.one").status == "error"


def test_a_collector_that_is_not_there_does_not_harm_the_run(traced: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert traced.good("batch", otel_enabled=True).bytes() == b"id\n1\n2\n3\n"
