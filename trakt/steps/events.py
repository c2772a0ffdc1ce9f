"""What a step notes about the data: into the run's manifest, or, outside a run, into the log."""

from __future__ import annotations

import logging
from typing import Any

from trakt.pipeline.context import Context

log = logging.getLogger(__name__)


def warn(ctx: Context | None, event: str, message: str, **attributes: Any) -> None:
    """Emit `event` with its message; without a context (a plain Python call) log the message instead."""
    if ctx is None:
        log.warning("%s: %s", event, message)
    else:
        ctx.emit_event(event, message=message, **attributes)
