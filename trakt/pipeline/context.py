"""What a step sees of the run it is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trakt.pipeline.model import EMPTY, Mode


@dataclass(frozen=True, slots=True)
class Context:
    """The first argument of every step.

    Attributes:
        run_id: this run, unique.
        pipeline_name, pipeline_version: the pipeline, and the version its caller gave it.
        client_id, batch_id: whose data this is, or None when the caller did not say.
        step_id: the step being run.
        mode: `batch` (frames) or `stream` (iterators of frames).
        started_at: when the run began, in UTC.
        metadata: what the caller passed along for steps (`context_metadata`).
    """

    run_id: str
    pipeline_name: str
    pipeline_version: str | None = None
    client_id: str | None = None
    batch_id: str | None = None
    step_id: str = ""
    mode: Mode = "batch"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    metadata: Mapping[str, Any] = EMPTY
    on_event: Callable[[str, Mapping[str, Any]], None] | None = None

    def emit_event(self, event_name: str, /, **attributes: Any) -> None:
        """Note something about the data: it lands in the manifest and, when traced, on the step's span."""
        if self.on_event:
            self.on_event(event_name, attributes)

    def get_metadata(self, key: str, default: Any = None) -> Any:
        """One value of what the caller passed along, or `default`."""
        return self.metadata.get(key, default)
