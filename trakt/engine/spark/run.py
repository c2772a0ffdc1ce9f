"""The steps of a run on Spark: each input's files are parts, and each part is read and worked on by an executor."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

import pandas as pd

from trakt.engine.artifacts import Artifacts
from trakt.engine.drift.watch import compare_shapes
from trakt.engine.find import PlannedInput
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.read import accounted
from trakt.engine.records import StepRecord
from trakt.engine.spark.executors import Executors
from trakt.engine.spark.facts import Failure, PartFacts
from trakt.engine.spark.files import opened
from trakt.engine.spark.shipment import packed
from trakt.engine.spark.task import FilePart, PartWork
from trakt.engine.spark.tell import add_step, tell_events, tell_file
from trakt.engine.stream import Tap
from trakt.errors import TraktError
from trakt.formats import FilesApart
from trakt.pipeline.graph import ResolvedStep
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
        read = [planned for planned in plan.inputs if planned.is_read]
        apart = [opened(planned, self._executors, record, allowance) for planned in read]
        compare_shapes(plan, record)
        for step in plan.graph.steps:
            span = self._parent.child(f"step.{step.id}", {"step.id": step.id, "step.uses": step.uses})
            self._running.append((record.step(step), span))
        shipment = packed(plan, record.started_at)
        for planned, (files, parts) in zip(read, apart, strict=True):
            allowance.check_time()
            work = self._work_on(planned, files, parts, shipment)
            self._do(planned, files, work, artifacts, allowance)

    def finish(self, error: BaseException | None = None) -> None:
        """No more rows will flow. When `error` ends the run, it is charged to the step it names."""
        culprit = error.step_id if isinstance(error, TraktError) else None
        for entry, span in reversed(self._running):
            charged = culprit in (None, entry.step.id)
            if error:
                entry.status = "failed" if charged else "aborted"
            entry.finished = True
            counts = {"rows.in": entry.rows_in, "rows.out": entry.rows_out, "duration.ms": entry.duration_ms}
            span.end(counts, error if charged else None)
        self._running.clear()

    def _work_on(
        self, planned: PlannedInput, files: FilesApart, parts: tuple[FilePart, ...], shipment: bytes
    ) -> PartWork:
        name, plan = planned.wanted.name, self._plan
        steps = _downstream(name, plan.graph.steps)
        made = [name, *(each for step in steps for each in step.makes)]
        sources = {output.wanted.source for output in plan.outputs}
        return PartWork(
            shipment=shipment,
            name=name,
            parts=parts,
            sets_aside=planned.wanted.on_bad_rows == "quarantine",
            reading=files.reading,
            steps=tuple(step.id for step in steps),
            wanted=tuple(each for each in made if each in sources),
        )

    def _do(
        self, planned: PlannedInput, files: FilesApart, work: PartWork, artifacts: Artifacts, allowance: Allowance
    ) -> None:
        made = self._executors.do(work, len(work.parts))
        facts = made.facts()
        if (broken := _broken_stretch(work.parts, facts)) is not None:
            # all faults of its file are told, and not those of one stretch
            part, failure = broken
            again: PartFacts = self._executors.do(replace(work, parts=(FilePart(part.file),)), 1).facts()[0]
            raise (again.failure or failure).again()
        rows = self._learn(planned, files, work.parts, facts, allowance)
        for each, many in rows.items():
            wanted = each in work.wanted
            frames = made.values(each) if wanted else iter(())
            artifacts.put(each, _Known(frames, many, counts=not wanted))

    def _learn(
        self,
        planned: PlannedInput,
        files: FilesApart,
        parts: tuple[FilePart, ...],
        told: list[PartFacts],
        allowance: Allowance,
    ) -> Mapping[str, int]:
        """Note what executors have told, in the order in which one machine would have found it."""
        record, entry = self._record, self._record.inputs[planned.wanted.name]
        entry.tap = Tap(())
        entry.nulls = nulls = dict.fromkeys(files.types, 0)
        steps = {each.step.id: each for each, _ in self._running}
        known = {file.uri: file for file in files.files}
        rows: dict[str, int] = {}
        for part, facts in zip(parts, told, strict=True):
            file = known[part.file.uri]
            tell_file(file, facts, record.rejected.of_file(planned.wanted, file.uri))
            for column, many in facts.nulls.items():
                nulls[column] += many
            for step_id, each in facts.steps.items():
                add_step(steps[step_id], each, record)
            tell_events(facts, steps, record)
            entry.tap.seconds += facts.seconds
            if facts.failure:
                raise _of_part(facts.failure.again(), part if len(parts) > 1 else None)
            for name, many in facts.artifacts.items():
                rows[name] = rows.get(name, 0) + many
            entry.seen(file.uri, file.rows or 0, part.stretch.end if part.stretch else file.bytes)
        for file in files.files:
            entry.tap.rows += file.rows or 0
            allowance.reading()(file.rows or 0)
        for _ in accounted(planned.wanted, iter(()), files.files, record):
            pass
        next(entry.tap, None)
        return rows


class _Known(Tap):
    """A stream of an artifact whose rows were counted where they were made, unless they pass here."""

    def __init__(self, frames: Iterator[pd.DataFrame], rows: int, *, counts: bool) -> None:
        super().__init__(frames)
        self.rows = rows if counts else 0


def _broken_stretch(parts: tuple[FilePart, ...], told: list[PartFacts]) -> tuple[FilePart, Failure] | None:
    """The stretch whose reading has failed before anything else did."""
    failed = ((part, facts.failure) for part, facts in zip(parts, told, strict=True) if facts.failure)
    part, failure = next(failed, (None, None))
    return (part, failure) if part and failure and part.stretch and failure.error.step_id is None else None


def _of_part(error: TraktError, part: FilePart | None) -> TraktError:
    """What a step did wrong, with the file in which it counts its rows; what is wrong with a file names it already."""
    if part and error.step_id:
        place = part.file.uri + (f" from line {part.stretch.first_line}" if part.stretch else "")
        error.faults = tuple(replace(fault, where=f"{fault.where} (in {place})") for fault in error.faults)
    return error


def _downstream(name: str, steps: tuple[ResolvedStep, ...]) -> list[ResolvedStep]:
    """The steps whose rows begin with that input."""
    known, found = {name}, []
    for step in steps:
        if known.intersection(step.reads):
            known.update(step.makes)
            found.append(step)
    return found
