"""What a run will do, as a printable value: exact files, targets, steps and mode. The engine obeys it.

Everything that can be known before a byte is read is found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from trakt.engine.apart import apart_faults, require_present
from trakt.engine.check import check
from trakt.engine.find import PlannedInput, canonical, find_input, require_files
from trakt.engine.places import joined
from trakt.engine.request import RunRequest
from trakt.engine.tables import PlannedTable, file_name, planned_tables, table_faults
from trakt.engine.within import input_faults, target_faults
from trakt.errors import Fault, PipelineError, counted, did_you_mean
from trakt.formats import format_for
from trakt.pipeline.choices import ENGINES, MODES
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Engine, Mode, Output, Rejected
from trakt.pipeline.overlay import overlay_fault

_REJECTED = "the dataset of rejected rows"

if TYPE_CHECKING:
    from trakt.engine.admission import Admission


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """An output and the absolute `uri` it goes to.

    Attributes:
        file_name: of each of its files, where it is a folder.
        table: what it is in a catalog, where it is a table.
    """

    wanted: Output
    uri: str
    file_name: str
    table: PlannedTable | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, decided.

    Attributes:
        mode: how the steps are called: with a whole frame or with chunks; on Spark, of each part of the rows.
        chunk_rows: rows per chunk, or None in batch mode.
        rejected_uri: where rows go that are set aside, if there are any.
        warnings: what is allowed but probably not meant.
        admission: whether it is begun here, once that was decided.
    """

    request: RunRequest
    graph: Graph
    inputs: tuple[PlannedInput, ...]
    outputs: tuple[PlannedOutput, ...]
    mode: Mode
    chunk_rows: int | None
    manifest_uri: str
    rejected_uri: str
    warnings: tuple[str, ...]
    admission: Admission | None = None
    engine: Engine = "local"

    @property
    def is_collected(self) -> bool:
        """Whether each artifact is one frame in this process."""
        return self.mode == "batch" and self.engine == "local"

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return {
            "pipeline": self.request.pipeline.name,
            "mode": self.mode,
            "engine": self.engine,
            "chunk_rows": self.chunk_rows,
            "inputs": {
                each.wanted.name: {
                    "uri": each.uri,
                    "kind": each.wanted.kind,
                    "combine_strategy": each.wanted.combine_strategy,
                    "required": each.wanted.required,
                    "on_bad_rows": each.wanted.on_bad_rows,
                    "absent": not each.files and not each.is_asked,
                    "read": each.is_read,
                    "files": [{"uri": file.uri, "bytes": file.bytes} for file in each.files],
                    "passed_over": list(each.passed_over),
                    "options": dict(format_for(each.wanted.kind).describe_input(each.wanted)),
                }
                for each in self.inputs
            },
            "steps": [
                {"step_id": step.id, "uses": step.uses, "reads": list(step.reads), "makes": list(step.makes)}
                for step in self.graph.steps
            ],
            "outputs": {
                each.wanted.name: {
                    "from": each.wanted.source,
                    "kind": each.wanted.kind,
                    "uri": each.uri,
                    **({"partition_by": list(each.wanted.partition_by)} if each.wanted.partition_by else {}),
                    **({"table": each.table.as_dict()} if each.table else {}),
                    **({"sort_by": [asdict(key) for key in each.wanted.sort_by]} if each.wanted.sort_by else {}),
                }
                for each in self.outputs
            },
            "rejected_path": self.rejected_uri,
            "manifest_path": self.manifest_uri,
            "warnings": list(self.warnings),
            "admission": self.admission.as_dict() if self.admission else None,
        }

    def describe(self) -> str:
        """The plan for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        chunks = f", {self.chunk_rows:,} rows a chunk" if self.chunk_rows else ""
        spark = " on Spark" if self.engine == "spark" else ""
        yield f"plan of {self.request.pipeline.name} ({self.mode}{chunks}{spark})"
        for each in self.inputs:
            size = sum(file.bytes for file in each.files)
            state = f"{counted(len(each.files), 'file')}, {size:,} bytes" if each.files else "absent: steps get None"
            state = "a query, asked when the run begins" if each.is_asked else state
            yield f"  read   {each.wanted.name} <- {each.uri} ({each.wanted.kind}, {state})"
            yield from (f"           {file.uri} ({file.bytes:,} bytes)" for file in each.files)
        for step in self.graph.steps:
            yield f"  step   {step.id} ({step.uses}): {', '.join(step.reads) or '-'} -> {', '.join(step.makes) or '-'}"
        for output in self.outputs:
            place = "/".join([output.uri, *(f"{name}=..." for name in output.wanted.partition_by)])
            keys = ", ".join(map(str, output.wanted.sort_by))
            order = f", sorted by {keys}" if keys else ""
            yield f"  write  {output.wanted.name}: {output.wanted.source} -> {place} ({output.wanted.kind}{order})"
            if output.table:
                yield f"           {output.table.describe()}"
        if any(each.wanted.on_bad_rows == "quarantine" for each in self.inputs) or self.request.pipeline.rejected:
            yield f"  reject {self.rejected_uri}"
        yield f"  record {self.manifest_uri}"
        if self.admission:
            yield f"  admit  {self.admission.describe()}"
            yield from (f"           {reason}" for reason in self.admission.reasons)
        yield from (f"  warning: {warning}" for warning in self.warnings)


def plan(request: RunRequest) -> Plan:
    """Decide what `request` will do. Looks at which files there are, and reads none.

    Raises:
        PipelineError: the pipeline, or what the caller asks of it, is wrong; all faults are listed.
        InputError: a required input has no files; all such inputs are listed.
    """
    graph, faults = check(
        request.pipeline, mode=request.mode, registry=request.registry, strict=request.strict, params=request.params
    )
    faults += _request_faults(request)
    if graph is not None and request.runs_on == "spark":
        faults += apart_faults(request, graph)
    if faults or graph is None:
        raise PipelineError.of(faults)
    outputs, manifest = planned_outputs(request), manifest_uri(request)
    rejected = rejected_uri(request)
    faults = [*input_faults(request), *_target_faults(request, outputs, manifest, rejected), *table_faults(request)]
    if faults:
        raise PipelineError.of(faults)
    inputs = tuple(find_input(request, wanted, graph) for wanted in request.pipeline.inputs)
    _require_no_overwriting(request, inputs, outputs, rejected)
    require_files(request, inputs)
    if request.runs_on == "spark":
        require_present(request, inputs)
    mode = request.mode or request.pipeline.execution.mode
    tables = planned_tables(request, {each.wanted.name: each.uri for each in outputs})
    outputs = tuple(replace(each, table=tables.get(each.wanted.name)) for each in outputs)
    return Plan(
        request=request,
        graph=graph,
        inputs=inputs,
        outputs=outputs,
        mode=mode,
        chunk_rows=request.rows_per_chunk if mode == "stream" else None,
        manifest_uri=manifest,
        rejected_uri=rejected,
        warnings=tuple(_warnings(inputs, outputs)),
        engine=request.runs_on,
    )


def _request_faults(request: RunRequest) -> list[Fault]:
    known = [wanted.name for wanted in request.pipeline.inputs]
    faults = [
        Fault(
            f"no input is named '{name}'", f"--input {name}", did_you_mean(name, known) or f"inputs: {', '.join(known)}"
        )
        for name in request.inputs
        if name not in known
    ]
    if request.chunk_rows is not None and request.chunk_rows < 1:
        faults.append(Fault(f"a chunk needs at least 1 row, not {request.chunk_rows}", "--stream-chunk-size"))
    if request.mode is not None and request.mode not in MODES:
        faults.append(Fault(f"unknown mode '{request.mode}'", "mode", did_you_mean(request.mode, MODES)))
    if request.engine is not None and request.engine not in ENGINES:
        faults.append(Fault(f"unknown engine '{request.engine}'", "engine", did_you_mean(request.engine, ENGINES)))
    if fault := overlay_fault(request.pipeline.origin, request.client_id):
        faults.append(fault)
    return [*faults, *request.place_faults()]


def planned_outputs(request: RunRequest) -> tuple[PlannedOutput, ...]:
    """Where the outputs of a run go."""
    folder = request.filled(request.output_dir)
    return tuple(
        PlannedOutput(
            wanted,
            joined(folder, request.filled((wanted.uri or _usual_name(wanted)).rstrip("/"))),
            file_name(request, wanted),
        )
        for wanted in request.pipeline.outputs
    )


def _usual_name(wanted: Output) -> str:
    return wanted.name if wanted.is_folder else f"{wanted.name}{format_for(wanted.kind).SUFFIXES[0]}"


def rejected_uri(request: RunRequest) -> str:
    """Where rows go that a run sets aside."""
    wanted = request.pipeline.rejected or Rejected()
    return joined(request.filled(request.output_dir), request.filled(wanted.uri))


def manifest_uri(request: RunRequest) -> str:
    """Where the run's manifest goes, whether it succeeds or fails."""
    if request.manifest_path:
        return joined("", request.filled(request.manifest_path))
    return joined(request.filled(request.output_dir), "manifest.json")


def _target_faults(
    request: RunRequest, outputs: tuple[PlannedOutput, ...], manifest: str, rejected: str
) -> list[Fault]:
    """Outputs, rejected rows and manifest must not replace one another, nor the pipeline file."""
    origin = request.pipeline.origin.path
    taken = {canonical(manifest): "the manifest"}
    faults = []
    if origin is not None:
        if canonical(str(origin)) in taken:
            faults.append(_replaces("the manifest", str(origin), "--manifest-path"))
        taken[canonical(str(origin))] = "the pipeline file"
    targets = [
        (f"output '{each.wanted.name}'", each.uri, ("outputs", "datasets", index, "uri"), each.wanted.uri)
        for index, each in enumerate(outputs)
    ]
    said = request.pipeline.rejected.uri if request.pipeline.rejected else None
    for name, uri, path, written in [*targets, (_REJECTED, rejected, ("rejected", "uri"), said)]:
        if name is _REJECTED and said is None and faults:
            # it goes where outputs go, and nobody has asked for it
            continue
        place = request.pipeline.where(*path)
        if other := taken.get(canonical(uri)):
            what = f"{name} goes to {uri}, and so does {other}"
            faults.append(Fault(what, place, "give it a `uri` of its own"))
        taken.setdefault(canonical(uri), name)
        faults += target_faults(request, name, uri, place, written)
    return [*faults, *target_faults(request, "the manifest", manifest, "--manifest-path", None)]


def _require_no_overwriting(
    request: RunRequest, inputs: tuple[PlannedInput, ...], outputs: tuple[PlannedOutput, ...], rejected: str
) -> None:
    read = {canonical(file.uri) for each in inputs for file in each.files}
    faults = [
        _replaces(f"output '{each.wanted.name}'", each.uri, request.pipeline.where("outputs", "datasets", index, "uri"))
        for index, each in enumerate(outputs)
        if canonical(each.uri) in read
        or (each.wanted.is_folder and any(uri.startswith(f"{canonical(each.uri)}/") for uri in read))
    ]
    if canonical(rejected) in read:
        faults.append(_replaces(_REJECTED, rejected, request.pipeline.where("rejected", "uri")))
    if canonical(manifest_uri(request)) in read:
        faults.append(_replaces("the manifest", manifest_uri(request), "--manifest-path"))
    if faults:
        raise PipelineError.of(faults)


def _replaces(what: str, uri: str, where: str) -> Fault:
    return Fault(f"{what} would replace {uri}, which this run reads", where, "give it a path of its own")


def _warnings(inputs: tuple[PlannedInput, ...], outputs: tuple[PlannedOutput, ...]) -> Iterator[str]:
    for each in inputs:
        if not each.is_read:
            yield f"input '{each.wanted.name}' is read by no step and no output"
        if each.passed_over and each.files:
            yield f"input '{each.wanted.name}' passes over {', '.join(each.passed_over)}: not {each.wanted.kind}"
    if not outputs:
        yield "the pipeline has no outputs: nothing but the manifest will be written"
