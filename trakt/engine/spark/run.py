"""The steps of a run on Spark: each input's files are parts, and each part is read and worked on by an executor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pandas as pd

from trakt.engine.artifacts import Artifacts
from trakt.engine.drift.watch import compare_shapes
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.records import StepRecord
from trakt.engine.rendered import rendered_apart
from trakt.engine.spark.executors import Executors
from trakt.engine.spark.files import opened
from trakt.engine.spark.sources import Files
from trakt.engine.spark.stage_run import StageRuns
from trakt.engine.spark.stages import stages_of
from trakt.engine.spark.tell import events_in_order
from trakt.engine.stream import Tap
from trakt.errors import TraktError
from trakt.telemetry import Span

_log = logging.getLogger("trakt.engine.progress")


class PartRuns:
    """All steps of a run on Spark. Leaving the `with` block frees what executors keep."""

    def __init__(self, plan: Plan, record: Record, parent: Span) -> None:
        self._plan = plan
        self._record = record
        self._parent = parent
        self._executors = Executors()
        self._running: list[tuple[StepRecord, Span]] = []

    def __enter__(self) -> Self:
        self._executors.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish(error)
        self._executors.__exit__(kind, error, trace)

    def start(self, artifacts: Artifacts, allowance: Allowance) -> None:
        """Have all of it done; what outputs are made of is fetched when they are written."""
        plan, record = self._plan, self._record
        _log.info("on Spark %s", self._executors.version)
        read = {planned.wanted.name: planned for planned in plan.inputs if planned.is_read}
        files = {
            name: Files(planned, *opened(planned, self._executors, record, allowance), self._executors)
            for name, planned in read.items()
        }
        compare_shapes(plan, record)
        for step in plan.graph.steps:
            span = self._parent.child(f"step.{step.id}", {"step.id": step.id, "step.uses": step.uses})
            self._running.append((record.step(step), span))
        rendered = rendered_apart(plan)
        sources = {output.wanted.source for output in plan.outputs if output not in rendered}
        runs = StageRuns(plan, record, self._executors, {entry.step.id: (entry, span) for entry, span in self._running})
        with events_in_order(record, plan.mode):
            for stage in stages_of(plan.graph.steps, list(files), sources):
                allowance.check_time()
                runs.do(stage, files.pop(stage.source, None), allowance)
        for name, many in runs.rows.items():
            frames = runs.kept[name].parts.values(name) if name in sources else iter(())
            artifacts.put(name, _Known(frames, many, counts=name not in sources))
        for name, made in runs.rendered.items():
            artifacts.give(name, made.values(name))

    def finish(self, error: BaseException | None = None) -> None:
        """No more rows will flow. When `error` ends the run, it is charged to the step it names."""
        culprit = error.step_id if isinstance(error, TraktError) else None
        for entry, span in reversed(self._running):
            charged = culprit in (None, entry.step.id)
            if error:
                entry.status = "failed" if charged else "aborted"
            entry.finished = True
            span.end(entry.counts, error if charged else None)
        self._running.clear()


class _Known(Tap):
    """A stream of an artifact whose rows were counted where they were made, unless they pass here."""

    def __init__(self, frames: Iterator[pd.DataFrame], rows: int, *, counts: bool) -> None:
        super().__init__(frames)
        self.rows = rows if counts else 0
