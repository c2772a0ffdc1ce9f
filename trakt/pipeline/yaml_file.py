"""A pipeline file in YAML, read into the model; all its faults in one report, each with line and column."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from trakt.errors import Fault, did_you_mean
from trakt.pipeline import yaml_fields
from trakt.pipeline.fields import FieldFault, KeyPath, Mark
from trakt.pipeline.model import Origin, Overlay, Pipeline
from trakt.pipeline.overlay import lay_over, overlays_of, twin_fault
from trakt.pipeline.yaml_fields import read_execution, read_inputs, read_outputs, read_rejected, read_steps
from trakt.pipeline.yaml_tree import Tree, read_tree

_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pipeline file says.

    Attributes:
        pipeline: as much of it as could be understood, so that a caller may look for further faults;
            broken entries are left out. None when nothing is usable. Run it only when there are no faults.
        faults: everything wrong with the file, in its order.
    """

    pipeline: Pipeline | None
    faults: tuple[Fault, ...]


def read_pipeline(path: str | Path, *, strict: bool = True, client_id: str | None = None) -> Reading:
    """Read the pipeline file at `path`, with the overlay of a client where there is one.

    In `pipeline.origin.marks`, `("steps", i)` is the i-th step of the pipeline and `("outputs", "datasets", i)` its
    i-th output, whichever form the outputs are written in and whatever entries were left out.

    Args:
        strict: False lets unknown keys pass.
    """
    file = Path(path)
    document = _document(file)
    if isinstance(document, Fault):
        return Reading(None, (document,))
    tree = document.tree
    overlay = None
    if isinstance(tree.value, Mapping) and (over := overlays_of(file).get(client_id or "")):
        if twin := twin_fault(over):
            return Reading(None, (twin,))
        laid = _document(over)
        if isinstance(laid, Fault):
            return Reading(None, (laid,))
        lay_over(tree, laid.tree, over)
        overlay = Overlay(over, laid.sha256)
    origin = Origin(file, document.sha256, root=Path(os.path.abspath(file)).parent, overlay=overlay, marks=tree.marks)
    flaws = [(_position(flaw.mark), Fault(flaw.what, _place(file, flaw.mark), flaw.hint)) for flaw in tree.flaws]
    if isinstance(tree.value, Mapping):
        pipeline, found = _pipeline(tree, origin, strict)
        flaws += [(_position(origin.mark(*fault.path)), origin.fault(fault)) for fault in found]
    else:
        pipeline = None
        if not flaws:
            flaws.append((_position(None), _no_mapping(file, document)))
    return Reading(pipeline, tuple(fault for _, fault in sorted(flaws, key=lambda flaw: flaw[0])))


@dataclass(frozen=True, slots=True)
class _Document:
    """What a file holds: its values, whether it has any text at all, and the checksum of its bytes."""

    tree: Tree
    is_empty: bool
    sha256: str


def _document(file: Path) -> _Document | Fault:
    content = _content(file)
    if isinstance(content, Fault):
        return content
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Fault("the file is not UTF-8 text", f"{file}:{line}", "save it as UTF-8")
    return _Document(read_tree(text), not text.strip(), hashlib.sha256(content).hexdigest())


def _pipeline(tree: Tree, origin: Origin, strict: bool) -> tuple[Pipeline, list[FieldFault]]:
    values, faults = yaml_fields.read_top(tree.value, strict)
    inputs, input_faults = read_inputs(values["inputs"] or {}, strict)
    steps, step_faults = read_steps(values["steps"] or [], strict)
    outputs, output_faults = read_outputs(values["outputs"] or {}, strict)
    rejected, rejected_faults = read_rejected(values["rejected"], strict)
    execution, execution_faults = read_execution(values["execution"], strict)
    pipeline = Pipeline(
        name=values["name"] or (origin.root.name if origin.root else ""),
        inputs=tuple(inputs),
        steps=tuple(step for _, step in steps),
        outputs=tuple(output for _, output in outputs),
        execution=execution,
        origin=_renumbered(origin, [path for path, _ in steps], [path for path, _ in outputs]),
        version=None if values["version"] is None else str(values["version"]),
        rejected=rejected,
    )
    return pipeline, [*faults, *input_faults, *step_faults, *output_faults, *rejected_faults, *execution_faults]


def _renumbered(origin: Origin, steps: list[KeyPath], outputs: list[KeyPath]) -> Origin:
    """The origin whose marks count the steps and outputs that were kept, where `steps` and `outputs` are written."""
    kept: dict[KeyPath, KeyPath] = {written: ("steps", index) for index, written in enumerate(steps)}
    kept |= {written: ("outputs", "datasets", index) for index, written in enumerate(outputs)}
    marks: dict[KeyPath, Mark] = {}
    for path, mark in origin.marks.items():
        entry = next((path[:length] for length in (2, 3) if path[:length] in kept), None)
        if entry:
            marks[(*kept[entry], *path[len(entry) :])] = mark
        elif path[:1] != ("steps",) and path[:2] != ("outputs", "datasets"):
            marks[path] = mark
    for index, _ in enumerate(outputs):
        place = ("outputs", "datasets", index)
        marks.setdefault((*place, "from"), marks[place])
    return replace(origin, marks=marks)


def _content(file: Path) -> bytes | Fault:
    where = str(file)
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return Fault("there is no such pipeline file", where, _nearest_file(file))
    except IsADirectoryError:
        inside = sorted(each.name for each in file.glob("*.y*ml"))
        hint = f"name the file in it: {file / inside[0]}" if inside else "name a YAML file"
        return Fault("the pipeline file is a directory", where, hint)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Fault(f"the pipeline file cannot be read: {reason}", where, "check the path and its permissions")
    if len(content) > _LARGEST:
        return Fault(f"the file is larger than {_LARGEST} bytes; it cannot be a pipeline", where, "name a YAML file")
    return content


def _nearest_file(file: Path) -> str | None:
    folder = file.parent
    if not folder.is_dir():
        return f"there is no folder '{folder}' either"
    names = sorted(each.name for each in folder.iterdir() if each.is_file())
    files = [name for name in names if name.endswith((".yaml", ".yml"))]
    return did_you_mean(file.name, names) or (f"YAML files there: {', '.join(files[:8])}" if files else None)


def _no_mapping(file: Path, document: _Document) -> Fault:
    hint = "write `name:`, `inputs:`, `steps:` and `outputs:`; `trakt init` writes an example"
    value = document.tree.value
    if value is None:
        what = "the file is empty" if document.is_empty else "the file holds only comments, or nothing that counts"
        return Fault(what, str(file), hint)
    kind = "a list" if isinstance(value, list) else "a single value"
    return Fault(f"a pipeline file must hold a mapping of keys, not {kind}", f"{file}:1:1", hint)


def _place(file: Path, mark: Mark | None) -> str:
    return f"{mark.file or file}:{mark.line}:{mark.column}" if mark else str(file)


def _position(mark: Mark | None) -> tuple[int, int, int]:
    return mark.position if mark else (0, 0, 0)
