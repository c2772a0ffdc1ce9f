"""The steps of a graph, cut into stages: each goes over the parts of one source, in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trakt.pipeline.bindings import literal_of, refs_in
from trakt.pipeline.graph import ResolvedStep


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps that are run over parts of rows one part after the other, whatever is in the others.

    Attributes:
        source: what it begins with: an input, or an artifact that an earlier stage keeps.
        keeps: the artifacts of which every row is kept, for outputs or for a later stage.
    """

    source: str
    steps: tuple[ResolvedStep, ...]
    keeps: tuple[str, ...]


def stages_of(steps: Sequence[ResolvedStep], inputs: Sequence[str], outputs: Collection[str]) -> tuple[Stage, ...]:
    """The stages of `steps`, in an order in which each finds what it needs.

    What is made of an input lies in the parts of that input. A stage ends where the rows of all parts must be known.

    Args:
        inputs: those that are read.
        outputs: the artifacts of which outputs are made.
    """
    cut = _Cut(inputs)
    for step in steps:
        cut.add(step)
    return cut.stages(outputs)


def literals_of(step: ResolvedStep) -> dict[str, Any]:
    """The arguments of a step that are no artifacts."""
    return {name: literal_of(each) for name, each in step.inputs.items() if not any(refs_in(each))}


def rows_of(step: ResolvedStep) -> str:
    """The artifact whose rows a step is given in parts."""
    apart = step.contract.apart
    return next(iter(_artifacts(step, [apart.spread] if apart else step.inputs)))


def whole_of(step: ResolvedStep) -> Mapping[str, str]:
    """The artifacts of which a step is given all rows, by the names of its inputs."""
    apart = step.contract.apart
    return {name: next(_artifacts(step, [name])) for name in apart.whole} if apart else {}


def _artifacts(step: ResolvedStep, names: Collection[str]) -> Iterator[str]:
    return (artifact for name in names for _, artifact in refs_in(step.inputs[name]))


@dataclass(eq=False, slots=True)
class _Growing:
    source: str
    steps: list[ResolvedStep] = field(default_factory=list)
    needs: list[_Growing] = field(default_factory=list)
    is_open: bool = True

    def comes_after(self, other: _Growing) -> bool:
        """Whether it needs what `other` makes, or is that one."""
        return self is other or any(each.comes_after(other) for each in self.needs)


class _Cut:
    def __init__(self, inputs: Sequence[str]) -> None:
        self._stages = [_Growing(name) for name in inputs]
        self._home = {each.source: each for each in self._stages}
        self._ended: set[str] = set()

    def add(self, step: ResolvedStep) -> None:
        """Find a place for the next step."""
        whole = [self._home[name] for name in whole_of(step).values()]
        stage = self._place(step, whole)
        stage.steps.append(step)
        stage.needs += [each for each in whole if each not in stage.needs]
        self._home |= dict.fromkeys(step.makes, stage)
        apart = step.contract.apart
        if apart and apart.leaves(literals_of(step)):
            # its last rows are known when all parts are done
            self._ended.update(step.makes)

    def _place(self, step: ResolvedStep, whole: list[_Growing]) -> _Growing:
        rows, apart = rows_of(step), step.contract.apart
        looks = bool(apart and apart.looks(literals_of(step)))
        if not looks:
            here = [] if rows in self._ended else [self._home[rows]]
            later = [each for each in self._stages if each.source == rows and each.is_open]
            for stage in [*here, *later]:
                if not any(each.comes_after(stage) for each in whole):
                    return stage
        # what was looked at for one step is not what another one sees
        stage = _Growing(rows, needs=[self._home[rows]], is_open=not looks)
        self._stages.append(stage)
        return stage

    def stages(self, outputs: Collection[str]) -> tuple[Stage, ...]:
        """All of them, each after those that it needs."""
        ordered: list[_Growing] = []
        for stage in self._stages:
            _put_after_needs(stage, ordered)
        wanted = {*outputs, *(name for each in ordered for step in each.steps for name in whole_of(step).values())}
        wanted |= {each.source for each in ordered if each is not self._home[each.source]}
        return tuple(
            Stage(each.source, tuple(each.steps), tuple(name for name in self._made_in(each) if name in wanted))
            for each in ordered
        )

    def _made_in(self, stage: _Growing) -> list[str]:
        return [name for name, home in self._home.items() if home is stage]


def _put_after_needs(stage: _Growing, ordered: list[_Growing]) -> None:
    if stage not in ordered:
        for each in stage.needs:
            _put_after_needs(each, ordered)
        ordered.append(stage)
