"""How rows flowed through a run, by its manifest alone: there is no need of the pipeline that ran."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trakt.engine.flow import Edge, Flow, Node


def recorded_flow(manifest: Mapping[str, Any]) -> Flow | None:
    """The flow as far as the run came, with its rows; None when its steps do not say what they read.

    Outputs that nothing was made for yet are left out, and those of a run that failed have no rows: nothing of it was
    published.
    """
    steps = manifest["steps"]
    if any("inputs" not in step for step in steps):
        return None
    published = manifest["status"] == "success"
    rows = dict(_rows(manifest))
    nodes, edges = [], []
    made_by: dict[str, str] = {}
    for at, (name, entry) in enumerate(manifest["inputs"].items()):
        nodes.append(Node(f"input{at}", "input", name, entry["source"]))
        made_by[name] = f"input{at}"
    for at, step in enumerate(steps):
        nodes.append(Node(f"step{at}", "step", step["step_id"], step["uses"]))
        # by then: what is made later cannot be read
        edges += [Edge(made_by[name], f"step{at}", name, rows.get(name)) for name in step["inputs"] if name in made_by]
        made_by |= dict.fromkeys(step["outputs"], f"step{at}")
    for at, (name, entry) in enumerate(manifest["outputs"].items()):
        if source := made_by.get(entry["source"]):
            nodes.append(Node(f"output{at}", "output", name, entry["path"]))
            edges.append(Edge(source, f"output{at}", entry["source"], entry["rows"] if published else None))
    if rejects := list(_rejects(manifest)):
        nodes.append(Node("rejected", "rejected", "rejected rows", manifest["rejected"]["path"] or "not published"))
        edges += rejects
    return Flow(manifest["pipeline"]["name"], tuple(nodes), tuple(edges), manifest["run_id"], manifest["status"])


def not_reached(manifest: Mapping[str, Any]) -> list[str]:
    """The outputs whose artifact was never made."""
    made = {*manifest["inputs"], *(name for step in manifest["steps"] for name in step["outputs"])}
    return [name for name, entry in manifest["outputs"].items() if entry["source"] not in made]


def _rows(manifest: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Of each artifact that was counted alone."""
    for name, entry in manifest["inputs"].items():
        if entry["rows"] is not None:
            yield name, entry["rows"]
    for step in manifest["steps"]:
        if len(step["outputs"]) == 1:
            yield step["outputs"][0], step["rows_out"]
    if manifest["status"] == "success":
        for entry in manifest["outputs"].values():
            yield entry["source"], entry["rows"]


def _rejects(manifest: Mapping[str, Any]) -> Iterator[Edge]:
    for at, entry in enumerate(manifest["inputs"].values()):
        if entry["rejected"]:
            yield Edge(f"input{at}", "rejected", None, entry["rejected"])
    for at, step in enumerate(manifest["steps"]):
        if rejected := step["accounting"]["rejected"]:
            yield Edge(f"step{at}", "rejected", None, rejected)
