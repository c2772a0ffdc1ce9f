"""The record of a run, filled as it goes, and the manifest made of it.

The manifest is the commit record: written last, it says that the outputs it names, with their checksums,
are whole. Its JSON Schema is `manifest.schema.json` beside this file.
"""

from __future__ import annotations

import json
import logging
import platform
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import trakt
from trakt.engine.accounting import Equation, file_equation, input_equation, step_equation
from trakt.engine.committed import MANIFEST_VERSION, Standing
from trakt.engine.plan import Plan
from trakt.engine.profile import DriftRecord
from trakt.engine.rejected import RejectedRows
from trakt.engine.request import RunRequest
from trakt.errors import QUOTING, StepError, TraktError
from trakt.formats import FileFacts
from trakt.pipeline.graph import ResolvedStep
from trakt.schema import LogicalType
from trakt.storage import Lease

if TYPE_CHECKING:
    from trakt.engine.stream import Tap

_DEEPEST = 20

_log = logging.getLogger("trakt.engine")
_log_that_quotes = logging.getLogger(QUOTING)


@dataclass(slots=True)
class InputRecord:
    """What is known of one input: its plan's entry, then each file's facts, complete when it has drained."""

    source: str
    kind: str
    absent: bool
    files: Sequence[FileFacts] = ()
    etags: Mapping[str, str | None] = field(default_factory=dict)
    types: Mapping[str, LogicalType] = field(default_factory=dict)
    blank: Collection[str] = ()
    nulls: Mapping[str, int] = field(default_factory=dict)
    tap: Tap | None = None

    def entry(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "source": self.source,
            "kind": self.kind,
            "absent": self.absent,
            "files_read": sum(file.rows is not None for file in self.files),
            "rows": self.tap.rows if self.tap else None,
            "rejected": sum(file.rejected for file in self.files) if self.tap else None,
            "lines": input_equation(self.files),
            "schema": {name: str(kind) for name, kind in self.types.items()},
            "nulls": dict(self.nulls),
            "files": [_file_entry(file, self.etags.get(file.uri)) for file in self.files],
        }


def _file_entry(file: FileFacts, etag: str | None) -> dict[str, Any]:
    known = {"uri": file.uri, "bytes": file.bytes, "sha256": file.sha256, "etag": etag}
    return {**known, "rows": file.rows, "rejected": file.rejected, "lines": file_equation(file), **(file.details or {})}


@dataclass(slots=True)
class StepRecord:
    """What is known of one step."""

    step: ResolvedStep
    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    seconds: float = 0.0
    outputs: list[str] = field(default_factory=list)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    status: str = "success"

    @property
    def duration_ms(self) -> float:
        """Time spent in the step's own code, in milliseconds."""
        return round(self.seconds * 1000, 3)

    @property
    def equation(self) -> Equation:
        """What became of its rows. A step that makes nothing consumes what it reads."""
        said = self.metrics if self.step.makes else {"rows_consumed": self.rows_in - self.rows_rejected}
        return step_equation(self.rows_in, self.rows_out, self.rows_rejected, said)

    def entry(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "step_id": self.step.id,
            "uses": self.step.uses,
            "status": self.status,
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "duration_ms": self.duration_ms,
            "outputs": self.outputs,
            "accounting": self.equation,
            "metrics": plain(self.metrics),
            "rows_dropped": plain(self.metrics.get("rows_dropped")),
            "rows_unmatched": plain(self.metrics.get("rows_unmatched", self.metrics.get("unmatched"))),
        }


@dataclass(slots=True)
class OutputRecord:
    """What is known of one output; size and checksum when its last row is written."""

    path: str
    kind: str
    source: str
    rows: int = 0
    bytes: int | None = None
    sha256: str | None = None
    types: dict[str, LogicalType | None] = field(default_factory=dict)

    def entry(self) -> dict[str, Any]:
        """As the manifest has it; a column that never had a value is text."""
        schema = {name: str(kind or LogicalType.STRING) for name, kind in self.types.items()}
        return {
            "path": self.path,
            "kind": self.kind,
            "source": self.source,
            "rows": self.rows,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "schema": schema,
        }


class Record:
    """Everything a run has to say of itself.

    Attributes:
        committed: its outputs and its manifest are published; what goes wrong after that has not failed the run.
    """

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self.started_at = datetime.now(UTC)
        self.plan: Plan | None = None
        self.fingerprint: str | None = None
        self.lease: Lease | None = None
        self.committed = False
        self.inputs: dict[str, InputRecord] = {}
        self.steps: list[StepRecord] = []
        self.outputs: dict[str, OutputRecord] = {}
        self.events: list[dict[str, Any]] = []
        self.drift = DriftRecord()
        self.rejected = RejectedRows(request.pipeline)
        self.standing = Standing()
        self.rejected_output: OutputRecord | None = None
        self.accounting: Equation | None = None

    def planned(self, plan: Plan) -> None:
        """The plan is made: its inputs and outputs have entries from now on, however the run ends."""
        self.plan = plan
        for planned in plan.inputs:
            wanted = planned.wanted
            files = [FileFacts(file.uri, file.bytes) for file in planned.files]
            etags = {file.uri: file.etag for file in planned.files}
            self.inputs[wanted.name] = InputRecord(wanted.uri, wanted.kind, not files, files, etags)
        for output in plan.outputs:
            self.outputs[output.wanted.name] = OutputRecord(output.uri, output.wanted.kind, output.wanted.source)
        for warning in plan.warnings:
            self.event("warning.plan", {"message": warning}, quotes=False)

    def held(self, lease: Lease) -> None:
        """The run has the place of its manifest for itself, or goes on without, and says so."""
        self.lease = lease
        if lease.warning:
            self.event("warning.no_lease", {"message": lease.warning}, quotes=False)

    def step(self, step: ResolvedStep) -> StepRecord:
        """A new entry for a step that begins."""
        entry = StepRecord(step)
        self.steps.append(entry)
        return entry

    def event(
        self, name: str, attributes: Mapping[str, Any], step_id: str | None = None, *, quotes: bool = True
    ) -> None:
        """Note that something happened; a warning is said aloud too. Whether it may quote rows is for its reader."""
        if name.startswith("warning."):
            told = attributes.get("message") or ", ".join(f"{key}: {value}" for key, value in attributes.items())
            say = _log_that_quotes.warning if quotes else _log.warning
            say("%s%s", f"step {step_id}: " if step_id else "", told, extra={"event_name": name})
        at = datetime.now(UTC).isoformat()
        self.events.append({"name": name, "at": at, "step_id": step_id, "attributes": plain(attributes)})

    def totals(self) -> dict[str, int | float]:
        """Rows and bytes so far, of all inputs and of all outputs, and how long it took."""
        files = [file for entry in self.inputs.values() for file in entry.files if file.rows is not None]
        return {
            "rows.in": sum(entry.tap.rows for entry in self.inputs.values() if entry.tap),
            "rows.out": sum(entry.rows for entry in self.outputs.values()),
            "rows.rejected": self.rejected.rows,
            "bytes.in": sum(file.bytes for file in files),
            "bytes.out": sum(entry.bytes or 0 for entry in self.outputs.values()),
            "duration.ms": round((datetime.now(UTC) - self.started_at).total_seconds() * 1000, 3),
        }

    def manifest(self, status: str, error: BaseException | None = None) -> dict[str, Any]:
        """The whole record, as JSON values."""
        request, finished = self.request, datetime.now(UTC)
        origin = request.pipeline.origin
        return {
            "manifest_version": MANIFEST_VERSION,
            "run_id": request.run_id,
            "status": status,
            "client_id": request.client_id,
            "batch_id": request.batch_id,
            "pipeline": {
                "name": request.pipeline.name,
                "version": request.version,
                "file": str(origin.path) if origin.path else None,
                "sha256": origin.sha256,
            },
            "fingerprint": self.fingerprint,
            "replay_of": plain(request.replay_of),
            "replays": [],
            "params": plain(request.params),
            "execution": {
                "mode": self.plan.mode if self.plan else request.mode or request.pipeline.execution.mode,
                "chunk_rows": self.plan.chunk_rows if self.plan else request.chunk_rows,
            },
            "runtime": {
                "name": request.runtime,
                "trakt": trakt.__version__,
                "python": platform.python_version(),
                "pandas": version("pandas"),
                "pyarrow": version("pyarrow"),
            },
            "started_at": self.started_at.isoformat(),
            "finished_at": finished.isoformat(),
            "duration_ms": round((finished - self.started_at).total_seconds() * 1000, 3),
            "peak_memory_mb": peak_memory_mb(),
            "inputs": {name: entry.entry() for name, entry in self.inputs.items()},
            "steps": [entry.entry() for entry in self.steps],
            "outputs": {name: entry.entry() for name, entry in self.outputs.items()},
            "drift": self.drift.entry(hands_on=status != "success"),
            "rejected": self._rejected_entry(self.rejected_output if status == "success" else None),
            "accounting": self.accounting,
            "events": self.events,
            "error": error_entry(error) if error else None,
        }

    def _rejected_entry(self, dataset: OutputRecord | None) -> dict[str, Any]:
        """The rows that were set aside, and the dataset of them, if it is published."""
        known = {"rows": self.rejected.rows, "reasons": dict(sorted(self.rejected.by_reason.items()))}
        if dataset is None:
            return {**known, "path": None, "bytes": None, "sha256": None}
        return {**known, "path": dataset.path, "bytes": dataset.bytes, "sha256": dataset.sha256}


def as_json(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as the bytes of its file."""
    # what is no character (half a surrogate pair, from a file name or a step) is written as JSON's own escape
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def error_entry(error: BaseException) -> dict[str, Any]:
    """An error as the manifest has it: for a step's own exception, its type as the author knows it."""
    cause = error.__cause__ if isinstance(error, StepError) and error.__cause__ else error
    ours = error if isinstance(error, TraktError) else None
    return {
        "type": type(cause).__name__,
        "message": "; ".join(f"{f.where}: {f.what}" if f.where else f.what for f in ours.faults)
        if ours
        else str(error),
        "step_id": ours.step_id if ours else None,
        "chunk": ours.chunk if ours else None,
        "hint": ours.hint if ours else None,
        "faults": [{"what": f.what, "where": f.where, "hint": f.hint} for f in ours.faults] if ours else [],
    }


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it: numbers of numpy become numbers, what JSON does not know its text."""
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {_text(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value if value is None or isinstance(value, (str, int, float, bool)) else _text(value)


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:
        # a step's own object: the record of the run must not fail over it
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def peak_memory_mb() -> float | None:
    """The largest resident size of this process so far, in MiB; None where the system does not say."""
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # bytes on macOS, KiB elsewhere (getrusage(2))
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
