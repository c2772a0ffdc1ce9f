"""A small port: the engine tells what happens, an adapter decides who hears it.

    telemetry/
      __init__   the port, Silent and Recording
      otel       OpenTelemetry spans

An adapter is any object with a `span` method. Spans nest: the engine opens `pipeline.run`
and, inside it, one `step.<id>` per step. In stream mode steps overlap, so a span is a value
that is ended by hand, not a `with` block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Span(Protocol):
    """One piece of work, from when it was opened until `end`."""

    def child(self, name: str, attributes: Mapping[str, Any]) -> Span:
        """Open a span inside this one."""

    def event(self, name: str, attributes: Mapping[str, Any]) -> None:
        """Something happened, at this moment. Attribute values may be any JSON value."""

    def end(self, attributes: Mapping[str, Any], error: BaseException | None = None) -> None:
        """The work is over, failed when `error` is given; `attributes` add to the first ones."""


class Telemetry(Protocol):
    """Where spans go."""

    def span(self, name: str, attributes: Mapping[str, Any]) -> Span:
        """Open a root span."""

    def close(self) -> None:
        """Send what is not yet sent. Called once, when the run is over; never raises."""


class Silent:
    """Telemetry, and its own span, that nobody hears: the default."""

    def span(self, name: str, attributes: Mapping[str, Any]) -> Span:
        return self

    child = span

    def event(self, name: str, attributes: Mapping[str, Any]) -> None: ...

    def end(self, attributes: Mapping[str, Any], error: BaseException | None = None) -> None: ...

    def close(self) -> None: ...


@dataclass
class RecordedSpan:
    """A span as `Recording` keeps it."""

    name: str
    attributes: dict[str, Any]
    recording: Recording
    parent: RecordedSpan | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    error: BaseException | None = None
    ended: bool = False

    def child(self, name: str, attributes: Mapping[str, Any]) -> RecordedSpan:
        return self.recording.add(RecordedSpan(name, dict(attributes), self.recording, parent=self))

    def event(self, name: str, attributes: Mapping[str, Any]) -> None:
        self.events.append((name, dict(attributes)))

    def end(self, attributes: Mapping[str, Any], error: BaseException | None = None) -> None:
        self.attributes.update(attributes)
        self.error, self.ended = error, True


@dataclass
class Recording:
    """Telemetry that keeps every span, for tests of pipelines and of Trakt itself."""

    spans: list[RecordedSpan] = field(default_factory=list)
    closed: bool = False

    def add(self, span: RecordedSpan) -> RecordedSpan:
        self.spans.append(span)
        return span

    def span(self, name: str, attributes: Mapping[str, Any]) -> RecordedSpan:
        return self.add(RecordedSpan(name, dict(attributes), self))

    def close(self) -> None:
        self.closed = True
