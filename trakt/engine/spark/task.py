"""What an executor does with one part of an input: it reads it, and runs the steps over it as the local engine does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import IO, Any, Protocol

import pandas as pd

from trakt.engine.artifacts import Artifacts
from trakt.engine.records import StepRecord
from trakt.engine.request import DEFAULT_CHUNK_ROWS
from trakt.engine.run_steps import StepRun, context_of
from trakt.engine.spark.facts import Failure, PartFacts, Rejection, StepFacts
from trakt.engine.spark.handing import Handing
from trakt.engine.spark.made import FACTS
from trakt.engine.spark.shipment import Shipment, unpacked
from trakt.engine.spark.sides import Side, in_parts
from trakt.engine.stream import Tap
from trakt.errors import InputError, TraktError
from trakt.formats import BadRow, SourceFile, Stretch, TableReader
from trakt.pipeline.context import Context, Told
from trakt.pipeline.graph import ResolvedStep
from trakt.pipeline.model import Output
from trakt.storage import StoredFile, scheme_of, storage_for
from trakt.telemetry import Silent


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of an input, or a stretch of one.

    Attributes:
        folder: where a relative uri starts; executors have working folders of their own.
    """

    file: StoredFile
    stretch: Stretch | None = None
    folder: str = field(default_factory=os.getcwd)

    def source(self, set_aside: Callable[[BadRow], None] | None) -> SourceFile:
        """It, to be read in this process."""
        return SourceFile(
            self.file.uri,
            self.file.bytes,
            self._open,
            set_aside=set_aside,
            stretch=self.stretch,
            open_at=self._open,
        )

    def _open(self, start: int = 0) -> IO[bytes]:
        file, uri = self.file, self.file.uri
        # a footer is no part of its stretch
        end = self.stretch.end if self.stretch and self.stretch.start == start else None
        if scheme_of(uri) != "file":
            return storage_for(uri).open_read(file, start=start, end=end)
        # `os.path.join` keeps what is absolute
        file = replace(file, uri=os.path.join(self.folder, uri))
        try:
            return storage_for(uri).open_read(file, start=start, end=end)
        except InputError as error:
            hint = "executors read it themselves: keep it in S3, or where every machine has it under this name"
            raise InputError.of([replace(fault, hint=hint) for fault in error.faults]) from error.__cause__


@dataclass(frozen=True, slots=True)
class FileWork:
    """Does something with each part of an input, and tells what came of it: the answer, or a failure."""

    parts: tuple[FilePart, ...]
    sets_aside: bool
    work: Callable[[SourceFile], Any]

    def __call__(self, part: int, values: Iterator[Any]) -> Iterator[tuple[str, Any]]:  # noqa: ARG002 - it begins
        try:
            yield FACTS, self.work(self.parts[part].source(_ignored if self.sets_aside else None))
        except TraktError as error:
            yield FACTS, Failure.of(error)


def _ignored(bad: BadRow) -> None:
    """Bad rows are told by who reads the rows."""


class Origin(Protocol):
    """Where the rows of a part come from."""

    def chunks(self, part: int, values: Iterator[Any], facts: PartFacts, rows: int | None) -> Iterator[pd.DataFrame]:
        """Its rows; whatever else is known of them goes into `facts`."""


@dataclass(frozen=True, slots=True)
class FromFiles:
    """Parts of an input, to be read.

    Attributes:
        sets_aside: whether bad rows are set aside.
        reading: begins to read one of the parts.
    """

    parts: tuple[FilePart, ...]
    sets_aside: bool
    reading: Callable[[SourceFile], TableReader]

    def chunks(self, part: int, values: Iterator[Any], facts: PartFacts, rows: int | None) -> Iterator[pd.DataFrame]:  # noqa: ARG002
        reader = self.reading(self.parts[part].source(facts.bad.append if self.sets_aside else None))
        facts.file, facts.nulls = reader.files[0], reader.nulls
        return reader.chunks(rows)


@dataclass(frozen=True, slots=True)
class FromKept:
    """Parts that an earlier stage has made."""

    def chunks(self, part: int, values: Iterator[Any], facts: PartFacts, rows: int | None) -> Iterator[pd.DataFrame]:  # noqa: ARG002
        return values


@dataclass(frozen=True, slots=True)
class PartWork:
    """Takes each part of a stage's source, and runs steps over its rows.

    Attributes:
        source: the artifact with which it begins.
        steps: ids of the steps, in their order; all that they read in parts begins with the source.
        wanted: the artifacts whose frames are to be handed back.
        renders: the outputs whose text is to be handed back.
        sides: what steps that look at all rows together are told of the others, by their ids.
    """

    shipment: bytes
    source: str
    origin: Origin
    steps: tuple[str, ...]
    wanted: tuple[str, ...]
    renders: tuple[Output, ...]
    sides: Mapping[str, Side]

    def __call__(self, part: int, values: Iterator[Any]) -> Iterator[tuple[str, Any]]:
        facts = PartFacts()
        try:
            yield from self._handed(part, values, facts)
        except TraktError as error:
            facts.failure = Failure.of(error)
        yield FACTS, facts

    def _handed(self, part: int, values: Iterator[Any], facts: PartFacts) -> Iterator[tuple[str, Any]]:
        # also where nothing can be run, steps are told of
        facts.steps = {each: StepFacts() for each in self.steps}
        shipment, known = unpacked(self.shipment)
        steps = [self._step(known[each], part, facts.steps[each]) for each in self.steps]
        tap = Tap(self.origin.chunks(part, values, facts, shipment.chunk_rows))
        readers = self._readers(steps)
        handing = Handing(self.wanted, self.renders)
        with closing(Artifacts(readers, shipment.mode)) as artifacts:
            try:
                for name, frame in self._flow(tap, steps, artifacts, shipment, facts):
                    yield from handing.over(name, frame)
            finally:
                # what was set aside before something broke is told too
                facts.seconds = tap.seconds
                facts.artifacts = {name: artifacts.rows(name) for name in readers}

    def _step(self, step: ResolvedStep, part: int, told: StepFacts) -> ResolvedStep:
        return in_parts(step, self.sides[step.id], part, told) if step.contract.apart else step

    def _flow(
        self, tap: Tap, steps: list[ResolvedStep], artifacts: Artifacts, shipment: Shipment, facts: PartFacts
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        artifacts.put(self.source, tap if shipment.mode == "stream" else _whole(tap))
        running = [_started(step, artifacts, shipment, facts) for step in steps]
        flowing = [(name, artifacts.take(name)) for name in self._read]
        if shipment.mode == "stream":
            yield from _in_turns(flowing)
            artifacts.drain()
        else:
            for name, frame in flowing:
                yield from ((name, piece) for piece in _pieces(frame))
        for run, entry in running:
            run.finish()
            told = facts.steps[entry.step.id]
            told.rows_in, told.rows_out, told.seconds = entry.rows_in, entry.rows_out, entry.seconds
            told.metrics, told.outputs = entry.metrics, entry.outputs

    def _readers(self, steps: list[ResolvedStep]) -> dict[str, tuple[str, ...]]:
        readers: dict[str, tuple[str, ...]] = {self.source: ()}
        for step in steps:
            readers |= {name: (*readers[name], step.id) for name in step.reads}
            readers |= dict.fromkeys(step.makes, ())
        return {name: (*each, "") if name in self._read else each for name, each in readers.items()}

    @property
    def _read(self) -> Sequence[str]:
        """The artifacts of which anything is handed back."""
        return list(dict.fromkeys([*self.wanted, *(output.source for output in self.renders)]))


def _started(
    step: ResolvedStep, artifacts: Artifacts, shipment: Shipment, facts: PartFacts
) -> tuple[StepRun, StepRecord]:
    entry = StepRecord(step)
    run = StepRun(step, shipment.mode, entry, Silent())
    run.start(_context(step.id, shipment, facts), artifacts)
    return run, entry


def _context(step_id: str, shipment: Shipment, facts: PartFacts) -> Context:
    def on_reject(rows: Any, reason: str, column: Told, message: Told) -> int:
        facts.steps[step_id].rejections.append(Rejection(rows.copy(deep=True), reason, column, message))
        return len(rows)

    context = context_of(shipment.request, shipment.mode, shipment.started_at)
    return replace(
        context,
        step_id=step_id,
        on_event=lambda name, attributes: facts.events.append((step_id, name, dict(attributes))),
        on_reject=on_reject,
    )


def _in_turns(flowing: list[tuple[str, Iterator[pd.DataFrame]]]) -> Iterator[tuple[str, pd.DataFrame]]:
    while flowing:
        still = []
        for name, stream in flowing:
            for frame in stream:
                yield name, frame
                still.append((name, stream))
                break
        flowing = still


def _whole(tap: Tap) -> Any:
    """What `_pieces` has made pieces of, or a file that is read in one go."""
    frames = list(tap)
    return frames[0] if len(frames) == 1 else pd.concat(frames)


def _pieces(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """A frame in pieces that travel well; at least one, for its columns."""
    if not isinstance(frame, pd.DataFrame) or len(frame) <= DEFAULT_CHUNK_ROWS:
        yield frame
        return
    for start in range(0, len(frame), DEFAULT_CHUNK_ROWS):
        yield frame.iloc[start : start + DEFAULT_CHUNK_ROWS]
