from __future__ import annotations

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra 'otel' is not installed here")

from tests.fakes.otlp_receiver import OtlpReceiver


def test_a_traced_run_sends_its_spans_before_it_ends(trakt, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    trakt("init", "orders")
    run = ["run", "--pipeline", "orders", "--input-dir", "pipelines/orders/input"]
    with OtlpReceiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        said = trakt(*run, "--otel-enabled", "--otel-service-name", "nightly")
    assert said.code == 0, said.err
    assert sorted(span.name for span in receiver.spans) == ["pipeline.run", "step.normalize"]
    step = receiver.named("step.normalize")
    assert step.parent_id == receiver.named("pipeline.run").span_id
    assert step.resource["service.name"] == "nightly"
