"""What a caller asks for: one frozen value, filled by the CLI, Python, and every runtime alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trakt.engine.limits import UNLIMITED, Limits
from trakt.engine.places import ID_NAMES, filled, new_run_id, placeholder_fault
from trakt.engine.within import Prefixes
from trakt.errors import Fault
from trakt.pipeline.model import EMPTY, Engine, Input, Mode, Pipeline
from trakt.pipeline.uses import StepRegistry

DEFAULT_CHUNK_ROWS = 50_000
"""Rows per chunk in stream mode when nobody says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """One run of one pipeline.

    Attributes:
        pipeline: what to do.
        input_dir, output_dir: where relative uris of inputs and outputs start: folders, or s3:// prefixes. In these,
            in `inputs`, in `manifest_path` and in uris of the pipeline, `{client_id}`, `{batch_id}` and `{run_id}`
            stand for the ids of this run.
        inputs: input name to the uri that replaces the pipeline's; relative ones start at `input_dir` as well.
        params: `step.name` to the literal that replaces the pipeline's.
        manifest_path: where the commit record goes; default `<output_dir>/manifest.json`.
        baseline: the manifest of the run that inputs are compared with; default the last committed one, see
            `trakt.engine.drift.baseline`.
        chunk_rows: rows per chunk in stream mode; overrides the pipeline's `execution.chunk_rows`.
        mode: overrides the pipeline's `execution.mode`.
        engine: overrides the pipeline's `execution.engine`.
        pipeline_version: overrides the pipeline's `version`.
        run_id, pipeline_version, client_id, batch_id: reach the steps' context and the manifest.
        registry: step aliases known to this caller.
        metadata: passed to steps as `ctx.metadata`.
        runtime_metadata: passed to steps as well: what the runtime says of itself. It makes no run another one.
        within: where it may read and write; None: anywhere.
        limits: how much of anything there is for it.
        replay_of: the run whose rejected rows this one takes once more: its `run_id`, `manifest_path` and their `rows`.
        runtime: who calls: `local`, `lambda` or `glue`.
        strict: refuse keys and params that nothing knows.
        force: run, even if a committed run has done the same already.
    """

    pipeline: Pipeline
    input_dir: str = "."
    output_dir: str = "outputs"
    inputs: Mapping[str, str] = EMPTY
    params: Mapping[str, Any] = EMPTY
    manifest_path: str | None = None
    baseline: str | None = None
    chunk_rows: int | None = None
    mode: Mode | None = None
    engine: Engine | None = None
    run_id: str = field(default_factory=new_run_id)
    pipeline_version: str | None = None
    client_id: str | None = None
    batch_id: str | None = None
    registry: StepRegistry | None = None
    metadata: Mapping[str, Any] = EMPTY
    runtime_metadata: Mapping[str, Any] = EMPTY
    within: Prefixes | None = None
    limits: Limits = UNLIMITED
    replay_of: Mapping[str, Any] | None = None
    runtime: str = "local"
    strict: bool = True
    force: bool = False

    @property
    def version(self) -> str | None:
        """The pipeline's version: the caller's word, or else the file's."""
        return self.pipeline_version or self.pipeline.version

    @property
    def rows_per_chunk(self) -> int:
        """Of a stream: the caller's word, or else the file's."""
        return self.chunk_rows or self.pipeline.execution.chunk_rows or DEFAULT_CHUNK_ROWS

    @property
    def runs_on(self) -> Engine:
        """Who does the work: the caller's word, or else the file's."""
        return self.engine or self.pipeline.execution.engine

    def filled(self, place: str) -> str:
        """A place with its placeholders filled in; `place_faults` has found nothing wrong with it."""
        return filled(place, self._ids)

    def place_faults(self) -> list[Fault]:
        """Every placeholder that stands for nothing, or for what is no id."""
        found = (placeholder_fault(where, place, self._ids) for where, place in self._places() if place)
        return [fault for fault in found if fault]

    def _places(self) -> Iterator[tuple[str, str | None]]:
        """Each with how the caller or the author named it."""
        yield "--input-dir", self.input_dir
        yield "--output-dir", self.output_dir
        yield "--manifest-path", self.manifest_path
        yield "--baseline", self.baseline
        for name, uri in self.inputs.items():
            yield f"--input {name}", uri
        for wanted in self.pipeline.inputs:
            if wanted.name not in self.inputs:
                yield self.pipeline.where("inputs", wanted.name, "uri"), wanted.uri
                yield from self._places_of_query(wanted)
        for index, output in enumerate(self.pipeline.outputs):
            yield self.pipeline.where("outputs", "datasets", index, "uri"), output.uri
        if self.pipeline.rejected:
            yield self.pipeline.where("rejected", "uri"), self.pipeline.rejected.uri

    def _places_of_query(self, wanted: Input) -> Iterator[tuple[str, str]]:
        """Values in a query may hold ids as places do."""
        if wanted.kind != "athena":
            return
        from trakt.formats.athena.options import query_of

        for name, value in query_of(wanted).params.items():
            if isinstance(value, str):
                yield self.pipeline.where("inputs", wanted.name, "metadata", "params", name), value

    @property
    def _ids(self) -> dict[str, str]:
        return {name: given for name in ID_NAMES if (given := getattr(self, name))}
