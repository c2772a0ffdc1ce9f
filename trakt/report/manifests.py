"""The manifests that a report is of: where they lie, and whether they are whole."""

from __future__ import annotations

import glob
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.engine.committed import manifest_at
from trakt.engine.file_schemas import manifest_schema
from trakt.engine.places import joined
from trakt.errors import Fault, InputError, MissingExtra, RunError, did_you_mean
from trakt.report.moments import moment
from trakt.storage import storage_for

NAME = "manifest.json"
_SHOWN = 3
"""Faults of one manifest; one that is no manifest has hundreds."""

_HINT = "name one that a run wrote"
_RESULT_BYTES = 1 << 20
_BEYOND = float(1 << 63)

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
    flaws_in = _checker()
    faults: list[Fault] = []
    found: dict[str, Found] = {}
    seen: set[str] = set()
    for place in places:
        try:
            new = [uri for uri in _uris_at(joined("", place)) if uri not in seen]
        except RunError as error:
            faults += error.faults
            continue
        seen.update(new)
        for uri in new:
            try:
                _add(found, _whole(uri, flaws_in))
            except RunError as error:
                faults += error.faults
    if faults:
        raise InputError.of(faults)
    return list(found.values())


def _add(found: dict[str, Found], new: Found) -> None:
    run_id = new.manifest["run_id"]
    if before := found.get(run_id):
        _log.warning("%s tells of run %s, as %s does, and is left out", new.uri, run_id, before.uri)
    else:
        found[run_id] = new


def _whole(uri: str, flaws_in: Callable[[Any], str]) -> Found:
    try:
        manifest = manifest_at(uri)
    except InputError as error:
        if result := _if_it_is_a_result(uri):
            raise result from error
        (fault,) = error.faults
        # that of a run is about the place where it will write its own
        hint = _HINT if "--manifest-path" in (fault.hint or "") else fault.hint
        raise InputError(fault.what, where=uri, hint=hint) from error
    if manifest is None:
        raise InputError("there is no manifest", where=uri, hint=_HINT)
    if flaws := flaws_in(manifest):
        raise InputError(f"this is no whole manifest: {flaws}", where=uri, hint=_HINT)
    return Found(uri, manifest)


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
    hint = did_you_mean(uri, found.near) or "name the manifest.json of a run, or a folder of such"
    raise InputError(found.note or "there is no manifest", where=uri, hint=hint)


def _if_it_is_a_result(uri: str) -> InputError | None:
    """A run prints a result that names its manifest, and is easily taken for it."""
    try:
        place = json.loads(storage_for(uri).start_of(uri, _RESULT_BYTES) or b"")["manifest_path"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    hint = f"name its manifest: {place}"
    return InputError("this is the result of a run, not its manifest", where=uri, hint=hint) if place else None


def _checker() -> Callable[[Any], str]:
    """What is wrong with a manifest, in words; empty for a whole one.

    Keys that are not known may be those of a newer Trakt: what readers must know of would have another version.
    """
    try:
        from jsonschema import Draft202012Validator, FormatChecker
    except ImportError as error:
        raise MissingExtra("trakt report", "report") from error
    formats = FormatChecker(formats=())
    # jsonschema itself needs a further package for this format
    formats.checks("date-time", raises=(ValueError, OverflowError))(_is_moment)
    validator = Draft202012Validator(_open(manifest_schema()), format_checker=formats)

    def flaws(manifest: Any) -> str:
        told = [f"{each.json_path}: {each.message}" for each in validator.iter_errors(manifest)]
        told += (f"{place}: {number} is no number that a run counts" for place, number in _beyond(manifest, "$"))
        told = [_short(each.removeprefix("$.")) for each in told]
        more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        return "; ".join(told[:_SHOWN]) + more

    return flaws


def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or moment(text) is not None


def _beyond(value: Any, place: str) -> Iterator[tuple[str, float]]:
    """Numbers that JSON can hold and no run counts: without an end, or no number at all."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            # what steps say for themselves is shown as it is
            if key not in ("attributes", "metrics", "params"):
                yield from _beyond(each, f"{place}.{key}")
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _beyond(each, f"{place}[{at}]")
    elif isinstance(value, (int, float)) and not abs(value) < _BEYOND:
        yield place, value


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:100]} ... {text[-50:]}"


def _open(schema: Any) -> Any:
    """A schema that lets keys pass that it does not know, and does without those that were added to it."""
    if isinstance(schema, Mapping):
        kept = {key: value for key, value in schema.items() if (key, value) != ("additionalProperties", False)}
        if isinstance(required := kept.get("required"), list):
            kept["required"] = [name for name in required if name not in _ADDED]
        return {key: _open(value) for key, value in kept.items()}
    return [_open(each) for each in schema] if isinstance(schema, list) else schema
