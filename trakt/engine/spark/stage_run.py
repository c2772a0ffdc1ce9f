"""One stage after the other: what executors are given, what they tell, and what all parts come to together."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.records import StepRecord
from trakt.engine.rendered import rendered_apart
from trakt.engine.run_steps import METRICS, step_context
from trakt.engine.spark.executors import Executors
from trakt.engine.spark.facts import Failure, PartFacts
from trakt.engine.spark.look import HeardBy, Look
from trakt.engine.spark.made import Made
from trakt.engine.spark.shipment import packed
from trakt.engine.spark.sides import Side
from trakt.engine.spark.sources import Files, Kept
from trakt.engine.spark.stages import Stage, literals_of, rows_of, whole_of
from trakt.engine.spark.task import PartWork
from trakt.engine.spark.tell import add_step, tell_events, tell_input, tell_metrics
from trakt.engine.step_errors import translated
from trakt.errors import TraktError
from trakt.pipeline.apart import Apart
from trakt.pipeline.graph import ResolvedStep, reader_of
from trakt.pipeline.model import Mode, Output
from trakt.steps.chunks import collected
from trakt.telemetry import Span


class StageRuns:
    """The stages of a run, one after the other.

    Attributes:
        kept: the artifacts that executors keep.
        rendered: what executors have made of outputs, by those as readers.
        rows: how many rows each artifact has.
    """

    def __init__(
        self, plan: Plan, record: Record, executors: Executors, steps: Mapping[str, tuple[StepRecord, Span]]
    ) -> None:
        self._plan = plan
        self._record = record
        self._executors = executors
        self._steps = steps
        self._shipment = packed(plan, record.started_at)
        self._renders = [output.wanted for output in rendered_apart(plan)]
        self.kept: dict[str, Kept] = {}
        self.rendered: dict[str, Made] = {}
        self.rows: dict[str, int] = {}

    def do(self, stage: Stage, files: Files | None, allowance: Allowance) -> None:
        """Have a stage done; `files` are those of its source, where that is an input.

        Raises:
            TraktError: of the first part that failed, or of all parts together.
        """
        source = files or self.kept[stage.source]
        held = {step.id: self._held(step) for step in stage.steps if step.contract.apart}
        sides = {step.id: self._side(step, stage, source, held) for step in stage.steps if step.id in held}
        ids = tuple(step.id for step in stage.steps)
        begun = [stage.source] if files else []
        renders = self._of_outputs([*begun, *(name for step in stage.steps for name in step.makes)])
        work = PartWork(self._shipment, stage.source, source.origin, ids, stage.keeps, renders, sides)
        made = source.made(work)
        everything: list[PartFacts] = made.facts()
        told = self._until_failed(everything, stage, source, work)
        if files:
            tell_input(files, told, self._record, allowance)
        self._learn(stage, told)
        failure = told[-1].failure
        for name in () if failure else told[0].artifacts:
            rows = tuple(each.artifacts[name] for each in told)
            self.rows[name] = sum(rows)
            if name in stage.keeps:
                self.kept[name] = Kept(name, made, rows, tuple(source.places))
        self.rendered |= {reader_of(output): made for output in renders}
        tell_events([event for each in told for event in each.events], stage.steps, self._record)
        self._conclude(stage, everything, held, failure)
        if failure:
            counts_all = failure.error.step_id in held
            raise of_part(failure.again(), "" if counts_all else source.places[len(told) - 1])

    def _until_failed(
        self, told: list[PartFacts], stage: Stage, source: Files | Kept, work: PartWork
    ) -> list[PartFacts]:
        """What was told of parts, until the one that failed first; that is asked again where it could not say all."""
        at = first_failed(told, stage.steps, self._plan.mode)
        failure = None if at is None else told[at].failure
        if at is None or failure is None:
            return told
        culprit = next((step for step in stage.steps if step.id == failure.error.step_id), None)
        if failure.error.step_id is None and (whole := source.whole_of(at)):
            # all faults of its file are told, and not those of one stretch
            again = whole.made_of(replace(work, origin=whole.origin), 0)
            raise (again.failure or failure).again()
        if not culprit or not culprit.contract.apart or work.sides[culprit.id].first_rows:
            return told[: at + 1]
        if before := sum(each.artifacts[rows_of(culprit)] for each in told[:at]):
            # it numbers its rows among all
            side = replace(work.sides[culprit.id], first_rows={at: before + 1})
            again = source.made_of(replace(work, sides={**work.sides, culprit.id: side}), at)
            told[at].failure = again.failure or failure
        return told[: at + 1]

    def _held(self, step: ResolvedStep) -> Mapping[str, Any]:
        """What a step is given whole, as it wants it."""
        apart, entry = apart_of(step), self._steps[step.id][0]
        whole = {name: collected(self.kept[each].parts.values(each)) for name, each in whole_of(step).items()}
        entry.rows_in += sum(map(len, whole.values()))
        return apart.held(**whole, **literals_of(step)) if apart.held else whole

    def _side(
        self, step: ResolvedStep, stage: Stage, source: Files | Kept, held: Mapping[str, Mapping[str, Any]]
    ) -> Side:
        shared = self._executors.share(held[step.id]) if held[step.id] else None
        return Side(shared, source.first_rows if rows_of(step) == stage.source else {}, self._found(step, source))

    def _found(self, step: ResolvedStep, source: Files | Kept) -> Sequence[HeardBy]:
        """What each part is to know of the others before the step is run for it."""
        apart, literals = apart_of(step), literals_of(step)
        if apart.rounds is None or not apart.looks(literals):
            return ()
        assert isinstance(source, Kept)  # `stages_of` lets the step begin a stage of its own
        began = time.perf_counter()
        look = Look(step.id, self._plan.mode, apart.rounds(literals))
        found = look.over(source.parts, source.name, len(source.rows), self._executors)
        self._steps[step.id][0].seconds += time.perf_counter() - began
        return found

    def _learn(self, stage: Stage, told: Sequence[PartFacts]) -> None:
        for each in told:
            for step in stage.steps:
                add_step(self._steps[step.id][0], each.steps[step.id], self._record)
        for step in stage.steps:
            tell_metrics(self._steps[step.id][0], [each.steps[step.id] for each in told], self._record)

    def _conclude(
        self,
        stage: Stage,
        told: Sequence[PartFacts],
        held: Mapping[str, Mapping[str, Any]],
        failure: Failure | None,
    ) -> None:
        """Let steps that look at all rows say what all parts come to, as far as they were given all of them."""
        steps = self._done_before(stage, failure) if failure else stage.steps
        for step in steps:
            if step.id not in held:
                continue
            result = self._total(step, [each.steps[step.id].tally for each in told], held[step.id])
            self._steps[step.id][0].metrics = result[METRICS]
            for key, artifact in step.outputs.items():
                if not failure and isinstance(artifact, str) and len(result.get(key, ())):
                    self._add_part(step, artifact, result[key], len(told))

    def _done_before(self, stage: Stage, failure: Failure) -> Sequence[ResolvedStep]:
        """In batch mode a step is done with all rows before the next one begins."""
        ids = [step.id for step in stage.steps]
        failed = failure.error.step_id
        return stage.steps[: ids.index(failed)] if self._plan.mode == "batch" and failed in ids else ()

    def _total(self, step: ResolvedStep, tallies: Sequence[Any], held: Mapping[str, Any]) -> Mapping[str, Any]:
        ctx = step_context(self._plan, *self._steps[step.id][:1], self._record, self._steps[step.id][1])
        try:
            return apart_of(step).total(ctx, tallies, **{**literals_of(step), **held})
        except Exception as error:
            raise translated(error, step.id) from error

    def _add_part(self, step: ResolvedStep, name: str, frame: pd.DataFrame, parts: int) -> None:
        """Rows that come after those of all parts are one more of them."""
        self._steps[step.id][0].rows_out += len(frame)
        self.rows[name] += len(frame)
        kept, renders = self.kept.get(name), self._of_outputs([name])
        if kept is None and not renders:
            return
        given = self._executors.given(name, [frame], parts)
        last = Kept(name, given, (len(frame),), (f"the rows that step '{step.id}' puts at the end",))
        made = last.made(PartWork(self._shipment, name, last.origin, (), (name,) if kept else (), renders, {}))
        if failure := made.facts()[0].failure:
            raise failure.again()
        if kept:
            self.kept[name] = Kept(name, kept.parts.and_then(made), kept.rows + last.rows, kept.places + last.places)
        for output in renders:
            self.rendered[reader_of(output)] = self.rendered[reader_of(output)].and_then(made)

    def _of_outputs(self, names: Collection[str]) -> tuple[Output, ...]:
        """The outputs of these artifacts that executors make text of."""
        return tuple(output for output in self._renders if output.source in names)


def first_failed(told: Sequence[PartFacts], steps: Sequence[ResolvedStep], mode: Mode) -> int | None:
    """The part whose failure one machine would have come to first: in batch mode the next step waits for all rows."""
    order = {step.id: place for place, step in enumerate(steps, 1)} if mode == "batch" else {}
    failed = [(order.get(each.failure.error.step_id or "", 0), part) for part, each in enumerate(told) if each.failure]
    return min(failed)[1] if failed else None


def apart_of(step: ResolvedStep) -> Apart:
    """How a step is run in parts that says so."""
    assert step.contract.apart is not None
    return step.contract.apart


def of_part(error: TraktError, place: str) -> TraktError:
    """What a step did wrong, with the file in which it counts its rows; what is wrong with a file names it already."""
    if place and error.step_id:
        error.faults = tuple(replace(fault, where=f"{fault.where} (in {place})") for fault in error.faults)
    return error
