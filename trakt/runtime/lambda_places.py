"""Which places an event may name: those below the prefixes that were set up, whatever stands for their placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trakt.engine.places import ID, ID_NAMES, filled, placeholder_fault
from trakt.errors import Fault, RunError
from trakt.runtime.lambda_settings import Settings
from trakt.storage import is_absolute, storage_for

_ANY_ID = "id"
"""In place of an id that is made later, or is wrong and told so: no id holds a slash, so one is as good as another."""


def settled(values: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The values of a request, with the folders that follow from its ids where it names none."""
    ids = {name: str(values[name] or _ANY_ID) for name in ("client_id", "batch_id", "pipeline")}
    template = settings.key_template
    return {
        **values,
        "input_dir": values["input_dir"] or settings.input_prefixes[0] + template.folder(ids),
        # the whole of it, also where it ends inside a name: no batch may replace what another one gave
        "output_dir": values["output_dir"] or settings.output_prefixes[0] + template.filled(ids).rstrip("/") + "/",
    }


def place_faults(values: Mapping[str, Any], settings: Settings, where: str) -> Iterator[Fault]:
    """Everything wrong with the places that a request names; `where` is how the request was named."""
    ids = {name: _id_or_any(values[name]) for name in ID_NAMES}
    reads, writes = settings.input_prefixes, settings.output_prefixes
    for name, prefixes in (("input_dir", reads), ("output_dir", writes), ("manifest_path", writes)):
        if values[name] is not None:
            yield from _faults(f"{where}, {name}", values[name], ids, _Allowed(prefixes))
    folder = settled(values, settings)["input_dir"]
    # where that is wrong itself, it has been told
    usable = folder.startswith("s3://") and not placeholder_fault("", folder, ids)
    allowed = _Allowed(reads, filled(folder, ids) if usable else reads[0])
    for name, uri in values["inputs"].items():
        if isinstance(uri, str):
            # where the comma belongs to a name after all, its folder is none that its parts would not lie in
            for part in map(str.strip, uri.split(",")):
                yield from _faults(f"{where}, inputs.{name}", part, ids, allowed)


@dataclass(frozen=True, slots=True)
class _Allowed:
    """The prefixes a place must lie below, and where a relative one starts; None where it must not be relative."""

    prefixes: tuple[str, ...]
    base: str | None = None


def _faults(where: str, place: str, ids: Mapping[str, str], allowed: _Allowed) -> Iterator[Fault]:
    if fault := placeholder_fault(where, place, ids):
        yield fault
        return
    hint = f"name a place below {' or '.join(allowed.prefixes)}"
    uri = filled(place, ids)
    if not uri.startswith("s3://"):
        # where a place alone says where it is, the input folder does not hold it back
        if allowed.base is None or is_absolute(uri) or "://" in uri:
            yield Fault(f"'{uri}' is no place in S3", where, hint)
            return
        try:
            uri = storage_for(allowed.base).join(allowed.base, uri)
        except RunError as error:
            yield Fault(error.faults[0].what, where, hint)
            return
    if not (uri if uri.endswith("/") else f"{uri}/").startswith(allowed.prefixes):
        yield Fault(f"'{uri}' lies outside of what was set up", where, hint)


def _id_or_any(given: Any) -> str:
    return given if isinstance(given, str) and ID.fullmatch(given) else _ANY_ID
