"""Steps called one after the other. In stream mode a call only sets up the flow; the work happens as it drains."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import pandas as pd

from trakt.engine.artifacts import Artifacts, own
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.read import read_inputs
from trakt.engine.records import StepRecord
from trakt.engine.request import RunRequest
from trakt.engine.step_errors import broken_contract, translated
from trakt.engine.stream import Tap
from trakt.errors import TraktError, counted
from trakt.pipeline.bindings import refs_in
from trakt.pipeline.context import Context, Told
from trakt.pipeline.graph import OutputBinding, ResolvedStep
from trakt.pipeline.model import Binding, Const, Mode, Ref
from trakt.telemetry import Span

METRICS = "__metrics__"

_log = logging.getLogger("trakt.engine.progress")


class StepRun:
    """One step of one run: called by `start`, over when `finish` is."""

    def __init__(self, step: ResolvedStep, mode: Mode, record: StepRecord, span: Span) -> None:
        self._step = step
        self._stream = mode == "stream"
        self._record = record
        self._span = span
        self._artifacts: Artifacts | None = None
        self._metrics: Mapping[str, Any] = {}
        self._own_seconds = 0.0
        # one frame returned under two names must not be one frame for their readers
        self._makes_several = len(step.makes) > 1

    def start(self, ctx: Context, artifacts: Artifacts) -> None:
        """Call the step's function and keep what it makes.

        Raises:
            StepError: it raised, or returned something its contract does not allow.
        """
        self._artifacts = artifacts
        arguments = {name: self._argument(binding, artifacts) for name, binding in self._step.inputs.items()}
        began = time.perf_counter()
        try:
            result = self._step.function(ctx, **arguments)
        except (Exception, SystemExit) as error:
            raise translated(error, self._step.id) from error
        self._own_seconds = time.perf_counter() - began
        for key, value in self._results(result).items():
            self._bind(self._step.outputs[key], value, key, artifacts)

    @property
    def id(self) -> str:
        """The step's id."""
        return self._step.id

    def finish(self, error: BaseException | None = None, *, charged: bool = True) -> None:
        """Nothing more will flow: note the counts and end the span.

        Args:
            error: what ended the run before its time.
            charged: whether it was this step's doing; else it only stopped with the others.
        """
        upstream = sum(tap.seconds for tap in self._record.taken)
        downstream = sum(tap.seconds for tap in self._record.made)
        if self._stream and self._artifacts:
            # what it was given, even where it has stopped early: as in batch mode
            mentions = [name for binding in self._step.inputs.values() for _, name in refs_in(binding)]
            self._record.rows_in = sum(map(self._artifacts.rows, mentions))
            self._record.rows_out = sum(tap.rows for tap in self._record.made)
        self._record.seconds = max(0.0, self._own_seconds + downstream - upstream)
        self._record.metrics = dict(self._metrics)
        if error:
            self._record.status = "failed" if charged else "aborted"
        self._record.finished = True
        self._span.end(self._record.counts, error if charged else None)

    def _argument(self, binding: Binding, artifacts: Artifacts) -> Any:
        if isinstance(binding, Const):
            # the pipeline may run again: what a step does to its literals must not stay
            return own(binding.value)
        if isinstance(binding, Ref):
            return self._counted_in(artifacts.take(binding.name))
        if isinstance(binding, Mapping):
            return {key: self._argument(item, artifacts) for key, item in binding.items()}
        return [self._argument(item, artifacts) for item in binding]

    def _counted_in(self, value: Any) -> Any:
        if self._stream and isinstance(value, Iterator):
            tap = Tap(value)
            self._record.taken.append(tap)
            return tap
        if isinstance(value, pd.DataFrame):
            self._record.rows_in += len(value)
        return value

    def _results(self, result: Any) -> dict[str, Any]:
        """What the step returned, by output key; a step with one output may return it bare."""
        wanted = list(self._step.outputs)
        if not isinstance(result, Mapping):
            if len(wanted) == 1 and result is not None:
                return {wanted[0]: result}
            if not wanted:
                return {}
            what = f"returned {type(result).__name__}, not a mapping with {', '.join(wanted)}"
            raise broken_contract(self._step.id, what, f'end it with: return {{"{wanted[0]}": frame}}')
        # a stream step may fill its metrics while it drains: keep the mapping itself, however empty
        metrics = {} if result.get(METRICS) is None else result[METRICS]
        if not isinstance(metrics, Mapping):
            raise broken_contract(
                self._step.id, f"returned {METRICS} that is no mapping", "name each metric: {name: number}"
            )
        self._metrics = metrics
        missing = [key for key in wanted if key not in result]
        if missing:
            returned = [str(key) for key in result if key != METRICS]
            what = f"did not return {', '.join(missing)} (it returned {', '.join(returned) or 'nothing'})"
            raise broken_contract(self._step.id, what, f'return each declared output: return {{"{missing[0]}": frame}}')
        extra = [str(key) for key in result if key not in (METRICS, *self._step.contract.outputs)]
        if extra:
            what = f"returned {', '.join(extra)}, which it does not declare"
            raise broken_contract(self._step.id, what, "add it to the outputs of its contract, or do not return it")
        return {key: result[key] for key in wanted}

    def _bind(self, binding: OutputBinding, value: Any, key: str, artifacts: Artifacts) -> None:
        """Give an output its artifact name; lists and maps of names take a list or a map of values apart."""
        if isinstance(binding, str):
            self._record.outputs.append(binding)
            artifacts.put(binding, self._counted_out(value, key))
        elif isinstance(binding, Mapping):
            if not isinstance(value, Mapping) or not set(binding) <= set(value):
                raise broken_contract(self._step.id, f"must return a mapping with {', '.join(binding)} under '{key}'")
            for name, part in binding.items():
                self._bind(part, value[name], f"{key}.{name}", artifacts)
        else:
            parts = list(value) if isinstance(value, (list, tuple)) else None
            if parts is None or len(parts) != len(binding):
                raise broken_contract(self._step.id, f"must return a list of {len(binding)} under '{key}'")
            for position, part in enumerate(binding):
                self._bind(part, parts[position], f"{key}[{position}]", artifacts)

    def _counted_out(self, value: Any, key: str) -> Any:
        if isinstance(value, pd.Series):
            hint = "make a frame of it: .to_frame(), or .reset_index() after a groupby"
            raise broken_contract(self._step.id, f"returned a Series under '{key}', not a DataFrame", hint)
        if isinstance(value, pd.DataFrame):
            if not self._stream:
                self._record.rows_out += len(value)
                return own(value) if self._makes_several else value
            value = [value]
        if not isinstance(value, Iterable) or isinstance(value, (str, bytes, Mapping)):
            return value
        if not self._stream:
            if isinstance(value, Iterator):
                hint = "collect it with pandas.concat, or run with `execution: {mode: stream}`"
                raise broken_contract(self._step.id, f"returned a stream under '{key}' in batch mode", hint)
            return value
        frames = map(own, value) if self._makes_several else iter(value)
        tap = Tap(self._guarded(frames, key))
        self._record.made.append(tap)
        return tap

    def _guarded(self, frames: Iterator[Any], key: str) -> Iterator[pd.DataFrame]:
        """The step's stream, whose faults name the step and the chunk."""
        chunk = 0
        while True:
            chunk += 1
            try:
                frame = next(frames)
            except StopIteration:
                self._check_taken()
                break
            except (Exception, SystemExit) as error:
                self._check_taken()
                raise translated(error, self._step.id, chunk) from error
            if not isinstance(frame, pd.DataFrame):
                what = f"yielded {type(frame).__name__} under '{key}', not a pandas DataFrame"
                raise broken_contract(self._step.id, what, chunk=chunk)
            yield frame
        if chunk == 1:
            hint = "yield an empty frame when nothing is left: it keeps the columns"
            raise broken_contract(self._step.id, f"yielded no chunk under '{key}'", hint)

    def _check_taken(self) -> None:
        """A fault of an input ends the run, even when the step caught it."""
        for tap in self._record.taken:
            tap.check()


class StepRuns:
    """All steps of a run. Leaving the `with` block early ends those that still run."""

    def __init__(self, plan: Plan, record: Record, parent: Span) -> None:
        self._plan = plan
        self._record = record
        self._parent = parent
        self._running: list[StepRun] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish(error)

    def start(self, artifacts: Artifacts, allowance: Allowance) -> None:
        """Open the inputs, and start every step in order.

        In batch mode each is finished before the next; a stream's run on.
        """
        read_inputs(self._plan, self._record, artifacts, allowance)
        for step in self._plan.graph.steps:
            allowance.check_time()
            span = self._parent.child(f"step.{step.id}", {"step.id": step.id, "step.uses": step.uses})
            entry = self._record.step(step)
            run = StepRun(step, self._plan.mode, entry, span)
            self._running.append(run)
            run.start(step_context(self._plan, entry, self._record, span), artifacts)
            if self._plan.mode == "batch":
                self.finish()
                _log.info(
                    "step %s: %s in, %s out", step.id, *(counted(n, "row") for n in (entry.rows_in, entry.rows_out))
                )

    def finish(self, error: BaseException | None = None) -> None:
        """No more rows will flow. When `error` ends the run, it is charged to the step it names."""
        culprit = error.step_id if isinstance(error, TraktError) else None
        for run in reversed(self._running):
            run.finish(error, charged=culprit in (None, run.id))
        self._running.clear()


def step_context(plan: Plan, entry: StepRecord, record: Record, span: Span) -> Context:
    """What a step sees of its run; what it notes and sets aside goes into the record."""
    request, step = plan.request, entry.step

    def on_reject(rows: Any, reason: str, column: Told, message: Told) -> int:
        many = record.rejected.of_step(step.id, rows, reason, column, message)
        entry.rows_rejected += many
        return many

    def on_event(name: str, attributes: Mapping[str, Any]) -> None:
        # what the ready-made steps say is known to quote no row
        record.event(name, attributes, step.id, quotes=not step.uses.startswith("trakt.steps."))
        span.event(name, attributes)

    context = context_of(request, plan.mode, record.started_at)
    return replace(context, step_id=step.id, on_event=on_event, on_reject=on_reject)


def context_of(request: RunRequest, mode: Mode, started_at: datetime) -> Context:
    """What every step of a run sees of it."""
    return Context(
        run_id=request.run_id,
        pipeline_name=request.pipeline.name,
        pipeline_version=request.version,
        client_id=request.client_id,
        batch_id=request.batch_id,
        mode=mode,
        started_at=started_at,
        metadata={**request.runtime_metadata, **request.metadata},
    )
