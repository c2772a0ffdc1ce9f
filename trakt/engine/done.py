"""Whether what a run would do has been done: by the committed run whose manifest lies where this one's would."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from trakt.engine.committed import manifest_at, sha256_of, stored_at
from trakt.engine.find import PlannedInput
from trakt.engine.plan import Plan
from trakt.errors import RunError

SKIPPED = "skipped"
"""The status of a result that is a committed run's; no manifest has it."""

_log = logging.getLogger("trakt.engine")


def committed_run(plan: Plan, fingerprint: str | None) -> Mapping[str, Any] | None:
    """The manifest of a run that has done the same and whose outputs are in place, or None.

    What is cheapest to know is asked first. Inputs on a disk are read, for their checksums, only when all else agrees.
    """
    if fingerprint is None:
        return None
    try:
        manifest = manifest_at(plan.manifest_uri)
        if manifest is None or (manifest.get("status"), manifest.get("fingerprint")) != ("success", fingerprint):
            return None
        if (missing := _first_missing(manifest)) or not all(_is_same(each, manifest) for each in plan.inputs):
            if missing:
                _log.info(
                    "not skipped: run %s has done the same, but %s is not as it left it", manifest["run_id"], missing
                )
            return None
    except RunError as error:
        _log.info("not skipped: it cannot be told whether this has been done: %s", error)
        return None
    told = "skipped: run %s has done the same on %s, and its outputs are in place; --force runs it again"
    _log.info(told, manifest["run_id"], manifest["finished_at"][:19].replace("T", " ") + " UTC")
    return manifest


def _first_missing(manifest: Mapping[str, Any]) -> str | None:
    """An output that is not there any more, or has another size."""
    for entry in manifest["outputs"].values():
        file = stored_at(entry["path"])
        if file is None or file.bytes != entry["bytes"]:
            return str(entry["path"])
    return None


def _is_same(planned: PlannedInput, manifest: Mapping[str, Any]) -> bool:
    """Whether the files hold what they held. Their names and sizes are part of the fingerprint."""
    if not planned.is_read:
        return True
    recorded = manifest["inputs"][planned.wanted.name]["files"]
    for file, entry in zip(planned.files, recorded, strict=True):
        if file.etag is None or entry["etag"] is None:
            if sha256_of(file)[1] != entry["sha256"]:
                return False
        elif file.etag != entry["etag"]:
            return False
    return True
