"""How rows flow through a pipeline: its inputs, steps and outputs as nodes, artifacts as the edges between them.

With the manifest of a run edges have their rows. A manifest counts rows per input, output and step; where a step makes
several artifacts, those that no output publishes stay uncounted. So do outputs of a run that published none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from trakt.engine.committed import manifest_at
from trakt.engine.places import joined
from trakt.errors import InputError
from trakt.formats import format_for
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Pipeline, Rejected

NodeKind = Literal["input", "step", "output", "rejected"]


@dataclass(frozen=True, slots=True)
class Node:
    """An input, a step, an output, or the dataset of rejected rows.

    Attributes:
        id: unique in the flow, of letters and digits.
        detail: where it lies or, for a step, what it uses.
    """

    id: str
    kind: NodeKind
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows that go from one node to another, by their ids.

    Attributes:
        artifact: their name, or None for rejected rows.
        rows: how many went there, or None where it is not known.
    """

    source: str
    target: str
    artifact: str | None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """All of it; `run_id` and `status` are those of the run that was counted."""

    pipeline: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    run_id: str | None = None
    status: str | None = None


def flow_of(pipeline: Pipeline, graph: Graph) -> Flow:
    """The flow of a pipeline as it is written, without counts."""
    inputs = {each.name: Node(f"input{at}", "input", each.name, each.uri) for at, each in enumerate(pipeline.inputs)}
    steps = {step.id: Node(f"step{at}", "step", step.id, step.uses) for at, step in enumerate(graph.steps)}
    outputs = {
        each.name: Node(
            f"output{at}",
            "output",
            each.name,
            each.uri or each.name + ("" if each.is_folder else format_for(each.kind).SUFFIXES[0]),
        )
        for at, each in enumerate(pipeline.outputs)
    }
    made_by = {name: node.id for name, node in inputs.items()}
    made_by |= {name: steps[step.id].id for step in graph.steps for name in step.makes}
    edges = [Edge(made_by[name], steps[step.id].id, name) for step in graph.steps for name in step.reads]
    edges += [Edge(made_by[each.source], outputs[each.name].id, each.source) for each in pipeline.outputs]
    nodes = (*inputs.values(), *steps.values(), *outputs.values())
    quarantined = [inputs[each.name].id for each in pipeline.inputs if each.on_bad_rows == "quarantine"]
    flow = Flow(pipeline.name, nodes, tuple(edges))
    if pipeline.rejected is None and not quarantined:
        return flow
    return _with_rejected(flow, pipeline, [Edge(source, _REJECTED, None) for source in quarantined])


_REJECTED = "rejected"


def _with_rejected(flow: Flow, pipeline: Pipeline, edges: list[Edge]) -> Flow:
    """The flow with the dataset of rejected rows, and edges that lead there."""
    node = Node(_REJECTED, "rejected", "rejected rows", (pipeline.rejected or Rejected()).uri)
    others = tuple(each for each in flow.nodes if each.id != _REJECTED)
    return replace(flow, nodes=(*others, node), edges=(*(each for each in flow.edges if each.artifact), *edges))


def counted_by(uri: str, flow: Flow, pipeline: Pipeline, graph: Graph) -> Flow:
    """The flow with the rows that the run of the manifest at `uri` counted.

    Raises:
        InputError: there is no manifest, or it is not one of this pipeline as it is written now.
    """
    uri = joined("", uri)
    manifest = manifest_at(uri)
    if manifest is None:
        raise InputError("there is no manifest", where=uri, hint="name the manifest.json of a run")
    try:
        _require_same_pipeline(uri, manifest, pipeline)
        rows = dict(_rows_of_artifacts(manifest, graph))
        rejects = list(_rejects(manifest, flow))
        told = {"run_id": str(manifest["run_id"]), "status": str(manifest["status"])}
    except (KeyError, TypeError, AttributeError) as fault:
        hint = "name one that a run wrote"
        raise InputError(f"this is no whole manifest: {fault!r}", where=uri, hint=hint) from fault
    unpublished = set() if told["status"] == "success" else {node.id for node in flow.nodes if node.kind == "output"}
    edges = (
        replace(edge, rows=rows.get(edge.artifact)) if edge.artifact and edge.target not in unpublished else edge
        for edge in flow.edges
    )
    counted = replace(flow, edges=tuple(edges), run_id=told["run_id"], status=told["status"])
    drawn = any(node.kind == "rejected" for node in flow.nodes)
    return _with_rejected(counted, pipeline, rejects) if rejects or drawn else counted


def _require_same_pipeline(uri: str, manifest: Mapping[str, Any], pipeline: Pipeline) -> None:
    """A run that failed early may have counted less than the whole pipeline, but nothing that is not in it."""
    ran = manifest["pipeline"]["name"]
    hint = "name a manifest of this pipeline, as it is written now"
    if ran != pipeline.name:
        raise InputError(f"this is a run of pipeline '{ran}', not of '{pipeline.name}'", where=uri, hint=hint)
    known = {
        "input": ({each.name for each in pipeline.inputs}, manifest["inputs"]),
        "step": ({each.id for each in pipeline.steps}, [each["step_id"] for each in manifest["steps"]]),
        "output": ({each.name for each in pipeline.outputs}, manifest["outputs"]),
    }
    for word, (there, named) in known.items():
        if foreign := [name for name in named if name not in there]:
            what = f"the run had the {word} '{foreign[0]}', which the pipeline has not"
            raise InputError(what, where=uri, hint=hint)


def _rows_of_artifacts(manifest: Mapping[str, Any], graph: Graph) -> Iterator[tuple[str, int]]:
    for name, entry in manifest["inputs"].items():
        if entry["rows"] is not None:
            yield name, _number(entry["rows"])
    makes = {step.id: step.makes for step in graph.steps}
    for entry in manifest["steps"]:
        if len(made := makes[entry["step_id"]]) == 1:
            yield made[0], _number(entry["rows_out"])
    if manifest["status"] == "success":
        for entry in manifest["outputs"].values():
            yield entry["source"], _number(entry["rows"])


def _number(rows: Any) -> int:
    if isinstance(rows, int):
        return rows
    raise TypeError(f"{rows!r} is no number of rows")


def _rejects(manifest: Mapping[str, Any], flow: Flow) -> Iterator[Edge]:
    ids = {(node.kind, node.name): node.id for node in flow.nodes}
    drawn = {edge.source for edge in flow.edges if edge.artifact is None}
    for name, entry in manifest["inputs"].items():
        node = ids["input", name]
        if entry["rejected"] or node in drawn:
            yield Edge(node, _REJECTED, None, _number(entry["rejected"] or 0))
    for entry in manifest["steps"]:
        if rejected := entry["accounting"]["rejected"]:
            yield Edge(ids["step", entry["step_id"]], _REJECTED, None, _number(rejected))
