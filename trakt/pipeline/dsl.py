"""A pipeline built in Python, with the meaning it would have in YAML.

    pipeline = (
        workflow("orders")
        .source(artifact("orders").at("orders/*.csv"))
        .step(step("double", run=double).input(input=ref("orders")).params(factor=2).output(output="doubled"))
        .output("final", from_="doubled")
        .build()
    )

Every builder is a frozen value: each call returns a new one, so a half-built one can be shared.
All of them raise PipelineError, naming the call, when they are used wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypedDict, Unpack

from trakt.errors import PipelineError
from trakt.pipeline.drafts import Artifact, StepDraft, input_of, raise_for
from trakt.pipeline.fields import shown
from trakt.pipeline.model import (
    REJECTED_URI,
    Const,
    Engine,
    Execution,
    Input,
    Mode,
    OnDrift,
    Output,
    Pipeline,
    Ref,
    Rejected,
    Step,
    StepFunction,
)
from trakt.pipeline.yaml_fields import read_execution, read_outputs, read_rejected, step_id_problem

_AS_USUAL = Execution()


class Runner(Protocol):
    """Whatever can run a pipeline: `LocalRunner`, or a runner of another place."""

    def run(self, pipeline: Pipeline, /, **options: Any) -> Mapping[str, Any]:
        """Run it and return the result."""


class InputOptions(TypedDict, total=False):
    """What may be said of an input, under the names it has in YAML."""

    uri: str
    kind: str
    combine_strategy: str
    required: bool
    metadata: Mapping[str, Any]
    schema: Any
    schema_contract: Any
    on_drift: OnDrift
    on_bad_rows: str
    max_bad_rows: int
    max_bad_ratio: float


class OutputOptions(TypedDict, total=False):
    """What may be said of an output besides its name and source."""

    kind: str
    uri: str
    partition_by: list[str]
    sort_by: list[str | Mapping[str, Any]]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A pipeline in the making."""

    name: str
    inputs: tuple[Input, ...] = ()
    drafts: tuple[Step, ...] = ()
    outputs: tuple[Output, ...] = ()
    runs: Execution = _AS_USUAL
    rejects: Rejected | None = None

    def source(self, artifact: Artifact | str) -> Workflow:
        """Add an input."""
        return self._adding_input(artifact, {}, self._call("source"))

    def sources(self, artifacts: Iterable[Artifact | str]) -> Workflow:
        """Add several inputs."""
        workflow = self
        for each in _listed(artifacts, self._call("sources"), "artifacts"):
            workflow = workflow._adding_input(each, {}, self._call("sources"))
        return workflow

    def input(self, artifact: Artifact | str, /, **options: Unpack[InputOptions]) -> Workflow:
        """Add an input; the options overrule what the artifact says."""
        return self._adding_input(artifact, options, self._call("input"))

    def step(self, draft: StepDraft) -> Workflow:
        """Add a step after those there are."""
        return self._adding_step(draft, self._call("step"))

    def steps(self, drafts: Iterable[StepDraft]) -> Workflow:
        """Add several steps, in order."""
        workflow = self
        for each in _listed(drafts, self._call("steps"), "steps"):
            workflow = workflow._adding_step(each, self._call("steps"))
        return workflow

    def output(self, name: str, *, from_: Ref | Artifact | str, **options: Unpack[OutputOptions]) -> Workflow:
        """Publish an artifact as a dataset."""
        where = self._call("output")
        source = from_.name if isinstance(from_, Ref | Artifact) else from_
        entry = {**options, "name": name, "from": source}
        read, faults = read_outputs({"datasets": [entry]}, strict=True)
        raise_for(faults, where)
        _raise_if_taken(name, self.outputs, "output", where)
        return replace(self, outputs=(*self.outputs, *(output for _, output in read)))

    def rejected(self, uri: str = REJECTED_URI, *, raw_text: bool = True) -> Workflow:
        """Put rows that are set aside there; without `raw_text` what they read is left out."""
        rejected, faults = read_rejected({"uri": uri, "raw_text": raw_text}, strict=True)
        raise_for(faults, self._call("rejected"))
        return replace(self, rejects=rejected)

    def execution(
        self,
        mode: Mode,
        *,
        engine: Engine = "local",
        chunk_rows: int | None = None,
        strict_accounting: bool = False,
    ) -> Workflow:
        """Run in this mode, with this many rows per chunk when it is `stream`.

        With `strict_accounting` a step that does not say what became of each of its rows fails the run.
        """
        wanted = {"mode": mode, "engine": engine, "chunk_rows": chunk_rows, "strict_accounting": strict_accounting}
        execution, faults = read_execution(wanted, strict=True)
        raise_for(faults, self._call("execution"))
        return replace(self, runs=execution)

    def build(self) -> Pipeline:
        """The pipeline as a value, to plan or to run."""
        return Pipeline(self.name, self.inputs, self.drafts, self.outputs, self.runs, rejected=self.rejects)

    def run(self, runner: Runner, **options: Any) -> Mapping[str, Any]:
        """Build it and let `runner` run it; the options are the runner's."""
        return runner.run(self.build(), **options)

    def _call(self, name: str) -> str:
        return f"workflow({self.name!r}).{name}()"

    def _adding_input(self, artifact: Any, options: Mapping[str, Any], where: str) -> Workflow:
        if isinstance(artifact, str):
            artifact = Artifact(artifact)
        if not isinstance(artifact, Artifact):
            raise PipelineError(f"an input is an artifact(...) or a name, not {shown(artifact)}", where=where)
        _raise_if_taken(artifact.name, self.inputs, "input", where)
        read = input_of(Artifact(artifact.name, {**artifact.options, **options}), where)
        return replace(self, inputs=(*self.inputs, read))

    def _adding_step(self, draft: Any, where: str) -> Workflow:
        if not isinstance(draft, StepDraft):
            raise PipelineError(f"a step is made by step(id, run=...), not {shown(draft)}", where=where)
        if any(each.id == draft.id for each in self.drafts):
            raise PipelineError(f"the step id '{draft.id}' stands twice", where=where, hint="give each step its own id")
        return replace(self, drafts=(*self.drafts, Step(draft.id, draft.uses, draft.bindings)))


def artifact(name: str) -> Artifact:
    """An input of this name, to be described by the calls that follow."""
    _named(name, "artifact()")
    return Artifact(name)


def ref(artifact: Artifact | str) -> Ref:
    """A binding to an artifact."""
    name = artifact.name if isinstance(artifact, Artifact) else artifact
    _named(name, "ref()")
    return Ref(name)


def const(value: Any) -> Const:
    """A literal, for `.bind`; `.params` needs none."""
    return Const(value)


def step(id: str, *, run: str | StepFunction) -> StepDraft:
    """A step that runs a function, or what `uses:` would name."""
    _named(id, "step()")
    if problem := step_id_problem(id):
        raise PipelineError(problem[0], where="step()", hint=problem[1])
    if not (isinstance(run, str) and run.strip()) and not callable(run):
        raise PipelineError(f"run= must be a function or the name of a step, not {shown(run)}", where=f"step({id!r})")
    return StepDraft(id, run)


def workflow(name: str) -> Workflow:
    """A pipeline of this name, to be filled by the calls that follow."""
    _named(name, "workflow()")
    return Workflow(name)


def _named(name: Any, where: str) -> None:
    if not isinstance(name, str) or not name.strip():
        raise PipelineError(f"the name must be a non-empty text, not {shown(name)}", where=where)


def _listed(values: Any, where: str, what: str) -> list[Any]:
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise PipelineError(f"a list of {what} is needed, not {shown(values)}", where=where)
    return list(values)


def _raise_if_taken(name: str, others: Iterable[Input | Output], kind: str, where: str) -> None:
    if any(each.name == name for each in others):
        raise PipelineError(f"the {kind} '{name}' is there already", where=where, hint="give it another name")
