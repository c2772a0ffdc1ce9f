"""What a run tells CloudWatch: metrics in the embedded metric format (EMF), and X-Ray subsegments.

Names only the pipeline and the run, never a client, a place or a value: traces and metrics are read by more people than
data is. Dimensions are `pipeline` and `runtime`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider import cold_start

from trakt.errors import LimitError
from trakt.telemetry import Silent, Span

NAMESPACE = "trakt"
"""Of the metrics, unless POWERTOOLS_METRICS_NAMESPACE names another."""

RUN_METRICS = {
    "rows.in": ("RowsIn", MetricUnit.Count),
    "rows.out": ("RowsOut", MetricUnit.Count),
    "rows.rejected": ("RowsRejected", MetricUnit.Count),
    "bytes.in": ("BytesIn", MetricUnit.Bytes),
    "bytes.out": ("BytesOut", MetricUnit.Bytes),
    "duration.ms": ("Duration", MetricUnit.Milliseconds),
}
"""Attributes of a run's span, and the metric that each becomes."""

_ANNOTATED = ("rows.in", "rows.out", "duration.ms", "status", "run.id", "pipeline.name")


def count_failure(pipeline: str, runtime: str) -> None:
    """One failure that no run can tell of: an event that was refused."""
    _emit(pipeline, runtime, {}, failed=True)


@dataclass(frozen=True, slots=True)
class PowertoolsTelemetry:
    """See `trakt.telemetry.Telemetry`. Subsegments are made only where the invocation is traced.

    Attributes:
        hands_over: a run that is over the limits goes to another runtime, and that is no failure.
    """

    pipeline: str
    runtime: str
    hands_over: bool = False

    def span(self, name: str, attributes: Mapping[str, Any]) -> RunSpan:
        return RunSpan(self, _subsegments(name), dict(attributes))

    def close(self) -> None: ...


@dataclass(slots=True)
class RunSpan:
    """The span of a run: its end is what the metrics are made of."""

    telemetry: PowertoolsTelemetry
    segment: Any
    attributes: dict[str, Any]

    def child(self, name: str, attributes: Mapping[str, Any]) -> Span:
        if self.segment is None:
            return Silent()
        from aws_xray_sdk.core.models.subsegment import Subsegment

        # steps of a stream overlap, so the parent is named, never taken from "the current subsegment"
        subsegment = Subsegment(name, "local", self.segment.parent_segment)
        self.segment.add_subsegment(subsegment)
        return StepSpan(subsegment, dict(attributes))

    def event(self, name: str, attributes: Mapping[str, Any]) -> None: ...

    def end(self, attributes: Mapping[str, Any], error: BaseException | None = None) -> None:
        told = {**self.attributes, **attributes}
        if self.telemetry.hands_over and isinstance(error, LimitError):
            told, error = {**told, "status": "delegated"}, None
        _emit(self.telemetry.pipeline, self.telemetry.runtime, told, failed=error is not None)
        if self.segment is not None:
            _annotate(self.segment, told, error)
            _recorder().end_subsegment()


@dataclass(slots=True)
class StepSpan(Silent):
    """The span of a step."""

    segment: Any
    attributes: dict[str, Any] = field(default_factory=dict)

    def end(self, attributes: Mapping[str, Any], error: BaseException | None = None) -> None:
        _annotate(self.segment, {**self.attributes, **attributes}, error)
        self.segment.close()


def _emit(pipeline: str, runtime: str, told: Mapping[str, Any], *, failed: bool) -> None:
    # a blank service: with one, it would be a third dimension
    metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE, service="")
    metrics.add_dimension("pipeline", pipeline)
    metrics.add_dimension("runtime", runtime)
    for attribute, (name, unit) in RUN_METRICS.items():
        if attribute in told:
            metrics.add_metric(name, unit, told[attribute])
    metrics.add_metric("Failures", MetricUnit.Count, int(failed))
    metrics.add_metric("ColdStart", MetricUnit.Count, int(cold_start.is_cold_start))
    cold_start.is_cold_start = False
    metrics.flush_metrics()


def _annotate(segment: Any, told: Mapping[str, Any], error: BaseException | None) -> None:
    for name in _ANNOTATED:
        if told.get(name) is not None:
            segment.put_annotation(name.replace(".", "_"), told[name])
    if error is not None:
        segment.put_annotation("error", type(error).__name__)
        segment.add_fault_flag()


def _subsegments(name: str) -> Any:
    """A new subsegment of the invocation, or None where it is not traced."""
    # looked at first, because importing the tracer takes longer than a small run
    if "Sampled=1" not in os.environ.get("_X_AMZN_TRACE_ID", ""):
        return None
    return _recorder().begin_subsegment(name)


def _recorder() -> Any:
    from aws_lambda_powertools import Tracer

    # auto_patch would import and wrap every library it knows; nothing here is decorated, so no response is captured
    return Tracer(auto_patch=False).provider
