"""Whether all runs of one input give the same: the first is what the others are compared with."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trakt.engine.check import check
from trakt.engine.load import load_pipeline_from_yaml
from trakt.engine.plan import plan
from trakt.engine.request import DEFAULT_CHUNK_ROWS, RunRequest
from trakt.errors import Fault, PipelineError, counted
from trakt.parity.asked import Asked, Job, Variant
from trakt.parity.compare import Difference, first_difference
from trakt.parity.run import Ran, run
from trakt.parity.runtimes import RUNTIMES
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Mode, Pipeline
from trakt.tables import rehearsed

_MODES: tuple[Mode, ...] = ("batch", "stream")

MOST_CHUNKS = 10_000
"""Of a stream that nobody has asked for by its chunk size; each chunk costs some milliseconds."""

Tell = Callable[[Ran], None]


@dataclass(slots=True)
class Parity:
    """What was found.

    Attributes:
        runs: in the order in which they were run; the first that succeeded is what others are compared with.
        differences: the first of each run and output, by the run it was found in.
        counts: what was counted differently, in words, by the run.
        again: whether the first run, run once more, gave the same; None when nothing differed.
        steps: those that outputs which differ come from.
    """

    pipeline: str
    runs: list[Ran] = field(default_factory=list)
    differences: list[tuple[Variant, Difference]] = field(default_factory=list)
    counts: list[tuple[Variant, str]] = field(default_factory=list)
    again: bool | None = None
    steps: tuple[str, ...] = ()

    @property
    def reference(self) -> Ran | None:
        """What the others were compared with."""
        return next((each for each in self.runs if each.status == "equal"), None)

    @property
    def status(self) -> str:
        """`equal`, `different`, `failed` where a run has failed, or `not_compared` where only one could be run."""
        if self.differences or self.counts:
            return "different"
        if not self.compared or any(each.status == "failed" for each in self.runs):
            return "failed"
        return "equal" if self.compared > 1 else "not_compared"

    @property
    def compared(self) -> int:
        """How many runs have succeeded."""
        return sum(each.status in ("equal", "different") for each in self.runs)


def check_parity(asked: Asked, variants: Sequence[Variant], tell: Tell, *, every_chunk: bool = False) -> Parity:
    """Run each of `variants` and compare what it made.

    Args:
        tell: is called with each run that has ended.
        every_chunk: run a stream however many chunks it has.

    Raises:
        PipelineError: the pipeline, or what is asked of it, is wrong.
        InputError: an input has no files.
    """
    if faults := [*_faults(variants)]:
        raise PipelineError.of(faults)
    with tempfile.TemporaryDirectory(prefix="trakt-parity-", ignore_cleanup_errors=True) as folder:
        return _Check(asked, Path(folder), every_chunk).done(variants, tell)


def _faults(variants: Sequence[Variant]) -> Iterator[Fault]:
    """Words that nothing knows; each once."""
    for name in dict.fromkeys(each.runtime for each in variants):
        if name not in RUNTIMES:
            yield Fault(f"there is no runtime '{name}'", hint=f"there are: {', '.join(RUNTIMES)}")
    for mode in dict.fromkeys(each.mode for each in variants):
        if mode not in _MODES:
            yield Fault(f"there is no mode '{mode}'", hint=f"there are: {', '.join(_MODES)}")
    for rows in dict.fromkeys(each.chunk_rows for each in variants):
        if rows is not None and rows < 1:
            yield Fault(f"a chunk needs at least 1 row, not {rows}")
    if not variants:
        yield Fault("there is nothing to run", hint="name a runtime, a mode, and for streams a chunk size")


class _Check:
    def __init__(self, asked: Asked, folder: Path, every_chunk: bool) -> None:
        self._asked = asked
        self._folder = folder
        self._every_chunk = every_chunk
        self._pipeline = load_pipeline_from_yaml(
            asked.file, strict_unknown_keys=not asked.lenient, client_id=asked.client_id
        )
        self._refused: dict[str, str | None] = {mode: _why_not(self._pipeline, asked, mode) for mode in _MODES}
        # what is wrong in both is wrong with the pipeline
        possible = [mode for mode in _MODES if not self._refused[mode]] or [self._pipeline.execution.mode]
        with rehearsed():
            self._graph = plan(self._request(possible[0])).graph
        self._found = Parity(self._pipeline.name)

    def _request(self, mode: Mode) -> RunRequest:
        asked = self._asked
        return RunRequest(
            pipeline=self._pipeline,
            input_dir=asked.input_dir,
            output_dir=str(self._folder),
            inputs=asked.inputs,
            params=asked.params,
            mode=mode,
            run_id=asked.run_id,
            client_id=asked.client_id,
            batch_id=asked.batch_id,
            strict=not asked.lenient,
        )

    def done(self, variants: Sequence[Variant], tell: Tell) -> Parity:
        found = self._found
        for number, variant in enumerate(variants):
            ran = self._one(variant, self._folder / str(number))
            found.runs.append(ran)
            tell(ran)
            if ran.status == "failed" and not found.reference:
                # it would fail everywhere, and each time as slowly
                found.runs += [Ran(each, "not_run", reason="the run before failed") for each in variants[number + 1 :]]
                break
        if found.differences and found.reference:
            self._look_again(found.reference)
        return found

    def _one(self, variant: Variant, folder: Path) -> Ran:
        if reason := self._refusal(variant):
            return Ran(variant, "not_run", reason=reason)
        ran = run(Job(self._asked, variant, folder))
        reference = self._found.reference
        if ran.status == "equal" and reference:
            self._compare(reference, ran)
        if reference:
            shutil.rmtree(folder, ignore_errors=True)
        return ran

    def _refusal(self, variant: Variant) -> str | None:
        if reason := self._refused[variant.mode]:
            return reason
        if variant.mode == "stream":
            reference = self._found.reference
            size = variant.chunk_rows or self._pipeline.execution.chunk_rows or DEFAULT_CHUNK_ROWS
            rows = max((made for made in _rows(reference)), default=0) if reference else 0
            if rows > size * MOST_CHUNKS and not self._every_chunk:
                chunks = counted(-(-rows // size), "chunk")
                return f"{chunks} of {counted(size, 'row')}; --chunk-rows {size} runs it all the same"
        return RUNTIMES[variant.runtime].refusal(self._asked, variant)

    def _compare(self, reference: Ran, ran: Ran) -> None:
        wanted = {each.name: each for each in self._pipeline.outputs}
        for name in {**reference.outputs, **ran.outputs}:
            if reference.checksums.get(name) == ran.checksums.get(name):
                continue
            ran.status = "different"
            pair = (reference.outputs.get(name), ran.outputs.get(name))
            if pair[0] and pair[1]:
                difference = first_difference(name, (pair[0], pair[1]), wanted.get(name))
                assert difference, "checksums differ, and so must the bytes"
            else:
                told = ("a file" if pair[0] else None, "a file" if pair[1] else None)
                difference = Difference(name, 1, None, None, *told)
            self._found.differences.append((ran.variant, difference))
        for what in reference.counts:
            if ran.counts.get(what) != reference.counts[what]:
                ran.status = "different"
                told_of = f"{what}: {reference.counts[what]} became {ran.counts.get(what)}"
                self._found.counts.append((ran.variant, told_of))

    def _look_again(self, reference: Ran) -> None:
        """Whether even the same run, done twice, gives other bytes: then no runtime is to blame, but a step."""
        ran = run(Job(self._asked, reference.variant, self._folder / "again"))
        self._found.again = ran.checksums == reference.checksums
        names = {difference.output for _, difference in self._found.differences}
        sources = [each.source for each in self._pipeline.outputs if each.name in names]
        self._found.steps = _behind(self._graph, sources)


def _why_not(pipeline: Pipeline, asked: Asked, mode: Mode) -> str | None:
    faults = check(pipeline, mode=mode, strict=not asked.lenient, params=asked.params)[1]
    return "; ".join(each.what for each in faults) or None


def _rows(reference: Ran) -> list[int]:
    return [count for what, count in reference.counts.items() if what.startswith("rows of input") and count]


def _behind(graph: Graph, artifacts: Sequence[str]) -> tuple[str, ...]:
    """The steps that these come from, in the order in which they are run."""
    wanted, steps = set(artifacts), []
    for step in reversed(graph.steps):
        if wanted & set(step.makes):
            wanted |= set(step.reads)
            steps.append(f"{step.id} ({step.uses})")
    return tuple(reversed(steps))
