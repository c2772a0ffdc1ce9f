"""From manifests to a page: found, looked through, drawn and published at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trakt.engine.find import canonical
from trakt.engine.places import joined
from trakt.errors import PipelineError
from trakt.report.manifests import Found, manifests_at
from trakt.report.page import page_of
from trakt.report.runs import groups_of
from trakt.storage import publish_bytes


@dataclass(frozen=True, slots=True)
class Report:
    """The page that was written: where it lies, its size, and the manifests that it is of."""

    uri: str
    bytes: int
    found: Sequence[Found]


def write_report(places: Sequence[str], output: str) -> Report:
    """Make one page of the manifests that `places` stand for, and publish it at `output` in one step.

    Raises:
        InputError: a place has no manifest, or one that is not whole; all of them at once.
        PipelineError: the page would replace a manifest.
        OutputError: it cannot be written there.
        MissingExtra: the extra `report` is not installed.
    """
    uri = joined("", output)
    found = manifests_at(places)
    if canonical(uri) in {canonical(each.uri) for each in found}:
        raise PipelineError("the report would replace a manifest", where=uri, hint="name another --output")
    page = page_of(groups_of(found)).encode("utf-8", "replace")
    publish_bytes(uri, page)
    return Report(uri, len(page), found)
