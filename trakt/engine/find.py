"""Which files an input stands for now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from trakt.engine.places import elements, joined
from trakt.engine.request import RunRequest
from trakt.errors import Fault, InputError, did_you_mean
from trakt.formats import format_for
from trakt.pipeline.graph import Graph
from trakt.pipeline.model import Input
from trakt.storage import Found, StoredFile, scheme_of, storage_for


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An input and the files it stands for now.

    Attributes:
        uri: in full, the input folder included; several are parted by commas.
        files: in the order in which they are read; none when it is optional and absent.
        passed_over: files of a named directory that are not of its kind.
        missing: the parts of the uri that stand for no file, each with what was found instead.
        is_read: whether any step or output takes it.
        is_asked: it is a query, whose result is a file once it has run (`trakt.engine.queries`).
    """

    wanted: Input
    uri: str
    files: tuple[StoredFile, ...]
    passed_over: tuple[str, ...]
    missing: tuple[tuple[str, Found], ...]
    is_read: bool
    is_asked: bool = False


def canonical(uri: str) -> str:
    """The one name of a place, whatever links lead to it."""
    return storage_for(uri).canonical(uri)


def find_input(request: RunRequest, wanted: Input, graph: Graph) -> PlannedInput:
    """Look up the files of one input, or of what replaces it."""
    uri = request.inputs.get(wanted.name, wanted.uri)
    if wanted.kind == "athena" and wanted.name not in request.inputs:
        return PlannedInput(wanted, wanted.uri, (), (), (), wanted.name not in graph.unread, is_asked=True)
    parts = _parts(request.filled(request.input_dir), request.filled(uri))
    found = [storage_for(part).find(part, format_for(wanted.kind).SUFFIXES) for part in parts]
    return PlannedInput(
        wanted=replace(wanted, uri=uri),
        uri=",".join(parts),
        files=tuple(file for each in found for file in each.files),
        passed_over=tuple(name for each in found for name in each.passed_over),
        missing=tuple((part, each) for part, each in zip(parts, found, strict=True) if not each.files),
        is_read=wanted.name not in graph.unread,
    )


def _parts(base: str, uri: str) -> list[str]:
    """The elements of a comma list; a comma may also be part of a file's name."""
    uri = uri.strip()
    # a list of nothing but commas names nothing, and that must not pass for an input that is absent
    parts = elements(uri) or [uri]
    if all(scheme_of(part) == "file" for part in parts[1:]):
        whole = joined(base, uri)
        if "," not in uri or storage_for(whole).find(whole, ()).files:
            return [whole]
    return [joined(base, part) for part in parts]


def require_files(request: RunRequest, inputs: tuple[PlannedInput, ...]) -> None:
    """Refuse inputs of which files are missing, or which name a file twice.

    Raises:
        InputError: for all of them at once.
    """
    faults = []
    for each in inputs:
        name = each.wanted.name
        place = f"--input {name}" if name in request.inputs else request.pipeline.where("inputs", name, "uri")
        for uri, times in Counter(canonical(file.uri) for file in each.files).items():
            if times > 1:
                what = f"input '{name}' names {uri} more than once: its rows would count double"
                faults.append(Fault(what, place, "name each file once"))
        # an optional input may be absent, but not in part: that is nobody's intention
        if each.wanted.required or each.files:
            faults += [
                Fault(f"input '{name}' has no files: {found.note or f'nothing at {uri}'}", place, _advice(uri, found))
                for uri, found in each.missing
            ]
    if faults:
        raise InputError.of(faults)


def _advice(uri: str, found: Found) -> str:
    if found.passed_over:
        names = ", ".join(found.passed_over[:5])
        return f"the folder holds only what is not of this kind ({names}); name a file, or mend its ending"
    there = f" (there is: {', '.join(found.near[:5])}{' ...' if len(found.near) > 5 else ''})" if found.near else ""
    return did_you_mean(uri, found.near) or f"check `uri` and --input-dir{there}, or mark the input `required: false`"
