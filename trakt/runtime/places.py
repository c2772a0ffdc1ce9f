"""Ids, and places that hold them: `s3://in/{client_id}/{batch_id}` is one place per batch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trakt.errors import Fault, did_you_mean

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""A client, batch or run: no separator and no `..`, so that an id never leads to another folder."""

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


def placeholder_fault(where: str, place: str, ids: Mapping[str, str]) -> Fault | None:
    """The first placeholder in `place` that stands for nothing, or None; `where` is how the caller named the place."""
    for name in _PLACEHOLDER.findall(place):
        if name not in ids:
            known = ", ".join(f"{{{each}}}" for each in ids)
            return Fault(f"'{{{name}}}' stands for nothing", where, did_you_mean(name, ids) or f"there are: {known}")
    return None
