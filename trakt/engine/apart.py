"""What keeps a pipeline from running on Spark, where its rows are worked on in parts: found before a byte is read."""

from __future__ import annotations

from collections.abc import Sequence

from trakt.engine.find import PlannedInput
from trakt.engine.request import RunRequest
from trakt.errors import Fault, PipelineError
from trakt.formats import reads_apart
from trakt.pipeline.apart import Apart
from trakt.pipeline.bindings import refs_in
from trakt.pipeline.graph import Graph, ResolvedStep
from trakt.pipeline.report import Report

_LOCALLY = "or run it here: engine: local"


def apart_faults(request: RunRequest, graph: Graph) -> list[Fault]:
    """Every input and step that cannot be worked on in parts, each with the reason and the remedy."""
    report = Report(request.pipeline)
    if not request.limits.has_spark and not request.limits.hand_over:
        hint = "set `execution.engine: local` for it, or let a Glue job take it (on_limit: glue)"
        report.add(("execution", "engine"), "a Lambda function has no Spark", hint)
    for wanted in request.pipeline.inputs:
        if not reads_apart(wanted.kind) and wanted.name not in graph.unread:
            what = (
                f"input '{wanted.name}' cannot be read on Spark: the format of kind {wanted.kind} has no `open_apart`"
            )
            hint = f"ask the package that offers it, deliver it as csv, jsonl or parquet, {_LOCALLY}"
            report.add(("inputs", wanted.name, "kind"), what, hint)
    positions = {step.id: index for index, step in enumerate(request.pipeline.steps)}
    for step in graph.steps:
        if problem := _problem(step):
            report.add(("steps", positions[step.id], "uses"), f"step '{step.id}' {problem[0]}", problem[1])
    return report.faults()


def require_present(request: RunRequest, inputs: Sequence[PlannedInput]) -> None:
    """Refuse optional inputs that are absent: a step that gets None has no rows to be called for in parts.

    Raises:
        PipelineError: for all of them at once.
    """
    faults = [
        Fault(
            f"input '{each.wanted.name}' is absent, and what a step makes of that cannot be told on Spark",
            request.pipeline.where("inputs", each.wanted.name),
            "send an empty file with a header, or run it here: engine: local",
        )
        for each in inputs
        if each.is_read and not each.files
    ]
    if faults:
        raise PipelineError.of(faults)


def _problem(step: ResolvedStep) -> tuple[str, str] | None:
    if step.contract.apart:
        return _problem_together(step, step.contract.apart)
    if not step.contract.supports_partitions:
        hint = f"if no row depends on another, declare @step_contract(..., supports_partitions=True); {_LOCALLY}"
        return "does not say that it may be called for parts of the rows", hint
    mentions = [name for each in step.inputs.values() for _, name in refs_in(each)]
    if len(mentions) != 1:
        told = f"reads {', '.join(mentions)}" if mentions else "reads no artifact"
        return f"{told}; called for parts of the rows, a step reads exactly one", f"make it several steps, {_LOCALLY}"
    return None


def _problem_together(step: ResolvedStep, apart: Apart) -> tuple[str, str] | None:
    """What keeps a step from it that looks at all rows together, and says how it is run in parts."""
    for name, binding in step.inputs.items():
        takes = 1 if name in (apart.spread, *apart.whole) else 0
        if len(list(refs_in(binding))) != takes:
            told = ("one artifact", f"{name}: <artifact>") if takes else ("a literal", f"{name}: {{const: ...}}")
            return f"must be given {told[0]} under '{name}', to run on Spark", f"write `{told[1]}`, {_LOCALLY}"
    return None
