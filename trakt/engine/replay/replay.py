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
from trakt.engine.manifest import as_json
from trakt.engine.places import joined
from trakt.engine.plan import planned_outputs, rejected_uri
from trakt.engine.replay.corrections import read_corrections
from trakt.engine.replay.supplement import (
    Manifest,
    RowsByFile,
    as_before,
    by_input,
    contents_of,
    declared_as_before,
    keep,
    name_of,
    rows_in,
)
from trakt.engine.request import RunRequest
from trakt.engine.run import run
from trakt.errors import Fault, InputError, PipelineError
from trakt.pipeline.graph import Graph, resolve
from trakt.pipeline.model import Pipeline
from trakt.storage import storage_for


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
    rows = by_input(read_corrections(rows_uri), asked.pipeline, graph, before)
    if not rows:
        raise InputError("there is no row in it", where=rows_uri, hint="there is nothing to replay")
    others = _others(asked, graph, rows)
    contents = contents_of(asked.pipeline, before, {**{name: {} for name in others}, **rows}, asked.again)
    folder = asked.output_dir or joined(_folder_of(asked.manifest), f"replay-{name_of(contents)}")
    made = {name: joined(folder, f"replayed/{name}") for name in contents}
    again = {name: as_before(name, before) for name in others if name in asked.again}
    link = {"run_id": before["run_id"], "manifest_path": asked.manifest, "rows": rows_in(rows)}
    request = RunRequest(
        pipeline=declared_as_before(asked.pipeline, before, contents),
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
        keep(made[name], files)
    result = run(request)
    _link(asked.manifest, before["run_id"], result, rows_in(rows))
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
