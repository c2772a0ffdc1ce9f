"""Which step reads and makes which artifact, in order; every fault of that is found here, before a byte is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trakt.errors import Fault, PipelineError, did_you_mean
from trakt.pipeline.bindings import refs_in
from trakt.pipeline.fields import KeyPath
from trakt.pipeline.model import EMPTY, Mode, Output, Pipeline
from trakt.pipeline.report import Report
from trakt.pipeline.resolve_step import OutputBinding, ResolvedStep, Resolver
from trakt.pipeline.uses import StepRegistry

__all__ = ["Graph", "OutputBinding", "ResolvedStep", "examine", "resolve"]


@dataclass(frozen=True, slots=True)
class Graph:
    """The steps in order, and who reads what.

    Attributes:
        readers: every artifact to those who read it: `step:<id>` once per mention, `output:<name>`.
        unread: inputs that nobody reads.
    """

    steps: tuple[ResolvedStep, ...]
    readers: Mapping[str, tuple[str, ...]]
    unread: tuple[str, ...]


def resolve(
    pipeline: Pipeline,
    *,
    mode: Mode | None = None,
    registry: StepRegistry | None = None,
    strict: bool = True,
    params: Mapping[str, Any] = EMPTY,
) -> Graph:
    """The graph of `pipeline`; arguments as for `examine`.

    Raises:
        PipelineError: with every fault there is.
    """
    graph, faults = examine(pipeline, mode=mode, registry=registry, strict=strict, params=params)
    if graph is None:
        raise PipelineError.of(faults)
    return graph


def examine(
    pipeline: Pipeline,
    *,
    mode: Mode | None = None,
    registry: StepRegistry | None = None,
    strict: bool = True,
    params: Mapping[str, Any] = EMPTY,
) -> tuple[Graph | None, list[Fault]]:
    """The graph of `pipeline`, or every fault that keeps it from being one, in the order of the file.

    Args:
        mode: overrides the pipeline's `execution.mode`.
        registry: step aliases known to the caller.
        strict: False lets names pass that a step's contract does not declare, if its function takes them.
        params: `step.name` to the literal that sets or replaces the pipeline's.
    """
    report = Report(pipeline)
    by_step = _params_by_step(pipeline, params, report)
    resolver = Resolver(pipeline, mode or pipeline.execution.mode, registry, strict, by_step, report)
    steps = [resolver.resolve(index) for index in range(len(pipeline.steps))]
    artifacts = _Artifacts(pipeline, steps, report)
    artifacts.check_reads()
    artifacts.check_outputs()
    if faults := report.faults():
        return None, faults
    return _graph_of(pipeline, [step for step in steps if step]), []


def _params_by_step(pipeline: Pipeline, params: Mapping[str, Any], report: Report) -> dict[str, dict[str, Any]]:
    by_step: dict[str, dict[str, Any]] = {}
    for key, value in params.items():
        # step ids may contain dots, so the longest one that fits is meant
        owner = max((step.id for step in pipeline.steps if key.startswith(f"{step.id}.")), key=len, default=None)
        if owner is not None:
            by_step.setdefault(owner, {})[key[len(owner) + 1 :]] = value
            continue
        known = [f"{step.id}.{name}" for step in pipeline.steps for name in step.bindings]
        ids = ", ".join(step.id for step in pipeline.steps)
        what = f"there is no step '{key.partition('.')[0]}' in pipeline '{pipeline.name}'"
        report.add_outside(f"--param {key}", what, did_you_mean(key, known) or (f"steps: {ids}" if ids else None))
    return by_step


class _Artifacts:
    """Where each artifact comes from, and whether everything that is read exists by then."""

    def __init__(self, pipeline: Pipeline, steps: list[ResolvedStep | None], report: Report) -> None:
        self._pipeline, self._steps, self._report = pipeline, steps, report
        self._made_in: dict[str, int] = {each.name: -1 for each in pipeline.inputs}
        self._made_at: dict[str, KeyPath] = {each.name: ("inputs", each.name) for each in pipeline.inputs}
        # what a step that was not understood may make: a reader of it is not told of a second fault
        self._plausible: set[str] = set()
        for index, step in enumerate(steps):
            self._collect(index, step)

    def _collect(self, index: int, step: ResolvedStep | None) -> None:
        for key, binding in self._pipeline.steps[index].bindings.items():
            mentions = list(refs_in(binding))
            if step is None or (key not in step.inputs and key not in step.outputs):
                self._plausible.update(name for _, name in mentions)
            elif key in step.outputs:
                for path, name in mentions:
                    self._make(name, index, ("steps", index, "with", key, *path))

    def _make(self, name: str, index: int, path: KeyPath) -> None:
        step_id = self._pipeline.steps[index].id
        if not name:
            self._report.add(path, f"step '{step_id}' makes an artifact without a name")
        elif name not in self._made_in:
            self._made_in[name], self._made_at[name] = index, path
        elif self._made_in[name] < 0:
            what = f"step '{step_id}' makes '{name}', which is the name of an input"
            self._report.add(path, what, "choose another name")
        else:
            first = self._pipeline.steps[self._made_in[name]].id
            place = self._pipeline.where(*self._made_at[name])
            what = f"step '{step_id}' makes '{name}', which step '{first}' already makes ({place})"
            self._report.add(path, what, "an artifact is made once; choose another name")

    def check_reads(self) -> None:
        """Report every artifact a step reads that is not there when its turn comes."""
        for index, step in enumerate(self._steps):
            for key, binding in (step.inputs if step else {}).items():
                mentions = list(refs_in(binding))
                if isinstance(binding, Mapping) and mentions and not any(self._is_known(name) for _, name in mentions):
                    self._report_text_for_literals(index, key, mentions)
                    continue
                for path, name in mentions:
                    self._check_read(index, name, (key, *path))

    def check_outputs(self) -> None:
        """Report every output that comes from nothing."""
        for index, output in enumerate(self._pipeline.outputs):
            if not self._is_known(output.source):
                what = f"output '{output.name}' comes from '{output.source}', which nothing makes"
                hint = did_you_mean(output.source, [*self._made_in, *self._plausible]) or self._listed()
                self._report.add(("outputs", "datasets", index, "from"), what, hint)

    def _is_known(self, name: str) -> bool:
        return name in self._made_in or name in self._plausible

    def _check_read(self, index: int, name: str, path: KeyPath) -> None:
        step_id, place = self._pipeline.steps[index].id, ("steps", index, "with", *path)
        made_in = self._made_in.get(name)
        if made_in is None and name not in self._plausible:
            before = [each for each, made in self._made_in.items() if made < index]
            near = did_you_mean(name, before) or self._listed(before)
            hint = f"{near}; for a literal text write {self._literal(name, path)}"
            self._report.add(place, f"step '{step_id}' reads '{name}', which is no artifact", hint)
        elif made_in == index:
            self._report.add(place, f"step '{step_id}' reads '{name}', which it makes itself", "read another artifact")
        elif made_in is not None and made_in > index:
            later = self._pipeline.steps[made_in].id
            what = f"step '{step_id}' reads '{name}', which a later step makes: '{later}'"
            waits = "they wait for each other; let one of them read another artifact"
            self._report.add(
                place, what, waits if self._needs(made_in, index) else f"move step '{later}' before '{step_id}'"
            )

    def _needs(self, index: int, other: int) -> bool:
        """Whether a step reads something that `other` makes, or that is made of such."""
        wanted, seen = [index], set[int]()
        while wanted:
            step = self._steps[at] if (at := wanted.pop()) >= 0 else None
            if step is None or at in seen:
                continue
            seen.add(at)
            reads = {name for binding in step.inputs.values() for _, name in refs_in(binding)}
            wanted += [made for name in reads if (made := self._made_in.get(name)) is not None]
        return other in seen

    def _report_text_for_literals(self, index: int, key: str, mentions: list[tuple[KeyPath, str]]) -> None:
        path, name = mentions[0]
        others = f" (and {len(mentions) - 1} more)" if len(mentions) > 1 else ""
        what = f"step '{self._pipeline.steps[index].id}' reads '{name}'{others} in '{key}', which is no artifact"
        near = did_you_mean(name, self._made_in)
        literal = f".params({key}={{...}})" if self._pipeline.origin.path is None else f"`{key}: {{const: {{...}}}}`"
        hint = f"{near}; if '{key}' is a literal" if near else f"bare text names artifacts; if '{key}' is a literal"
        self._report.add(("steps", index, "with", key, *path), what, f"{hint}, write {literal}")

    def _literal(self, text: str, path: KeyPath) -> str:
        if self._pipeline.origin.path is None:
            return f".params({path[0]}={text!r})"
        written = f"{{const: {text if text.isidentifier() else repr(text)}}}"
        return f"`{path[0]}: {written}`" if len(path) == 1 else f"`{written}`"

    def _listed(self, names: list[str] | None = None) -> str:
        known = list(self._made_in) if names is None else names
        return f"known artifacts: {', '.join(known)}" if known else "there are no artifacts to read"


def reader_of(output: Output) -> str:
    """An output among the readers of its artifact."""
    return f"output:{output.name}"


def _graph_of(pipeline: Pipeline, steps: list[ResolvedStep]) -> Graph:
    made = [name for step in steps for name in step.makes]
    readers: dict[str, list[str]] = {name: [] for name in [*(each.name for each in pipeline.inputs), *made]}
    for step in steps:
        for binding in step.inputs.values():
            for _, name in refs_in(binding):
                readers[name].append(f"step:{step.id}")
    for output in pipeline.outputs:
        readers[output.source].append(reader_of(output))
    unread = tuple(each.name for each in pipeline.inputs if not readers[each.name])
    return Graph(tuple(steps), {name: tuple(who) for name, who in readers.items()}, unread)
