"""What a replay reads: the rows that were rejected, by the input and the columns they belong to, as files of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trakt.engine.places import joined
from trakt.engine.replay.corrections import Correction
from trakt.errors import Fault, InputError, PipelineError, one_of
from trakt.formats import Row, format_for
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Input, Pipeline
from trakt.schema import LogicalType
from trakt.storage import publish_bytes

Manifest = Mapping[str, Any]
RowsByColumns = dict[tuple[str, ...], list[Row]]
"""Rows by the columns of the file that they belong to."""


def rows_by_input(
    corrections: Sequence[Correction], pipeline: Pipeline, graph: Graph, before: Manifest
) -> dict[str, RowsByColumns]:
    """The rows of each input that has any.

    Raises:
        InputError: a row belongs to no input, or has other columns than its input; all of them are named.
    """
    faults: list[Fault] = []
    found: dict[str, RowsByColumns] = {}
    known = [each.name for each in pipeline.inputs if _is_present(each.name, before)]
    for each in corrections:
        name = each.input or _input_of_step(each, graph, before) or ""
        if name not in known:
            hint = f"name the input it belongs to, and give `raw`: inputs are {one_of(known)}"
            told = f"the columns of the row of step '{each.step}' are not those of one input"
            what = f"'{name}' is no input of both the first run and this pipeline" if name else told
            faults.append(Fault(what, each.where, hint))
            continue
        columns = _columns_of(before["inputs"][name], each)
        if isinstance(each.row, Mapping) and set(each.row) != set(columns):
            what = f"the columns of `row` are not those of input '{name}'"
            faults.append(Fault(what, each.where, f"give `raw`, or these columns: {', '.join(columns)}"))
            continue
        found.setdefault(name, {}).setdefault(columns, []).append(each.row)
    if faults:
        raise InputError.of(faults)
    return {each.name: found[each.name] for each in pipeline.inputs if each.name in found}


def other_inputs(
    pipeline: Pipeline, graph: Graph, before: Manifest, named: tuple[Sequence[str], Sequence[str]], rows: Sequence[str]
) -> list[str]:
    """The inputs that have no row here. What becomes of them is for a person to say: no row may come twice.

    Args:
        named: those that are to be read again, and those that are to be left out.
        rows: those that have rows.

    Raises:
        PipelineError: something was not said, or was said of what is no such input.
    """
    others = [each for each in pipeline.inputs if each.name not in rows and each.name not in graph.unread]
    again, without = named
    place, faults = "trakt replay", []
    for each in others:
        if each.name not in before["inputs"] and each.required:
            told = f"the input '{each.name}' is new: the first run has not read it"
            faults.append(Fault(told, place, "run the batch anew with the pipeline as it is now"))
        elif _is_present(each.name, before) and each.name not in (*again, *without):
            hint = (
                f"say --again {each.name} to read it in full once more, because others look things up in it, "
                f"or --without {each.name}, because its rows are in the outputs already"
            )
            faults.append(Fault(f"no row here belongs to the input '{each.name}'", place, hint))
    names = [each.name for each in others]
    faults += [
        Fault(f"'{name}' is no input without a row here", place, f"there are: {', '.join(names) or 'none'}")
        for name in (*again, *without)
        if name not in names
    ]
    if faults:
        raise PipelineError.of(faults)
    return [name for name in names if _is_present(name, before)]


def contents_of(pipeline: Pipeline, before: Manifest, rows: Mapping[str, RowsByColumns]) -> dict[str, list[bytes]]:
    """The files of each input that is made anew; one of `rows` without any row keeps its columns."""
    contents: dict[str, list[bytes]] = {}
    for wanted in pipeline.inputs:
        if wanted.name not in rows:
            continue
        entry, own = before["inputs"][wanted.name], rows[wanted.name]
        # a file that has no row keeps its columns, and a row that no file of those columns is known for makes one
        heads = dict.fromkeys([*_heads(entry), *own])
        contents[wanted.name] = [
            content
            for columns in heads
            for content in format_for(wanted.kind).files_of(wanted, columns, own.get(columns, ()), entry["files"][0])
        ]
    return contents


def digest_of(contents: Mapping[str, Sequence[bytes]]) -> str:
    """A short name for just these files."""
    digest = hashlib.sha256()
    for name, files in contents.items():
        for content in files:
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def keep(folder: str, files: Sequence[bytes], suffix: str) -> None:
    """Write the files of an input beside what will be made of them, for whoever asks later."""
    for number, content in enumerate(files):
        # in the order in which a folder is read
        publish_bytes(joined(folder, f"{number:0{len(str(len(files) - 1))}}{suffix}"), content)


def as_before(name: str, before: Manifest) -> str:
    """The files that the first run read, as one uri."""
    uris = [file["uri"] for file in before["inputs"][name]["files"]]
    if len(uris) > 1 and any("," in uri for uri in uris):
        what = f"input '{name}' cannot be read again: the name of one of its files holds a comma"
        raise InputError(what, where=f"--again {name}", hint="rename the file, and run the batch anew")
    return ",".join(uris)


def declared(pipeline: Pipeline, before: Manifest, made: Mapping[str, Any], read: Mapping[str, str]) -> Pipeline:
    """The pipeline with the types that were decided over the whole batch: few rows would decide otherwise.

    Args:
        made: the inputs whose files are made anew.
        read: the inputs that are there at all; what was absent, or is read by nobody, stays away.
    """

    def of(wanted: Input) -> Input:
        if wanted.name not in read:
            return replace(wanted, required=False)
        if wanted.name not in made:
            return wanted
        entry = before["inputs"][wanted.name]
        types = {column: LogicalType(kind) for column, kind in entry["schema"].items()}
        pinned = format_for(wanted.kind).pinned(wanted, entry["files"][0], types)
        return replace(pinned, on_bad_rows="quarantine", max_bad_rows=None, max_bad_ratio=None)

    return replace(pipeline, inputs=tuple(map(of, pipeline.inputs)))


def _is_present(name: str, before: Manifest) -> bool:
    return name in before["inputs"] and not before["inputs"][name]["absent"]


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


def _columns_of(entry: Mapping[str, Any], correction: Correction) -> tuple[str, ...]:
    of_file = [_file_columns(entry, each) for each in entry["files"] if each["uri"] == correction.file]
    # the text of a row has the columns of its file, what a step has seen those of the input
    known = _heads(entry) if isinstance(correction.row, (str, bytes)) else []
    return of_file[0] if of_file else known[0] if len(known) == 1 else tuple(entry["schema"])


def _heads(entry: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(_file_columns(entry, file) for file in entry["files"]))


def _file_columns(entry: Mapping[str, Any], file: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(file.get("columns") or entry["schema"])
