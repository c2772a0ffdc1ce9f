"""Runs told to lineage tools, as run events of OpenLineage (https://openlineage.io/docs/spec/run-cycle).

    lineage/
      events    a manifest as its events: START, then COMPLETE, FAIL or ABORT
      datasets  files as datasets: what they are called, and what a run knows of them
      sending   the client of openlineage-python, with its own configuration and its errors in our words

Column names and counts go out, values never do. It needs the extra `lineage`, which is loaded when it is used.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trakt.engine.committed import manifest_at
from trakt.engine.places import joined
from trakt.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

_log = logging.getLogger("trakt.lineage")

NAMESPACE = "default"
"""Of jobs, where nobody names another; what the integrations of OpenLineage take too."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The run that started this one, such as a task of Airflow.

    Attributes:
        namespace, job: which job it is a run of.
        run_id: a UUID.
    """

    namespace: str
    job: str
    run_id: str


def run_events(
    manifest: Mapping[str, Any], *, namespace: str = NAMESPACE, parent: Parent | None = None
) -> list[RunEvent]:
    """The two events of a run: that it started, and how it ended; of one that still publishes, the first. The same
    manifest gives the same events.

    Relative paths of the manifest are taken to start in the working directory: that in which the run was started.

    Raises:
        InputError: the manifest lacks what a manifest has.
        MissingExtra: openlineage-python is not installed.
    """
    with _installed():
        from trakt.lineage.events import events_of
    try:
        return events_of(manifest, namespace, parent)
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise InputError(f"this is no whole manifest: {fault!r}", hint="name one that a run wrote") from fault


def run_events_at(uri: str, *, namespace: str = NAMESPACE, parent: Parent | None = None) -> list[RunEvent]:
    """The events of the run whose manifest lies at `uri`, a path or an s3:// uri.

    Raises:
        InputError: nothing lies there, or it is no manifest.
        MissingExtra: openlineage-python is not installed.
    """
    uri = joined("", uri)
    manifest = manifest_at(uri)
    if manifest is None:
        raise InputError("there is no manifest", where=uri, hint="name the manifest.json of a run")
    try:
        events = run_events(manifest, namespace=namespace, parent=parent)
    except InputError as error:
        raise InputError(error.faults[0].what, where=uri, hint=error.hint) from error.__cause__
    _warn_of_wrong_folder(uri, manifest)
    return events


def as_json_line(event: RunEvent) -> str:
    """An event as one line of JSON, as the client of OpenLineage sends it; without the line's end."""
    with _installed():
        from openlineage.client.serde import Serde
    return Serde.to_json(event)


def send(events: Sequence[RunEvent]) -> str | None:
    """Send events the way that OpenLineage's client is configured: `OPENLINEAGE_URL`, `openlineage.yml`, and so on.

    Returns:
        where to; None when `OPENLINEAGE_DISABLED` says not to.

    Raises:
        OutputError: nothing says where to, or they could not be sent.
        MissingExtra: openlineage-python is not installed.
    """
    with _installed():
        from trakt.lineage.sending import sent_to
    return sent_to(events)


def _warn_of_wrong_folder(uri: str, manifest: Mapping[str, Any]) -> None:
    """In another folder than that of the run, relative paths make names that no other tool knows."""
    from trakt.storage import is_absolute

    files = [file["uri"] for entry in manifest["inputs"].values() for file in entry["files"]]
    gone = [file for file in files if not is_absolute(file) and not os.path.exists(file)]
    if gone:
        advice = "if the run was started in another folder, tell of it there, or its files are called by wrong names"
        _log.warning("%s: there is no %s here; %s", uri, gone[0], advice)


@contextlib.contextmanager
def _installed() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # older clients warn of modules that they import themselves
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except ImportError as error:
        raise MissingExtra("OpenLineage", "lineage") from error
