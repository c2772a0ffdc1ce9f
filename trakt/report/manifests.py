"""The manifests that a report is of: where they lie, and whether they are whole."""

from __future__ import annotations

import glob
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.engine.committed import manifest_at
from trakt.engine.file_schemas import manifest_schema
from trakt.engine.places import joined
from trakt.errors import Fault, InputError, MissingExtra, RunError
from trakt.storage import storage_for

NAME = "manifest.json"
_SHOWN = 3
"""Faults of one manifest; one that is no manifest has hundreds."""

_ADDED = frozenset({"overlay"})
"""Manifests of this version that are older lack these keys."""

_log = logging.getLogger("trakt.report")


@dataclass(frozen=True, slots=True)
class Found:
    """A whole manifest, and the uri where it lies."""

    uri: str
    manifest: Mapping[str, Any]


def manifests_at(places: Sequence[str]) -> list[Found]:
    """The manifests that paths, folders, patterns and `s3://` uris stand for; each run once.

    A folder stands for every `manifest.json` in it and below.

    Raises:
        InputError: for all places where there is none, and all that are none or not whole, at once.
        MissingExtra: the extra `report` is not installed.
    """
    faults: list[Fault] = []
    found: dict[str, Found] = {}
    whole = _checker()
    for uri in dict.fromkeys(_uris(places, faults)):
        try:
            manifest = manifest_at(uri)
        except InputError as error:
            faults += (_this_is_a_result(uri, fault) for fault in error.faults)
            continue
        if manifest is None:
            faults.append(Fault("there is no manifest", uri, "name the manifest.json of a run"))
        elif flaws := whole(manifest):
            faults.append(Fault(f"this is no whole manifest: {flaws}", uri, "name one that a run of Trakt wrote"))
        else:
            _add(found, Found(uri, manifest))
    if faults:
        raise InputError.of(faults)
    return list(found.values())


def _add(found: dict[str, Found], new: Found) -> None:
    run_id = new.manifest["run_id"]
    if before := found.get(run_id):
        _log.warning("%s tells of run %s, as %s does, and is left out", new.uri, run_id, before.uri)
    else:
        found[run_id] = new


def _uris(places: Sequence[str], faults: list[Fault]) -> Iterator[str]:
    for place in places:
        try:
            yield from _uris_at(joined("", place))
        except RunError as error:
            faults += error.faults


def _uris_at(uri: str) -> list[str]:
    """Files as they are named, in the order of their names; a name that stands for nothing is told by its reader."""
    storage = storage_for(uri)
    found = storage.find(uri, (NAME,))
    if [each.uri for each in found.files] == [uri]:
        return [uri]
    if glob.has_magic(uri) and found.files:
        return [each.uri for each in found.files]
    below = storage.find(storage.join(glob.escape(uri.rstrip("/") or uri), f"**/{NAME}"), ()).files
    if below:
        return [each.uri for each in below]
    if found.passed_over or found.files:
        hint = f"name manifests, or a pattern of theirs: '{uri.rstrip('/')}/*.json'"
        raise InputError(f"there is no {NAME} in this folder or below", where=uri, hint=hint)
    if glob.has_magic(uri):
        raise InputError("nothing fits this pattern", where=uri, hint="name the manifest.json of a run, or its folder")
    near = f"; there is: {', '.join(found.near[:5])}" if found.near else ""
    told = found.note or "there is no manifest"
    raise InputError(told, where=uri, hint=f"name the manifest.json of a run, or a folder of such{near}")


def _this_is_a_result(uri: str, fault: Fault) -> Fault:
    """A run prints a result that names its manifest, and is easily taken for it."""
    import json

    try:
        told = json.loads(storage_for(uri).start_of(uri, 1 << 20) or b"")
        place = told["manifest_path"]
    except (ValueError, RecursionError, KeyError, TypeError, RunError):
        return Fault(
            fault.what, fault.where, "name the manifest.json of a run" if "version" not in fault.what else fault.hint
        )
    return Fault("this is the result of a run, not its manifest", uri, f"name the manifest: {place}")


def _checker() -> Any:
    """What is wrong with a manifest, in words; empty for a whole one.

    Keys that are not known may be those of a newer Trakt: what readers must know of would have another version.
    """
    try:
        from jsonschema import Draft202012Validator
    except ImportError as error:
        raise MissingExtra("trakt report", "report") from error
    validator = Draft202012Validator(_open(manifest_schema()))

    def flaws(manifest: Mapping[str, Any]) -> str:
        told = [
            f"{each.json_path.removeprefix('$.')}: {_short(each.message)}" for each in validator.iter_errors(manifest)
        ]
        more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        return "; ".join(told[:_SHOWN]) + more

    return flaws


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:70]} ... {text[-40:]}"


def _open(schema: Any) -> Any:
    """A schema that lets keys pass that it does not know, and does without those that were added to it."""
    if isinstance(schema, Mapping):
        kept = {key: value for key, value in schema.items() if (key, value) != ("additionalProperties", False)}
        if isinstance(required := kept.get("required"), list):
            kept["required"] = [name for name in required if name not in _ADDED]
        return {key: _open(value) for key, value in kept.items()}
    return [_open(each) for each in schema] if isinstance(schema, list) else schema
