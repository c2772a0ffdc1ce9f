"""Files of partitioned outputs that a run may replace or take away: those that the manifest before it lists.

Nothing finds them but that list. So it must not get lost while files come and go, however that ends: a run that fails
hands it on, and while one publishes, a manifest lies there that lists what was there and what is being made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trakt.engine.find import canonical
from trakt.engine.plan import Plan, PlannedOutput, manifest_uri, planned_outputs
from trakt.engine.records import OutputRecord

if TYPE_CHECKING:
    from trakt.engine.manifest import Record

PUBLISHING = "publishing"
"""The status of a manifest that stands in while files come and go. It stays only where the run was killed then."""

Files = Sequence[Mapping[str, Any]]


def files_before(manifest: Mapping[str, Any] | None, planned: PlannedOutput) -> Files:
    """The files that earlier runs have made of an output, by the manifest that lies there."""
    entry = (manifest or {}).get("outputs", {}).get(planned.wanted.name, {})
    files = entry.get("files") or ()
    below = f"{canonical(planned.uri)}/"
    # a place that was another one then is not this run's to clear
    return [file for file in files if canonical(file["path"]).startswith(below)]


def files_left(before: Files, made: Files) -> Files:
    """Those of `before` that are not made again."""
    again = {canonical(file["path"]) for file in made}
    return [file for file in before if canonical(file["path"]) not in again]


def publishing_manifest(plan: Plan, record: Record, before: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What lies in the manifest's place until all is published; None where no output has several files.

    Args:
        before: the manifest that lies there now.
    """
    folders = [planned for planned in plan.outputs if planned.wanted.is_folder]
    if not folders:
        return None
    manifest = record.manifest(PUBLISHING)
    for planned in folders:
        entry = manifest["outputs"][planned.wanted.name]
        entry["files"] = [*entry["files"], *files_left(files_before(before, planned), entry["files"])]
    return manifest


def hand_on_files(record: Record) -> None:
    """A run has failed: its manifest says which files earlier ones have left, so that the next one can replace them."""
    request = record.request
    # a run may fail before it has a plan, for want of an input
    for planned in record.plan.outputs if record.plan else planned_outputs(request):
        wanted = planned.wanted
        if not wanted.is_folder:
            continue
        before = files_before(record.standing.at(manifest_uri(request)), planned)
        if before and wanted.name not in record.outputs:
            record.outputs[wanted.name] = OutputRecord(
                planned.uri, wanted.kind, wanted.source, partition_by=wanted.partition_by, is_folder=True
            )
        if wanted.name in record.outputs:
            made = record.outputs[wanted.name].files if record.is_half_published else ()
            record.outputs[wanted.name].files = [*made, *files_left(before, made)]
