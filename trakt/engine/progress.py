"""How far a run is, for who looks at it from time to time, from any thread.

Nobody is called while rows flow: the records that become the manifest are looked at. So a run that is watched does the
same as one that is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.records import InputRecord, OutputRecord, StepRecord
from trakt.pipeline.graph import ResolvedStep
from trakt.pipeline.model import Mode

Kind = Literal["input", "step", "output"]
State = Literal["waiting", "absent", "unread", "types", "rows", "running", "writing", "done", "stopped"]


@dataclass(frozen=True, slots=True)
class Part:
    """One input, step or output of a run, as far as it is.

    Attributes:
        state: an input goes through `types` (the pass that decides them, where some are not declared) and `rows`, a
            step through `running`, an output through `writing`; what is `waiting` has not begun, and a `stopped` step
            was under way when the run failed.
        rows_in, rows_out: so far; None where there is no such number. An input has only what comes in.
        rejected: rows set aside so far; None for an output.
        bytes: stored bytes read so far in this pass, or written so far; None for a step.
        of_bytes: of how many; None where nobody can know.
        passes: how often an input is read: 2 where its types are decided first.
        seconds: what it took, once it is done: reading, the step's own work, writing. Some of it overlaps.
    """

    kind: Kind
    name: str
    state: State
    rows_in: int | None = None
    rows_out: int | None = None
    rejected: int | None = None
    bytes: int | None = None
    of_bytes: int | None = None
    passes: int = 1
    seconds: float = 0.0


class Progress:
    """One run, to look at. Each look is a fresh one; numbers of different parts may be some rows apart."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._began = time.perf_counter()

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self._record.request.pipeline.name

    @property
    def mode(self) -> Mode | None:
        """Batch or stream; None before that is decided."""
        return self._record.plan.mode if self._record.plan else None

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.perf_counter() - self._began

    def parts(self) -> list[Part]:
        """Inputs, steps and outputs, in the order of the pipeline; none before the plan is made."""
        plan = self._record.plan
        return list(self._parts(plan)) if plan else []

    def _parts(self, plan: Plan) -> Iterator[Part]:
        record = self._record
        for planned in plan.inputs:
            name = planned.wanted.name
            rejected = _total(record.rejected.of_inputs[name])
            yield _input(name, record.inputs[name], rejected, is_read=planned.is_read)
        begun = {entry.step.id: entry for entry in list(record.steps)}
        for step in plan.graph.steps:
            yield _step(step, begun.get(step.id), is_stream=plan.mode == "stream")
        for output in plan.outputs:
            yield _output(output.wanted.name, record.outputs[output.wanted.name])


Watcher = Callable[[Progress], None]
"""Called once, when a run begins, with what can be looked at while it lasts and after."""


def _total(counts: dict[str, int]) -> int:
    # another thread may add a reason meanwhile
    return sum(list(counts.values()))


def _input(name: str, entry: InputRecord, rejected: int, *, is_read: bool) -> Part:
    looks, tap = list(entry.looks.values()), entry.tap
    passes = 2 if any(look.is_typed for look in looks) else 1
    of_bytes = sum(file.bytes for file in entry.files)
    state: State
    if entry.absent or not is_read:
        return Part("input", name, "absent" if entry.absent else "unread")
    if tap is None:
        state = "types" if passes == 2 else "waiting"
        read, rows = sum(look.typed_bytes for look in looks), sum(look.typed_rows for look in looks)
    elif tap.ended:
        state, read, rows = "done", of_bytes, tap.rows
    else:
        state, read = "rows", sum(look.bytes for look in looks)
        rows = max(0, sum(look.rows for look in looks) - rejected)
    seconds = entry.opening_seconds + tap.seconds if tap else 0.0
    # a file may grow while it is read, until that is found
    read = min(read, of_bytes)
    return Part("input", name, state, rows, None, rejected, read, of_bytes, passes, seconds)


def _step(step: ResolvedStep, entry: StepRecord | None, *, is_stream: bool) -> Part:
    if entry is None:
        return Part("step", step.id, "waiting")
    rows_in, rows_out = entry.rows_in, entry.rows_out
    state: State = "running"
    if entry.finished:
        # whose fault it was is for the error to say
        state = "done" if entry.status == "success" else "stopped"
    elif is_stream:
        rows_in, rows_out = sum(tap.rows for tap in entry.taken), sum(tap.rows for tap in entry.made)
        if entry.made and all(tap.ended for tap in entry.made):
            state = "done"
    return Part("step", step.id, state, rows_in, rows_out, entry.rows_rejected, seconds=entry.seconds)


def _output(name: str, entry: OutputRecord) -> Part:
    written = entry.bytes_so_far() if entry.bytes is None else entry.bytes
    state: State = "waiting"
    if entry.bytes is not None:
        state = "done"
    elif written or entry.rows:
        state = "writing"
    return Part("output", name, state, None, entry.rows, bytes=written, seconds=entry.seconds)
