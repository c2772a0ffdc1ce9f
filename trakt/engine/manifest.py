"""The record of a run, filled as it goes, and the manifest made of it.

The manifest is the commit record: written last, it says that the outputs it names, with their checksums,
are whole. Its JSON Schema is `manifest.schema.json` beside this file.
"""

from __future__ import annotations

import contextlib
import json
import logging
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trakt
from trakt.engine.accounting import Equation
from trakt.engine.committed import MANIFEST_VERSION, Standing
from trakt.engine.plain import plain
from trakt.engine.plan import Plan
from trakt.engine.profile import DriftRecord
from trakt.engine.records import InputRecord, OutputRecord, StepRecord
from trakt.engine.rejected import RejectedRows
from trakt.engine.request import RunRequest
from trakt.errors import QUOTING, StepError, TraktError
from trakt.formats import FileFacts
from trakt.pipeline.graph import ResolvedStep
from trakt.storage import Lease

if TYPE_CHECKING:
    pass

_log = logging.getLogger("trakt.engine")
_log_that_quotes = logging.getLogger(QUOTING)


class Record:
    """Everything a run has to say of itself.

    Attributes:
        committed: its outputs and its manifest are published; what goes wrong after that has not failed the run.
        is_half_published: some of its outputs are, and could not be put back.
    """

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self.started_at = datetime.now(UTC)
        self.plan: Plan | None = None
        self.fingerprint: str | None = None
        self.lease: Lease | None = None
        self.committed = False
        self.is_half_published = False
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
            absent = not files and not planned.is_asked
            self.inputs[wanted.name] = InputRecord(wanted.uri, wanted.kind, absent, files, etags)
        for output in plan.outputs:
            self.outputs[output.wanted.name] = OutputRecord(
                output.uri,
                output.wanted.kind,
                output.wanted.source,
                partition_by=output.wanted.partition_by,
                is_folder=output.wanted.is_folder,
            )
        for warning in plan.warnings:
            self.event("warning.plan", {"message": warning}, quotes=False)

    def asked(self, plan: Plan) -> None:
        """Queries have run: their inputs have files from now on."""
        self.plan = plan
        for planned in plan.inputs:
            if planned.is_asked:
                entry = self.inputs[planned.wanted.name]
                entry.files = [FileFacts(file.uri, file.bytes) for file in planned.files]
                entry.etags = {file.uri: file.etag for file in planned.files}

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
        overlay = origin.overlay
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
                "overlay": {"file": str(overlay.path), "sha256": overlay.sha256} if overlay else None,
            },
            "fingerprint": self.fingerprint,
            "replay_of": plain(request.replay_of),
            "replays": [],
            "params": plain(request.params),
            "execution": {
                "engine": request.runs_on,
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


def peak_memory_mb() -> float | None:
    """The largest resident size of this process so far, in MiB; None where the system does not say."""
    # Linux hands `ru_maxrss` on from who has started a process, however large that is; this is the process's own
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        mark = next(line for line in lines if line.startswith("VmHWM:"))
        return round(int(mark.split()[1]) / (1 << 10), 1)
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # bytes on macOS, KiB elsewhere (getrusage(2))
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
