"""Whether what a run would do has been done: by the committed run whose manifest lies where this one's would."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from trakt.engine.committed import Standing, listed, sha256_of, stored_at
from trakt.engine.find import canonical
from trakt.engine.fingerprint import fingerprint_of
from trakt.engine.plan import Plan
from trakt.errors import RunError
from trakt.storage import StoredFile

SKIPPED = "skipped"
"""The status of a result that is a committed run's; no manifest has it."""

_log = logging.getLogger("trakt.engine")


def done_already(plan: Plan) -> Mapping[str, Any] | None:
    """The manifest of a run for which this one would be skipped, or None; for who only asks."""
    return committed_run(plan, fingerprint_of(plan), Standing())


def told_of(manifest: Mapping[str, Any]) -> str:
    """Which run it was, and what to do about it."""
    when = manifest["finished_at"][:19].replace("T", " ")
    run = f"run {manifest['run_id']} has done the same on {when} UTC"
    return f"{run}, and its outputs are in place; --force runs it again"


def committed_run(plan: Plan, fingerprint: str | None, standing: Standing) -> Mapping[str, Any] | None:
    """The manifest of a run that has done the same and whose outputs are in place, or None.

    What is cheapest to know is asked first. Files on a disk are read, for their checksums, only when all else agrees.
    """
    if fingerprint is None:
        return None
    try:
        manifest = standing.at(plan.manifest_uri)
        if manifest is None or (manifest.get("status"), manifest.get("fingerprint")) != ("success", fingerprint):
            return None
        has_done_it = _went_there(plan, manifest) and _is_in_place(manifest) and _has_read_it(plan, manifest)
        has_done_it = has_done_it and _is_registered(plan)
    except RunError as error:
        _log.info("not skipped: it cannot be told whether this has been done: %s", error)
        return None
    return manifest if has_done_it else None


def _went_there(plan: Plan, manifest: Mapping[str, Any]) -> bool:
    wanted = {each.wanted.name: canonical(each.uri) for each in plan.outputs}
    places = {name: canonical(entry["path"]) for name, entry in manifest["outputs"].items()}
    rejected = manifest["rejected"]["path"]
    return places == wanted and (rejected is None or canonical(rejected) == canonical(plan.rejected_uri))


def _is_in_place(manifest: Mapping[str, Any]) -> bool:
    written = [file for entry in manifest["outputs"].values() for file in listed(entry)]
    for entry in (*written, manifest["rejected"]):
        if entry["path"] is None:
            continue
        if what := _flaw(stored_at(entry["path"]), entry):
            _log.info("not skipped: run %s has done the same, but %s %s", manifest["run_id"], entry["path"], what)
            return False
    return True


def _is_registered(plan: Plan) -> bool:
    """Whether tables are still in their catalog: it can be emptied while their files stay."""
    for planned in plan.outputs:
        if planned.table and planned.table.is_registered and planned.table.known is None:
            _log.info("not skipped: there is no table %s any more", planned.table.title)
            return False
    return True


def _flaw(file: StoredFile | None, entry: Mapping[str, Any]) -> str | None:
    if file is None:
        return "is gone"
    if file.bytes != entry["bytes"]:
        return f"has {file.bytes:,} bytes, and had {entry['bytes']:,}"
    # to read an object again costs more than a disk's file, and nobody edits it in place
    if file.etag is None and sha256_of(file)[1] != entry["sha256"]:
        return "holds something else"
    return None


def _has_read_it(plan: Plan, manifest: Mapping[str, Any]) -> bool:
    """Whether the files hold what they held. Their names and sizes are part of the fingerprint."""
    for planned in plan.inputs:
        recorded = manifest["inputs"][planned.wanted.name]["files"]
        for file, entry in zip(planned.files, recorded, strict=True):
            if planned.is_read and not _is_same(file, entry):
                return False
    return True


def _is_same(file: StoredFile, entry: Mapping[str, Any]) -> bool:
    if file.etag is not None and entry["etag"] is not None:
        return bool(file.etag == entry["etag"])
    return bool(sha256_of(file)[1] == entry["sha256"])
