"""Rejected rows once more through the same pipeline, as a batch of their own beside the one they belong to.

The supplement reads what was mended, and nothing that the first run has taken. Its outputs lie in a folder of their
own, whose name follows from the rows: so the same rows replayed twice are one supplement. Both manifests name each
other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trakt.engine.committed import manifest_at
from trakt.engine.corrections import Correction, read_corrections
from trakt.engine.manifest import as_json
from trakt.engine.places import joined
from trakt.engine.plan import planned_outputs, rejected_uri
from trakt.engine.request import RunRequest
from trakt.engine.run import run
from trakt.errors import Fault, InputError, PipelineError, one_of
from trakt.formats import Row, format_for
from trakt.pipeline.graph import Graph, resolve
from trakt.pipeline.model import Input, Pipeline
from trakt.schema import LogicalType, Schema
from trakt.storage import storage_for

Manifest = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """Which rows are to be replayed, and how.

    Attributes:
        manifest: the record of the run that rejected them.
        pipeline: what to do with them: the pipeline of that run, mended or not.
        rows: the file of mended rows; None: the rejected dataset itself, because the pipeline was mended.
        again: inputs without such rows that are read in full once more, because others look things up in them.
        without: inputs without such rows that give no row at all.
        output_dir: where the supplement goes; None: `replay-...` beside the manifest.
    """

    manifest: str
    pipeline: Pipeline
    rows: str | None = None
    again: Sequence[str] = ()
    without: Sequence[str] = ()
    output_dir: str | None = None


def replay(asked: ReplayRequest) -> dict[str, Any]:
    """Run the supplement; returns what `trakt.engine.run.run` returns.

    Raises:
        InputError: there is no such manifest, or a row that belongs to no input.
        PipelineError: an input is neither to be read again nor left out, or an output would replace the first run's.
        TraktError: the run failed.
    """
    before = rejecting_run(asked.manifest)
    rows_uri = asked.rows or before["rejected"]["path"]
    if rows_uri is None:
        raise InputError("that run rejected no row", where=asked.manifest, hint="there is nothing to replay")
    graph = resolve(asked.pipeline)
    rows = _by_input(read_corrections(rows_uri), asked.pipeline, graph, before)
    if not rows:
        raise InputError("there is no row in it", where=rows_uri, hint="there is nothing to replay")
    others = _others(asked, graph, rows)
    contents = _contents(asked.pipeline, before, {**{name: {} for name in others}, **rows}, asked.again)
    folder = asked.output_dir or joined(_folder_of(asked.manifest), f"replay-{_name_of(contents)}")
    made = {name: joined(folder, f"replayed/{name}") for name in contents}
    again = {name: _as_before(name, before) for name in others if name in asked.again}
    link = {"run_id": before["run_id"], "manifest_path": asked.manifest, "rows": _many(rows)}
    request = RunRequest(
        pipeline=_declared(asked.pipeline, before, contents),
        output_dir=folder,
        inputs={**made, **again},
        params=before["params"],
        pipeline_version=before["pipeline"]["version"],
        client_id=before["client_id"],
        batch_id=before["batch_id"],
        mode=before["execution"]["mode"],
        replay_of=link,
    )
    _require_own_places(request, before)
    for name, files in contents.items():
        _keep(made[name], files)
    result = run(request)
    _link(asked.manifest, before["run_id"], result, _many(rows))
    return result


def rejecting_run(uri: str) -> Manifest:
    """The manifest of a run whose rejected rows may be replayed.

    Raises:
        InputError: there is none, or it is of a run that failed.
    """
    manifest = manifest_at(uri)
    if manifest is None or manifest["status"] != "success":
        what = f"there is {'no manifest' if manifest is None else 'the manifest of a run that failed'}"
        raise InputError(what, where=uri, hint="name the manifest of a run that succeeded")
    return manifest


RowsByFile = dict[tuple[str, ...], list[Row]]
"""Rows by the columns of the file that they belong to."""


def _by_input(
    corrections: Sequence[Correction], pipeline: Pipeline, graph: Graph, before: Manifest
) -> dict[str, RowsByFile]:
    faults: list[Fault] = []
    found: dict[str, RowsByFile] = {}
    for each in corrections:
        name = each.input or _input_of_step(each, graph, before) or ""
        if name not in before["inputs"]:
            hint = f"name the input it belongs to, and give `raw`: inputs are {one_of(list(before['inputs']))}"
            told = f"the columns of the row of step '{each.step}' are not those of one input"
            faults.append(Fault(f"'{name}' is no input" if name else told, each.where, hint))
            continue
        columns = _columns_of(before["inputs"][name], each.file)
        found.setdefault(name, {}).setdefault(columns, []).append(each.row)
    if faults:
        raise InputError.of(faults)
    return {each.name: found[each.name] for each in pipeline.inputs if each.name in found}


def _input_of_step(correction: Correction, graph: Graph, before: Manifest) -> str | None:
    """The one input upstream of the step that has the columns of the row."""
    if not isinstance(correction.row, Mapping):
        return None
    wanted = set(correction.row)
    above: set[str] = set()
    makers = {made: step for step in graph.steps for made in step.makes}
    left = [step for step in graph.steps if step.id == correction.step]
    while left:
        for name in left.pop().reads:
            if name in makers and makers[name] not in left:
                left.append(makers[name])
            elif name not in makers:
                above.add(name)
    fitting = [name for name in sorted(above) if set(before["inputs"].get(name, {}).get("schema", ())) == wanted]
    return fitting[0] if len(fitting) == 1 else None


def _columns_of(entry: Mapping[str, Any], uri: str | None) -> tuple[str, ...]:
    of_file = [each["columns"] for each in entry["files"] if each["uri"] == uri and "columns" in each]
    return tuple(of_file[0] if of_file else entry["schema"])


def _others(asked: ReplayRequest, graph: Graph, rows: Mapping[str, RowsByFile]) -> list[str]:
    """The inputs that have no row here. What becomes of them is for a person to say: no row may come twice."""
    others = [each.name for each in asked.pipeline.inputs if each.name not in rows and each.name not in graph.unread]
    place = "trakt replay"
    faults = [
        Fault(
            f"no row here belongs to the input '{name}'",
            place,
            f"say --again {name} to read it in full once more, because others look things up in it, "
            f"or --without {name}, because its rows are in the outputs already",
        )
        for name in others
        if name not in asked.again and name not in asked.without
    ]
    faults += [
        Fault(f"'{name}' is no input without a row here", place, f"there are: {', '.join(others) or 'none'}")
        for name in (*asked.again, *asked.without)
        if name not in others
    ]
    if faults:
        raise PipelineError.of(faults)
    return others


def _contents(
    pipeline: Pipeline, before: Manifest, rows: Mapping[str, RowsByFile], again: Sequence[str]
) -> dict[str, list[bytes]]:
    """The files of each input that is made anew."""
    contents: dict[str, list[bytes]] = {}
    for wanted in pipeline.inputs:
        entry = before["inputs"].get(wanted.name)
        if wanted.name not in rows or wanted.name in again or entry is None or entry["absent"]:
            continue
        # a file that has no row keeps its columns
        heads = dict.fromkeys([_columns_of(entry, file["uri"]) for file in entry["files"]])
        details = entry["files"][0]
        file_of = format_for(wanted.kind).file_of
        contents[wanted.name] = [
            file_of(wanted, columns, rows[wanted.name].get(columns, ()), details) for columns in heads
        ]
    return contents


def _name_of(contents: Mapping[str, Sequence[bytes]]) -> str:
    digest = hashlib.sha256()
    for name, files in contents.items():
        for content in files:
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _keep(folder: str, files: Sequence[bytes]) -> None:
    """Write the files of an input beside what will be made of them, for whoever asks later."""
    for number, content in enumerate(files):
        uri = joined(folder, f"{number}.csv")
        with storage_for(uri).stage(uri) as staged:
            staged.stream.write(content)
            staged.publish()


def _as_before(name: str, before: Manifest) -> str:
    uris = [file["uri"] for file in before["inputs"][name]["files"]]
    if len(uris) > 1 and any("," in uri for uri in uris):
        what = f"input '{name}' cannot be read again: the name of one of its files holds a comma"
        raise InputError(what, where=f"--again {name}", hint="rename the file, and run the batch anew")
    return ",".join(uris)


def _declared(pipeline: Pipeline, before: Manifest, contents: Mapping[str, Any]) -> Pipeline:
    """The pipeline with the types that were decided over the whole batch: few rows would decide otherwise."""

    def declared(wanted: Input) -> Input:
        if wanted.name not in contents:
            return wanted
        entry = before["inputs"][wanted.name]
        types = {column: LogicalType(kind) for column, kind in entry["schema"].items()}
        known = wanted.schema or Schema()
        return replace(
            wanted,
            metadata=format_for(wanted.kind).pinned(wanted, entry["files"][0]),
            schema=Schema(known.columns, {**types, **(known.types or {})}),
            on_bad_rows="quarantine",
            max_bad_rows=None,
            max_bad_ratio=None,
        )

    return replace(pipeline, inputs=tuple(declared(wanted) for wanted in pipeline.inputs))


def _require_own_places(request: RunRequest, before: Manifest) -> None:
    taken = {output["path"] for output in before["outputs"].values()} | {before["rejected"]["path"]}
    targets = {f"output '{each.wanted.name}'": each.uri for each in planned_outputs(request)}
    targets["the dataset of rejected rows"] = rejected_uri(request)
    faults = [
        Fault(f"{name} would replace {uri}, which the first run made", "trakt replay", "make its `uri` relative")
        for name, uri in targets.items()
        if uri in taken
    ]
    if faults:
        raise PipelineError.of(faults)


def _many(rows: Mapping[str, RowsByFile]) -> int:
    return sum(len(each) for files in rows.values() for each in files.values())


def _folder_of(uri: str) -> str:
    return uri.rpartition("/")[0] or "."


def _link(uri: str, run_id: str, result: Mapping[str, Any], rows: int) -> None:
    """Name the supplement in the manifest of the first run."""
    link = {"run_id": result["run_id"], "manifest_path": result["manifest_path"], "rows": rows}
    # another replay may do the same
    with storage_for(uri).lease(uri, result["run_id"]):
        before = manifest_at(uri)
        if before is None or before["run_id"] != run_id:
            hint = f"the supplement is complete: {result['manifest_path']}"
            raise InputError("the batch was run again meanwhile; its manifest is another one", where=uri, hint=hint)
        known = [each for each in before["replays"] if each["manifest_path"] != link["manifest_path"]]
        with storage_for(uri).stage(uri) as staged:
            staged.stream.write(as_json({**before, "replays": [*known, link]}))
            staged.publish()
