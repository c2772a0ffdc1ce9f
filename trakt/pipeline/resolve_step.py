"""One step as written, turned into one that can run: its function, its contract, its inputs told from its outputs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trakt.errors import PipelineError, TraktError, did_you_mean
from trakt.pipeline.bindings import literal_of, refs_in
from trakt.pipeline.contract import StepContract, contract_of, parameters_of
from trakt.pipeline.fields import KeyPath, shown
from trakt.pipeline.model import Binding, Const, Mode, Pipeline, Ref, Step, StepFunction
from trakt.pipeline.report import Report
from trakt.pipeline.uses import StepRegistry, resolve_uses

OutputBinding = str | tuple["OutputBinding", ...] | Mapping[str, "OutputBinding"]
"""The artifact an output of a step becomes; for a step that returns a list or a map, one for each part."""


@dataclass(frozen=True, slots=True)
class ResolvedStep:
    """One step with its function, and its bindings told apart.

    Attributes:
        uses: what the author wrote, or the function's name.
        inputs: parameter name to binding; every artifact named in it exists when the step's turn comes.
        outputs: key of the returned mapping to the artifact or artifacts it becomes.
        reads, makes: names of artifacts, each once, in the order they are written.
    """

    id: str
    uses: str
    function: StepFunction
    contract: StepContract
    inputs: Mapping[str, Binding]
    outputs: Mapping[str, OutputBinding]
    reads: tuple[str, ...]
    makes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves the steps of one pipeline, noting every fault in `report`.

    Attributes:
        params: per step id, the literals that replace the pipeline's.
        strict: refuse names that a step's contract does not declare, even if its function would take them.
    """

    pipeline: Pipeline
    mode: Mode
    registry: StepRegistry | None
    strict: bool
    params: Mapping[str, Mapping[str, Any]]
    report: Report

    def resolve(self, index: int) -> ResolvedStep | None:
        """The step at `index`, as far as it can be understood; None when it has no usable function."""
        step = self.pipeline.steps[index]
        function = self._function(step, index)
        if function is None:
            return None
        contract = contract_of(function, list(step.bindings))
        names = _Names(step, contract, function)
        unknown = set(self._unknown_names(names, index))
        inputs = {name: each for name, each in step.bindings.items() if name not in {*contract.outputs, *unknown}}
        inputs |= self._replaced(names, inputs)
        unknown |= set(self._missing_names(names, inputs, unknown, index))
        bound = {name: each for name, each in step.bindings.items() if name in contract.outputs and name not in unknown}
        read = {name: self._output(each, (index, name)) for name, each in bound.items()}
        outputs = {name: made for name, made in read.items() if made is not None}
        if contract.outputs and not bound and not unknown:
            hint = f"name the artifact it makes: `{contract.outputs[0]}: <artifact>`"
            self.report.add(_with(index), f"step '{step.id}' binds none of its outputs", hint)
        if not contract.declared:
            contract = replace(contract, inputs=tuple(inputs), outputs=tuple(outputs))
        self._check_mode(step, contract, index)
        self._check_literals(step, contract, inputs, index)
        return ResolvedStep(
            id=step.id,
            uses=step.uses if isinstance(step.uses, str) else _name_of(function),
            function=function,
            contract=contract,
            inputs=inputs,
            outputs=outputs,
            reads=tuple(dict.fromkeys(name for each in inputs.values() for _, name in refs_in(each))),
            makes=tuple(dict.fromkeys(name for key in outputs for _, name in refs_in(step.bindings[key]))),
        )

    def _function(self, step: Step, index: int) -> StepFunction | None:
        path: KeyPath = ("steps", index, "uses")
        if step.uses == "":
            # word for word what the reader of the file says, so that a report of both says it once
            self.report.add(path[:2], "step lacks the key 'uses'")
            return None
        try:
            function = resolve_uses(step.uses, self.pipeline.origin.root, self.registry)
            parameters = list(inspect.signature(function).parameters.values())
        except PipelineError as error:
            for fault in error.faults:
                told = f"{fault.what} (used by step '{step.id}')" if fault.where else fault.what
                self.report.add(path, told, fault.hint, where=fault.where)
            return None
        except (TypeError, ValueError):
            self.report.add(path, f"step '{step.id}' uses {shown(step.uses)}, whose parameters cannot be known")
            return None
        if not parameters or parameters[0].kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD):
            what = f"{_name_of(function)}() takes no context; step '{step.id}' cannot use it"
            self.report.add(path, what, "let its first parameter be the context: def run(ctx, ...)")
            return None
        return function

    def _unknown_names(self, names: _Names, index: int) -> Iterator[str]:
        """The names under `with` that are neither input nor output; each is a fault."""
        known = names.known
        for name in names.step.bindings:
            if name in names.contract.outputs or (name in names.contract.inputs and names.takes(name)):
                continue
            if name not in names.contract.inputs and not self.strict and names.takes(name):
                continue
            free = [each for each in known if each not in names.step.bindings]
            near = did_you_mean(name, free) or did_you_mean(name, known)
            listed = f"it knows {', '.join(known)}" if known else "it takes no bindings"
            self.report.add((*_with(index), name), f"step '{names.step.id}' knows no '{name}'", near or listed)
            yield name

    def _missing_names(
        self, names: _Names, inputs: Mapping[str, Binding], unknown: set[str], index: int
    ) -> Iterator[str]:
        """Report parameters that must be bound and are not; yield the names that were meant for them."""
        for name, is_needed in names.parameters.items():
            if not is_needed or name in inputs or did_you_mean(name, unknown):
                continue
            what = f"step '{names.step.id}' lacks '{name}', which its function needs"
            # without a declared contract a misspelt input looks like one more output
            derived = () if names.declares_outputs else names.contract.outputs
            meant = [each for each in derived if not each.startswith("output") and did_you_mean(name, [each])]
            if meant:
                self.report.add((*_with(index), meant[0]), what, f"'{meant[0]}' is bound; did you mean '{name}'?")
                yield meant[0]
            else:
                self.report.add(_with(index), what, f"bind it: `{name}: <artifact>` or `{name}: {{const: <value>}}`")

    def _replaced(self, names: _Names, inputs: Mapping[str, Binding]) -> Iterator[tuple[str, Binding]]:
        """The literals that params set, or replace, in this step."""
        step = names.step
        for name, value in self.params.get(step.id, {}).items():
            place = f"--param {step.id}.{name}"
            if name in names.contract.outputs:
                what = f"'{name}' is an output of step '{step.id}'"
                self.report.add_outside(place, what, "only literals can be replaced")
            elif artifacts := [artifact for _, artifact in refs_in(inputs.get(name, Const(None)))]:
                what = f"'{name}' of step '{step.id}' is bound to the artifact '{artifacts[0]}'"
                self.report.add_outside(place, what, "only literals can be replaced")
            elif name in inputs or names.may_be_set(name, self.strict):
                yield name, Const(value)
            else:
                known = [*names.contract.inputs, *names.parameters]
                near = did_you_mean(f"{step.id}.{name}", [f"{step.id}.{each}" for each in known])
                listed = f"it takes {', '.join(dict.fromkeys(known))}" if known else None
                self.report.add_outside(place, f"step '{step.id}' takes no '{name}'", near or listed)

    def _output(self, binding: Binding, place: tuple[Any, ...]) -> OutputBinding | None:
        index, name, *rest = place
        path = (*_with(index), name, *rest)
        if isinstance(binding, Ref):
            return binding.name
        if isinstance(binding, Const) or not binding:
            said = f"not {shown(binding.value)}" if isinstance(binding, Const) else "and it is empty"
            what = f"the output '{name}' must be the name of an artifact, or a list or mapping of names, {said}"
            self.report.add(path, what)
            return None
        if isinstance(binding, tuple):
            parts = [self._output(each, (*place, key)) for key, each in enumerate(binding)]
            return tuple(part for part in parts if part is not None)
        named = {key: self._output(each, (*place, key)) for key, each in binding.items()}
        return {key: part for key, part in named.items() if part is not None}

    def _check_mode(self, step: Step, contract: StepContract, index: int) -> None:
        if contract.supports_stream if self.mode == "stream" else contract.supports_batch:
            return
        other = "batch" if self.mode == "stream" else "stream"
        kind = "iterators of frames" if self.mode == "stream" else "whole frames"
        hint = f"declare supports_{self.mode}=True if it takes and returns {kind}, or set execution.mode: {other}"
        self.report.add(("steps", index, "uses"), f"step '{step.id}' cannot run in {self.mode} mode", hint)

    def _check_literals(self, step: Step, contract: StepContract, inputs: Mapping[str, Binding], index: int) -> None:
        if contract.check is None:
            return
        literals = {name: literal_of(each) for name, each in inputs.items() if not any(refs_in(each))}
        try:
            found = contract.check(literals, self.mode)
        except TraktError as error:
            for fault in error.faults:
                self.report.add(_with(index), f"step '{step.id}': {fault.what}", fault.hint)
            return
        except Exception as error:
            what = f"the check of step '{step.id}' itself failed: {type(error).__name__}: {error}"
            self.report.add(("steps", index, "uses"), what)
            return
        for each in found:
            told = f"step '{step.id}': {each.what}"
            if each.path and each.path[0] in self.params.get(step.id, {}):
                self.report.add_outside(f"--param {step.id}.{'.'.join(map(str, each.path))}", told, each.hint)
            else:
                self.report.add(self._place_of_literal(index, each.path), told, each.hint)

    def _place_of_literal(self, index: int, path: KeyPath) -> KeyPath:
        literal = (*_with(index), *path[:1], "const")
        return (*literal, *path[1:]) if literal in self.pipeline.origin.marks else (*_with(index), *path)


class _Names:
    """The names a step's function knows, and whether it would take others."""

    def __init__(self, step: Step, contract: StepContract, function: StepFunction) -> None:
        self.step, self.contract = step, contract
        self.parameters, self._takes_any = parameters_of(function)
        self.declares_outputs = getattr(function, "declared_outputs", None) is not None
        self._declares_inputs = getattr(function, "declared_inputs", None) is not None

    @property
    def known(self) -> list[str]:
        """Every name that may be bound, inputs first."""
        inputs = self.contract.inputs if self._declares_inputs else self.parameters
        return list(dict.fromkeys((*inputs, *self.contract.outputs)))

    def takes(self, name: str) -> bool:
        """Whether the function can be called with this keyword."""
        return self._takes_any or name in self.parameters

    def may_be_set(self, name: str, strict: bool) -> bool:
        """Whether a literal of this name can be given to the step."""
        return name in self.contract.inputs or (self.takes(name) and not (strict and self._declares_inputs))


def _with(index: int) -> tuple[str, int, str]:
    return ("steps", index, "with")


def _name_of(function: StepFunction) -> str:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', type(function).__module__)}.{name}"
