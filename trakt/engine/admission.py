"""Whether a run is begun here: estimates of its rows and its memory, before any of it is read.

| decision | when |
|---|---|
| run | it fits as it was asked for |
| stream | a batch would not fit in memory, and every step can work on a stream: the same bytes, in bounded memory |
| delegate | it does not fit, or is for Spark and there is none; another runtime takes it |
| reject | it does not fit, and nobody else takes it |

An estimate may err. So rows only count when they are clearly too many; what is nearer to the limit is begun, and
`trakt.engine.limits` counts what is truly read.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from trakt.engine.check import check
from trakt.engine.estimate import CLEARLY_MORE, Estimate, estimated
from trakt.engine.limits import Limits
from trakt.errors import Fault, LimitError, counted
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Mode

if TYPE_CHECKING:
    from trakt.engine.manifest import Record
    from trakt.engine.plan import Plan

Decision = Literal["run", "stream", "delegate", "reject"]

_SPARK_HINT = "let a Glue job take it (on_limit: glue), or set `engine: local`"
_ROWS_HINT = "raise the limit, send smaller batches, or let a Glue job take what is too large (on_limit: glue)"
_MEMORY_HINT = (
    "run in stream mode (execution: mode: stream), give the function more memory, "
    "or let a Glue job take what is too large (on_limit: glue)"
)

_log = logging.getLogger("trakt.engine")


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision and what it rests on.

    Attributes:
        mode: how it would run.
        reasons: what does not fit and how that is met, or what does; they quote nothing of the client's.
        faults: those of the reasons that speak against it.
    """

    decision: Decision
    mode: Mode
    estimate: Estimate
    reasons: tuple[str, ...]
    faults: tuple[Fault, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Small enough for the state of a state machine."""
        return {
            "decision": self.decision,
            "rows": self.estimate.rows,
            "memory_mb": self.estimate.memory_mb(self.mode),
            "bytes": self.estimate.bytes,
            "files": self.estimate.files,
            "reasons": list(self.reasons),
        }

    def describe(self) -> str:
        """For people, in one line."""
        rows = "rows unknown" if self.estimate.rows is None else f"about {counted(self.estimate.rows, 'row')}"
        return f"{self.decision} ({rows}, about {self.estimate.memory_mb(self.mode):,} MiB of memory)"


def admitted(plan: Plan, *, is_asked: bool = False) -> Plan:
    """The plan with its admission, in the mode that was decided on.

    Args:
        is_asked: somebody wants to know; else the files are only looked at where something depends on it.
    """
    request = plan.request
    size = estimated(plan, None if is_asked else request.limits)
    if plan.engine == "spark" and not request.limits.has_spark:
        fault = Fault("the engine is spark, and there is none here", "engine", _SPARK_HINT)
        return replace(plan, admission=Admission("delegate", plan.mode, size, (fault.what,), (fault,)))
    graph: Graph | None = None
    obstacles: Sequence[str] = ()
    if plan.mode == "batch" and _is_over(size.batch_mb, request.limits):
        graph, faults = check(
            request.pipeline, mode="stream", registry=request.registry, strict=request.strict, params=request.params
        )
        obstacles = [fault.what for fault in faults]
    admission = decide(plan.mode, size, request.limits, obstacles)
    if admission.decision == "stream" and graph is not None:
        return replace(plan, admission=admission, mode="stream", graph=graph, chunk_rows=request.rows_per_chunk)
    return replace(plan, admission=admission)


def let_in(plan: Plan, record: Record) -> Plan:
    """The plan as it is to run here; where it is to run in another mode than was asked for, that is told.

    Raises:
        LimitError: it is not to run here, with every reason; who called may hand it over.
    """
    limits = plan.request.limits
    if not limits.bound_size and limits.has_spark:
        return plan
    plan = admitted(plan)
    admission = plan.admission
    assert admission
    if admission.faults:
        raise LimitError.of(admission.faults)
    if admission.decision == "stream":
        record.event("admission", {**admission.as_dict(), "mode": plan.mode})
        _log.info("in stream mode: %s", "; ".join(admission.reasons))
    record.plan = plan
    return plan


def decide(mode: Mode, size: Estimate, limits: Limits, obstacles: Sequence[str] = ()) -> Admission:
    """What to do with a run that was asked for in `mode`; `obstacles` are what keeps a batch from being a stream."""
    if not limits.bound_size:
        return Admission("run", mode, size, ("there is no limit on rows or memory",))
    rows = _rows_fault(size, limits)
    memory = _memory_fault(mode, size, limits)
    if memory and not rows and mode == "batch" and not obstacles and not _is_over(size.stream_mb, limits):
        instead = f"in stream mode, which every step supports, about {size.stream_mb:,} MiB do"
        return Admission("stream", "stream", size, (memory.what, instead))
    faults = tuple(fault for fault in (rows, memory) if fault)
    if not faults:
        return Admission("run", mode, size, tuple(_fits(mode, size, limits)))
    decision: Decision = "delegate" if limits.hand_over else "reject"
    told = [fault.what for fault in faults] + (list(obstacles) if memory else [])
    return Admission(decision, mode, size, tuple(told), faults)


def _is_over(memory_mb: int, limits: Limits) -> bool:
    return limits.memory_mb is not None and memory_mb > limits.memory_mb


def _rows_fault(size: Estimate, limits: Limits) -> Fault | None:
    limit = limits.max_rows
    if limit is None or size.rows is None or size.rows <= CLEARLY_MORE * limit:
        return None
    what = f"more than {counted(limit, 'row')}: inputs of {size.bytes:,} bytes hold about {size.rows:,}"
    return Fault(what, "max_batch_rows", _ROWS_HINT)


def _memory_fault(mode: Mode, size: Estimate, limits: Limits) -> Fault | None:
    needed = size.memory_mb(mode)
    if not _is_over(needed, limits):
        return None
    what = (
        f"inputs of {size.bytes:,} bytes would need about {needed:,} MiB of memory in {mode} mode; "
        f"there are {limits.memory_mb:,}"
    )
    hint = _MEMORY_HINT if mode == "batch" else "give the function more memory, or smaller chunks (chunk_rows)"
    return Fault(what, "memory", hint)


def _fits(mode: Mode, size: Estimate, limits: Limits) -> Sequence[str]:
    told = []
    if limits.max_rows is not None and size.rows is not None:
        if size.rows > limits.max_rows:
            told.append(f"about {size.rows:,} rows may be more than {limits.max_rows:,}: reading will tell")
        else:
            told.append(f"about {counted(size.rows, 'row')} of {limits.max_rows:,}")
    if limits.memory_mb is not None:
        told.append(f"about {size.memory_mb(mode):,} MiB of {limits.memory_mb:,} in {mode} mode")
    return told or ["its rows will be counted as they are read"]
