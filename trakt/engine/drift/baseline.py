"""The run that the inputs of this one are compared with, looked for without a database:

1. the manifest that the caller names;
2. where the manifest's place holds `{batch_id}` or `{run_id}`: the manifests at that place for any batch and run;
3. else the manifest that lies where that of this run will go.

It counts when it is one of the same client and pipeline, no replay of rejected rows, and of another batch where the
place tells batches apart. That of a failed run stands for the baseline which that run had: it may have taken its place.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from trakt.engine.committed import Standing, manifest_at
from trakt.engine.places import joined
from trakt.engine.plan import manifest_uri
from trakt.engine.profile import Baseline, Profile
from trakt.engine.request import RunRequest
from trakt.errors import InputError
from trakt.storage import storage_for

MOST_READ = 5
"""Manifests of other batches, the newest by name first."""

_ANY_BATCH, _ANY_RUN = "any-batch-of-the-client", "any-run-of-the-client"


def last_committed(request: RunRequest, standing: Standing) -> Baseline | None:
    """The baseline of a run; None where there is none yet.

    Raises:
        InputError: the manifest that the caller names is not there or tells nothing, or another is no manifest.
        RunError: a place cannot be looked at.
    """
    if request.baseline is not None:
        return _named(joined("", request.filled(request.baseline)))
    own = manifest_uri(request)
    pattern = _pattern(request)
    if pattern is None:
        return _usable(request, own, standing.at(own))
    others = sorted((each.uri for each in storage_for(own).find(pattern, ()).files if each.uri != own), reverse=True)
    # a run of the same batch at another time is no earlier batch
    same = request.batch_id if _ANY_BATCH in manifest_uri(replace(request, batch_id=_ANY_BATCH)) else None
    usable = (_usable(request, uri, manifest_at(uri)) for uri in others[:MOST_READ])
    return next((each for each in usable if each and (same is None or each.batch_id != same)), None)


def _named(uri: str) -> Baseline:
    manifest = manifest_at(uri)
    if manifest is None:
        raise InputError(f"no manifest lies at {uri}", where="--baseline", hint="name the manifest.json of a run")
    baseline = _told_by(manifest, uri)
    if baseline is None:
        hint = "name the manifest of a run that succeeded"
        raise InputError(
            f"the run of {uri} has not succeeded, and had no baseline itself", where="--baseline", hint=hint
        )
    return baseline


def _pattern(request: RunRequest) -> str | None:
    """The places of manifests of any batch and run; None where there is one place for all."""
    anywhere = manifest_uri(replace(request, run_id=_ANY_RUN, batch_id=request.batch_id and _ANY_BATCH))
    if _ANY_BATCH not in anywhere and _ANY_RUN not in anywhere:
        return None
    return glob.escape(anywhere).replace(_ANY_BATCH, "*").replace(_ANY_RUN, "*")


def _usable(request: RunRequest, uri: str, manifest: Mapping[str, Any] | None) -> Baseline | None:
    if manifest is None or _pipeline_of(manifest) != request.pipeline.name:
        return None
    # a supplement of rejected rows is like no delivery
    if manifest.get("client_id") != request.client_id or manifest.get("replay_of"):
        return None
    return _told_by(manifest, uri)


def _pipeline_of(manifest: Mapping[str, Any]) -> Any:
    pipeline = manifest.get("pipeline")
    return pipeline.get("name") if isinstance(pipeline, Mapping) else None


def _told_by(manifest: Mapping[str, Any], uri: str) -> Baseline | None:
    if manifest.get("status") == "success":
        return Baseline(str(manifest.get("run_id")), manifest.get("batch_id"), uri, dict(_inputs(manifest)))
    drift = manifest.get("drift")
    handed_on = drift.get("baseline") if isinstance(drift, Mapping) else None
    if not isinstance(handed_on, Mapping) or not isinstance(handed_on.get("inputs"), Mapping):
        return None
    run_id, batch_id = str(handed_on.get("run_id")), handed_on.get("batch_id")
    return Baseline(run_id, batch_id, str(handed_on.get("manifest_path")), dict(_inputs(handed_on)))


def _inputs(holder: Mapping[str, Any]) -> Iterator[tuple[str, Profile]]:
    inputs = holder.get("inputs")
    for name, entry in inputs.items() if isinstance(inputs, Mapping) else ():
        if profile := Profile.of(entry):
            yield name, profile
