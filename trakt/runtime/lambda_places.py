"""Which places an event may name: those below the prefixes that were set up, whatever stands for their placeholders.

The plan judges again what they stand for in the end. Here they are told of with everything else that is wrong with an
event, and before pandas is loaded.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from typing import Any

from trakt.engine.places import ID, ID_NAMES, elements, filled, joined, placeholder_fault
from trakt.engine.within import outside
from trakt.errors import Fault, RunError
from trakt.runtime.lambda_settings import Settings
from trakt.storage import is_absolute

_ANY_ID = "id"
"""In place of an id that is made later, or is wrong and told so: no id holds a slash, so one is as good as another."""


def settled(values: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The values of a request, with the folders that follow from its ids where it names none."""
    ids = {name: str(values[name] or _ANY_ID) for name in ("client_id", "batch_id", "pipeline")}
    # ids of the run stay placeholders in it: so it is seen where other batches of the client have theirs
    places = {**ids, "client_id": "{client_id}", "batch_id": "{batch_id}"}
    template = settings.key_template
    return {
        **values,
        "input_dir": values["input_dir"] or settings.input_prefixes[0] + template.folder(ids),
        # the whole of it, also where it ends inside a name: no batch may replace what another one gave
        "output_dir": values["output_dir"] or settings.output_prefixes[0] + template.filled(places).rstrip("/") + "/",
    }


def place_faults(values: Mapping[str, Any], settings: Settings, where: str) -> Iterator[Fault]:
    """Everything wrong with the places that a request names; `where` is how the request was named."""
    ids = {name: _id_or_any(values[name]) for name in ID_NAMES}
    reads, writes = settings.input_prefixes, settings.output_prefixes
    faults = {
        name: list(_own_faults(f"{where}, {name}", values[name], ids, prefixes, is_folder=name.endswith("_dir")))
        for name, prefixes in (
            ("input_dir", reads),
            ("output_dir", writes),
            ("manifest_path", writes),
            ("baseline", (*writes, *reads)),
        )
        if values[name] is not None
    }
    yield from (fault for each in faults.values() for fault in each)
    if not faults.get("input_dir") and glob.has_magic(values["input_dir"] or ""):
        yield Fault(f"'{values['input_dir']}' is a pattern", f"{where}, input_dir", "name a folder without * ? [")
    # where that is wrong itself, or an id in it, it has been told
    named = {name: _id_or_any(values[name]) for name in ("client_id", "batch_id", "pipeline")}
    base = reads[0] if faults.get("input_dir") else filled(settled({**values, **named}, settings)["input_dir"], ids)
    for name, uri in values["inputs"].items():
        if isinstance(uri, str):
            yield from _input_faults(f"{where}, inputs.{name}", uri, ids, base, reads)


def _own_faults(
    where: str, place: str, ids: Mapping[str, str], prefixes: tuple[str, ...], *, is_folder: bool
) -> Iterator[Fault]:
    """Of a place that says alone where it is."""
    if fault := placeholder_fault(where, place, ids):
        yield fault
        return
    uri = filled(place, ids)
    if not uri.startswith("s3://"):
        yield _no_place(uri, prefixes, where)
    elif fault := outside(f"{uri}/" if is_folder and not uri.endswith("/") else uri, prefixes, where):
        yield fault


def _input_faults(
    where: str, uri: str, ids: Mapping[str, str], base: str, prefixes: tuple[str, ...]
) -> Iterator[Fault]:
    """Of the uri of an input, which starts at `base` where it is relative."""
    if fault := placeholder_fault(where, uri, ids):
        yield fault
        return
    for element in elements(filled(uri, ids)):
        # where a place alone says where it is, the input folder does not hold it back
        if not element.startswith("s3://") and (is_absolute(element) or "://" in element):
            yield _no_place(element, prefixes, where)
            continue
        try:
            fault = outside(joined(base, element), prefixes, where)
        except RunError as error:
            fault = Fault(error.faults[0].what, where, error.hint)
        if fault:
            yield fault


def _no_place(uri: str, prefixes: tuple[str, ...], where: str) -> Fault:
    return Fault(f"'{uri}' is no place in S3", where, f"name a place below {' or '.join(prefixes)}")


def _id_or_any(given: Any) -> str:
    return given if isinstance(given, str) and ID.fullmatch(given) else _ANY_ID
