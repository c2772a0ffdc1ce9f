"""Rejected rows once more through the same pipeline, as a batch of their own beside the one they belong to.

The supplement reads what was mended, and nothing that the first run has taken. Its outputs lie in a folder of their
own, whose name follows from the rows: so the same rows replayed twice are one supplement. Both manifests name each
other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.engine.committed import manifest_at
from trakt.engine.find import canonical
from trakt.engine.manifest import as_json
from trakt.engine.places import joined
from trakt.engine.plan import manifest_uri, planned_outputs, rejected_uri
from trakt.engine.progress import Watcher
from trakt.engine.replay.corrections import read_corrections
from trakt.engine.replay.supplement import (
    Manifest,
    RowsByColumns,
    as_before,
    contents_of,
    declared,
    digest_of,
    keep,
    other_inputs,
    rows_by_input,
)
from trakt.engine.request import RunRequest
from trakt.engine.run import run
from trakt.errors import Fault, InputError, PipelineError
from trakt.formats import format_for
from trakt.pipeline.graph import resolve
from trakt.pipeline.model import Pipeline
from trakt.storage import publish_bytes, storage_for


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
        force: make the supplement anew, even if it is there already.
    """

    manifest: str
    pipeline: Pipeline
    rows: str | None = None
    again: Sequence[str] = ()
    without: Sequence[str] = ()
    output_dir: str | None = None
    force: bool = False


def replay(asked: ReplayRequest, watch: Watcher | None = None) -> dict[str, Any]:
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
    rows = rows_by_input(read_corrections(rows_uri), asked.pipeline, graph, before)
    if not rows:
        raise InputError("there is no row in it", where=rows_uri, hint="there is nothing to replay")
    others = other_inputs(asked.pipeline, graph, before, (asked.again, asked.without), list(rows))
    left_out: dict[str, RowsByColumns] = {name: {} for name in others if name not in asked.again}
    contents = contents_of(asked.pipeline, before, {**left_out, **rows})
    digest = digest_of(contents)
    folder = asked.output_dir or joined(_folder_of(asked.manifest), f"replay-{digest}")
    # in a folder that somebody named, files of another replay may lie
    beside = joined(folder, f"replayed-{digest}" if asked.output_dir else "replayed")
    inputs = {name: joined(beside, name) for name in contents}
    inputs |= {name: as_before(name, before) for name in others if name in asked.again}
    absent = {each.name: joined(beside, each.name) for each in asked.pipeline.inputs if each.name not in inputs}
    many = sum(len(each) for by_columns in rows.values() for each in by_columns.values())
    request = RunRequest(
        pipeline=declared(asked.pipeline, before, contents, inputs),
        output_dir=folder,
        inputs={**inputs, **absent},
        params=before["params"],
        pipeline_version=before["pipeline"]["version"],
        client_id=before["client_id"],
        batch_id=before["batch_id"],
        mode=before["execution"]["mode"],
        # they are few, and lie where executors may not see them
        engine="local",
        force=asked.force,
        replay_of={"run_id": before["run_id"], "manifest_path": asked.manifest, "rows": many},
    )
    _require_own_places(request, asked.manifest, before)
    suffixes = {each.name: format_for(each.kind).SUFFIXES[0] for each in asked.pipeline.inputs}
    for name, files in contents.items():
        keep(inputs[name], files, suffixes[name])
    result = run(request, watch=watch)
    _link(asked.manifest, before["run_id"], result, many)
    return result


def rejecting_run(uri: str) -> Manifest:
    """The manifest of a run whose rejected rows may be replayed.

    Raises:
        InputError: there is none, or it is of a run that has not succeeded.
    """
    manifest = manifest_at(uri)
    if manifest is None or manifest["status"] != "success":
        what = f"there is {'no manifest' if manifest is None else 'the manifest of a run that has not succeeded'}"
        raise InputError(what, where=uri, hint="name the manifest of a run that succeeded")
    return manifest


def _require_own_places(request: RunRequest, manifest: str, before: Manifest) -> None:
    paths = [manifest, before["rejected"]["path"], *(output["path"] for output in before["outputs"].values())]
    taken = {canonical(joined("", path)) for path in paths if path is not None}
    # a table has files of many runs
    outputs = [each for each in planned_outputs(request) if each.wanted.kind != "table"]
    targets = {f"output '{each.wanted.name}'": each.uri for each in outputs}
    targets |= {"the dataset of rejected rows": rejected_uri(request), "the manifest": manifest_uri(request)}
    hint = "make its `uri` relative, or name another --output-dir"
    faults = [
        Fault(f"{name} would replace {uri}, which the first run made", "trakt replay", hint)
        for name, uri in targets.items()
        if canonical(uri) in taken
    ]
    if faults:
        raise PipelineError.of(faults)


def _folder_of(uri: str) -> str:
    return uri.rpartition("/")[0] or "."


def _link(uri: str, run_id: str, result: Mapping[str, Any], rows: int) -> None:
    """Name the supplement in the manifest of the first run, while nobody else works on that batch."""
    with storage_for(uri).lease(uri, result["run_id"]) as lease:
        lease.check()
        _add_link(uri, run_id, result, rows)


def _add_link(uri: str, run_id: str, result: Mapping[str, Any], rows: int) -> None:
    before = manifest_at(uri)
    if before is None or before["run_id"] != run_id:
        what = "the manifest is not there any more" if before is None else "the batch was run anew in the meantime"
        hint = f"the supplement is complete, {result['manifest_path']}; see whether it still belongs to the batch"
        raise InputError(what, where=uri, hint=hint)
    link = {"run_id": result["run_id"], "manifest_path": result["manifest_path"], "rows": rows}
    known = [each for each in before["replays"] if each["manifest_path"] != link["manifest_path"]]
    publish_bytes(uri, as_json({**before, "replays": [*known, link]}))
