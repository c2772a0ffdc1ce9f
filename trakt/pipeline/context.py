"""What a step sees of the run it is part of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trakt.errors import RunError, counted
from trakt.pipeline.fields import shown
from trakt.pipeline.model import EMPTY, Mode

_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}")


Told = str | Sequence[str | None] | None
"""What is said of rejected rows: of all of them, or of each one."""


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
    on_reject: Callable[[Any, str, Told, Told], int] | None = None

    def emit_event(self, event_name: str, /, **attributes: Any) -> None:
        """Note something about the data: it lands in the manifest and, when traced, on the step's span."""
        if self.on_event:
            self.on_event(event_name, attributes)

    def reject(self, rows: Any, /, *, reason: str, column: Told = None, message: Told = None) -> int:
        """Set rows aside: they go to the rejected dataset of the run, and are accounted for there.

        Leave them out of what the step returns; whoever rejects a row and passes it on has two of it.

        Args:
            rows: a `pandas.DataFrame` of those rows, as they read now. In stream mode reject chunk by chunk.
            reason: why, as a code to count by: small letters, digits and `_`.
            column: the column it is about, if it is about one; or a list with that of each row.
            message: why, in words; or a list with those for each row.

        Returns:
            How many rows they are.

        Raises:
            RunError: there is no run that could keep them, `rows` is no frame, the reason is no code, or a list has
                not one entry for each row.
        """
        if self.on_reject is None:
            raise RunError("rows can be rejected only in a run", hint="give the step the context of one")
        if not hasattr(rows, "iloc") or getattr(rows, "ndim", 0) != 2:
            hint = 'give a DataFrame of those rows: ctx.reject(frame[bad], reason="negative_amount")'
            raise RunError(f"what is rejected must be a pandas DataFrame, not {type(rows).__name__}", hint=hint)
        if not isinstance(reason, str) or not _REASON.fullmatch(reason):
            hint = "count by codes like negative_amount, and say the rest in `message`"
            raise RunError(
                f"the reason must be a code, not {shown(reason)}", hint=hint, unquoted="the reason is no code"
            )
        for name, told in (("column", column), ("message", message)):
            if told is not None and not isinstance(told, str) and len(told) != len(rows):
                hint = "give one for all rows, or a list with one for each"
                what = f"`{name}` lists {len(told):,} for {counted(len(rows), 'row')}"
                raise RunError(what, hint=hint)
        return self.on_reject(rows, reason, column, message)

    def get_metadata(self, key: str, default: Any = None) -> Any:
        """One value of what the caller passed along, or `default`."""
        return self.metadata.get(key, default)
