"""The inputs of a replay: rejected rows as files of the inputs they came from, and what stands beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trakt.engine.places import joined
from trakt.engine.replay.corrections import Correction
from trakt.errors import Fault, InputError, one_of
from trakt.formats import Row, format_for
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Input, Pipeline
from trakt.schema import LogicalType, Schema
from trakt.storage import storage_for

Manifest = Mapping[str, Any]
RowsByFile = dict[tuple[str, ...], list[Row]]
"""Rows by the columns of the file that they belong to."""


def by_input(
    corrections: Sequence[Correction], pipeline: Pipeline, graph: Graph, before: Manifest
) -> dict[str, RowsByFile]:
    """Which rows belong to which input.

    Raises:
        InputError: rows of which that cannot be told; all of them are named.
    """
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


def contents_of(
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


def name_of(contents: Mapping[str, Sequence[bytes]]) -> str:
    """A short name that follows from the content."""
    digest = hashlib.sha256()
    for name, files in contents.items():
        for content in files:
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def keep(folder: str, files: Sequence[bytes]) -> None:
    """Write the files of an input beside what will be made of them, for whoever asks later."""
    for number, content in enumerate(files):
        uri = joined(folder, f"{number}.csv")
        with storage_for(uri).stage(uri) as staged:
            staged.stream.write(content)
            staged.publish()


def as_before(name: str, before: Manifest) -> str:
    """The files that an input had, as one uri.

    Raises:
        InputError: the name of one of several holds a comma.
    """
    uris = [file["uri"] for file in before["inputs"][name]["files"]]
    if len(uris) > 1 and any("," in uri for uri in uris):
        what = f"input '{name}' cannot be read again: the name of one of its files holds a comma"
        raise InputError(what, where=f"--again {name}", hint="rename the file, and run the batch anew")
    return ",".join(uris)


def declared_as_before(pipeline: Pipeline, before: Manifest, contents: Mapping[str, Any]) -> Pipeline:
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


def rows_in(rows: Mapping[str, RowsByFile]) -> int:
    """How many rows there are."""
    return sum(len(each) for files in rows.values() for each in files.values())
