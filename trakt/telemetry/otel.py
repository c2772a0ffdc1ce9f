"""OpenTelemetry spans behind the telemetry port.

A tracer provider that the caller has set is used as it is: never replaced, flushed or shut down.
With none set, and an OTLP endpoint in the environment, spans go out through a provider of our own
that lives for one run. The global provider is never touched.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trakt.errors import MissingExtra
from trakt.telemetry import Silent, Telemetry

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span, Tracer
    from opentelemetry.util.types import AttributeValue

ENDPOINT_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Where spans go; the names are OpenTelemetry's own (OTLP exporter specification)."""

CLOSE_SECONDS = 5.0
"""How long the end of a run waits for its spans to be delivered."""

_INT64 = range(-(2**63), 2**63)

log = logging.getLogger("trakt.telemetry")


def open_telemetry(service_name: str = "trakt", tracer_name: str = "trakt") -> Telemetry:
    """Telemetry that makes OpenTelemetry spans.

    Args:
        service_name: `service.name` of spans sent through a provider of our own; OTEL_SERVICE_NAME
            and OTEL_RESOURCE_ATTRIBUTES win over it, and a caller's provider has its own.
        tracer_name: the instrumentation scope.

    Raises:
        MissingExtra: the OpenTelemetry packages are not installed.
    """
    try:
        from opentelemetry import trace
    except ImportError as error:
        raise _missing() from error
    provider = trace.get_tracer_provider()
    if not isinstance(provider, trace.ProxyTracerProvider):
        return OtelTelemetry(provider.get_tracer(tracer_name))
    endpoint = next(filter(None, map(os.environ.get, ENDPOINT_VARIABLES)), None)
    if endpoint is None:
        log.warning(
            "OpenTelemetry is enabled, but spans have nowhere to go: set a tracer provider, or %s "
            "(for example http://localhost:4318)",
            ENDPOINT_VARIABLES[1],
        )
        return Silent()
    return _private_telemetry(service_name, tracer_name, endpoint)


def _private_telemetry(service_name: str, tracer_name: str, endpoint: str) -> Telemetry:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise _missing() from error
    # an attribute given to Resource.create would win over the environment; here the environment wins
    resource = Resource.create({} if _environment_names_the_service() else {"service.name": service_name})
    # without shutdown_on_exit=False a collector that hangs would hold up the end of the process
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    delivery = _Delivery(OTLPSpanExporter(), endpoint)
    provider.add_span_processor(BatchSpanProcessor(cast("SpanExporter", delivery)))
    return OtelTelemetry(provider.get_tracer(tracer_name), provider, delivery)


def _environment_names_the_service() -> bool:
    attributes = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in attributes


def _missing() -> MissingExtra:
    return MissingExtra("--otel-enabled / otel_enabled=True", "otel")


@dataclass(frozen=True, slots=True)
class OtelTelemetry:
    """Spans of one tracer; `provider` and `delivery` are given when they are ours to close."""

    tracer: Tracer
    provider: TracerProvider | None = None
    delivery: _Delivery | None = None

    def span(self, name: str, attributes: Mapping[str, Any]) -> OtelSpan:
        # without an explicit context it nests under the span the caller is in, if any
        return OtelSpan(self.tracer, self.tracer.start_span(name, attributes=otel_attributes(attributes)))

    def close(self) -> None:
        if self.provider is None or self.delivery is None:
            return
        # shutting down exports what is left, and the SDK cannot bound the time that takes
        closing = threading.Thread(target=self.provider.shutdown, name="trakt-otel-close", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
        if closing.is_alive():
            self.delivery.give_up()
        if self.delivery.lost:
            log.warning(
                "spans of this run were not all delivered to %s; is a collector listening there (OTLP over HTTP, "
                "usually port 4318)? The run itself is not affected",
                self.delivery.endpoint,
            )


@dataclass(frozen=True, slots=True)
class OtelSpan:
    """A span of the port, around one of OpenTelemetry's."""

    tracer: Tracer
    span: Span

    def child(self, name: str, attributes: Mapping[str, Any]) -> OtelSpan:
        # spans of a stream overlap, so the parent is named, never taken from "the current span"
        inside = self._context()
        return OtelSpan(self.tracer, self.tracer.start_span(name, inside, attributes=otel_attributes(attributes)))

    def event(self, name: str, attributes: Mapping[str, Any]) -> None:
        self.span.add_event(name, otel_attributes(attributes))

    def end(self, attributes: Mapping[str, Any], error: BaseException | None = None) -> None:
        self.span.set_attributes(otel_attributes(attributes))
        if error is not None:
            self._fail(error)
        self.span.end()

    def _context(self) -> Context:
        from opentelemetry.trace import set_span_in_context

        return set_span_in_context(self.span)

    def _fail(self, error: BaseException) -> None:
        from opentelemetry.trace import Status, StatusCode

        # first line only, and no record_exception: a traceback may carry a client's data out of the house
        lines = str(error).splitlines()
        message = _sendable(lines[0] if lines else type(error).__name__)
        self.span.set_attributes({"error.type": type(error).__name__, "error.message": message})
        self.span.set_status(Status(StatusCode.ERROR, message))


@dataclass(slots=True)
class _Delivery:
    """A span exporter (by shape: the SDK is imported late) that remembers whether anything was lost on the way."""

    exporter: SpanExporter
    endpoint: str
    lost: bool = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        from opentelemetry.sdk.trace.export import SpanExportResult

        try:
            result = self.exporter.export(spans)
        except Exception:
            log.debug("the span exporter raised", exc_info=True)
            result = SpanExportResult.FAILURE
        self.lost = self.lost or result is not SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        self.exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.exporter.force_flush(timeout_millis)

    def give_up(self) -> None:
        """Stop waiting: a retry that is under way ends, and its spans count as lost."""
        self.lost = True
        self.exporter.shutdown()


def otel_attributes(attributes: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """Attributes as OpenTelemetry allows them: None is left out, what is no plain value becomes JSON text."""
    return {name: _plain(value) for name, value in attributes.items() if value is not None}


def _plain(value: Any) -> AttributeValue:
    if isinstance(value, str):
        return _sendable(value)
    if _is_plain_number(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, list | tuple) and value:
        kinds = {type(item) for item in value}
        if kinds == {str}:
            return [_sendable(item) for item in value]
        if len(kinds) == 1 and all(map(_is_plain_number, value)):
            return list(value)
    return _json_text(value)


def _is_plain_number(value: Any) -> bool:
    # OTLP carries integers in 64 bits; a longer one would lose its whole batch of spans
    return isinstance(value, bool | float) or (isinstance(value, int) and value in _INT64)


def _json_text(value: Any) -> str:
    try:
        return _sendable(json.dumps(value, default=str, ensure_ascii=False))
    except (TypeError, ValueError):
        return _sendable(str(value))


def _sendable(text: str) -> str:
    # a lone surrogate has no UTF-8, and would lose its whole batch of spans
    return text.encode("utf-8", "replace").decode("utf-8")
