"""Ids, and places that hold them: `s3://in/{client_id}/{batch_id}` is one place per batch."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from trakt.errors import Fault, did_you_mean
from trakt.storage import is_absolute, storage_for

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""A client, batch or run: no separator and no `..`, so that an id never leads to another folder."""

ID_NAMES = ("client_id", "batch_id", "run_id")
"""The placeholders a place may hold."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def id_fault(where: str, given: str) -> Fault | None:
    """What is wrong with an id, or None; `where` is how the caller named it."""
    if ID.fullmatch(given):
        return None
    hint = "an id begins with a letter or digit and goes on with letters, digits, '.', '_' and '-', 128 at most"
    return Fault(f"'{given}' is no id", where, hint)


def filled(place: str, ids: Mapping[str, str]) -> str:
    """`place` with each `{name}` replaced by that id. Call it once `placeholder_fault` has found nothing."""
    return _PLACEHOLDER.sub(lambda found: ids[found[1]], place)


def placeholders(place: str) -> list[str]:
    """The name in each `{name}` of `place`."""
    return _PLACEHOLDER.findall(place)


def unknown_placeholder(where: str, place: str, names: Sequence[str] = ID_NAMES) -> Fault | None:
    """The first `{name}` in `place` that is none of `names`, or None; `where` is how the caller named the place."""
    for name in placeholders(place):
        if name not in names:
            known = ", ".join(f"{{{each}}}" for each in names)
            hint = did_you_mean(name, names) or f"there are: {known}"
            return Fault(f"'{{{name}}}' stands for nothing", where, hint)
    return None


def placeholder_fault(where: str, place: str, ids: Mapping[str, str]) -> Fault | None:
    """The first `{name}` in `place` that stands for nothing, or for what is no id."""
    if fault := unknown_placeholder(where, place):
        return fault
    for name in placeholders(place):
        if name not in ids:
            return Fault(f"'{{{name}}}' stands for nothing: this run has no {name}", where, f"give it: {_option(name)}")
        if fault := id_fault(_option(name), ids[name]):
            return fault
    return None


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def joined(base: str, uri: str) -> str:
    """`uri` in full: by the storage it names, or else by that of its `base`."""
    return storage_for(uri if is_absolute(uri) else base).join(base, uri)


def elements(uri: str) -> list[str]:
    """What the commas of `uri` part, without the blanks around it."""
    return [element for each in uri.split(",") if (element := each.strip())]


def new_run_id() -> str:
    """A run id that sorts by time: `20260205T093000Z-1a2b3c4d`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(4).hex()}"
