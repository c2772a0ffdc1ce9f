"""One run, from request to manifest."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from trakt.engine.admission import let_in
from trakt.engine.artifacts import Artifacts
from trakt.engine.drift import compare_sizes, find_baseline, hand_on_baseline
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record, as_json
from trakt.engine.plan import manifest_uri
from trakt.engine.plan import plan as make_plan
from trakt.engine.read import read_inputs
from trakt.engine.reconcile import reconcile
from trakt.engine.request import RunRequest
from trakt.engine.run_steps import StepRuns
from trakt.engine.signals import held_back
from trakt.engine.write import Publication
from trakt.errors import LimitError, PipelineError, TraktError, status_of
from trakt.storage import storage_for
from trakt.telemetry import Silent, Span, Telemetry

_log = logging.getLogger("trakt.engine")


def run(request: RunRequest, telemetry: Telemetry | None = None) -> dict[str, Any]:
    """Do what `request` asks, or leave everything as it was but for a manifest that says why.

    Returns:
        What the caller wants to know at once: `run_id status pipeline steps outputs`, and where the rest lies as
        `manifest_path`.

    Raises:
        TraktError: the run failed; `error.manifest_path` names the record of that.
    """
    telemetry = telemetry or Silent()
    record = Record(request)
    span = telemetry.span("pipeline.run", _attributes(request))
    try:
        manifest = _run(request, record, span)
    except BaseException as error:
        span.end({"status": status_of(error), **record.totals()}, error)
        if record.committed:
            # a signal that waited for the publication; its outputs and its manifest are there
            error.add_note(f"the run had succeeded; its manifest is {manifest_uri(request)}")
        else:
            with held_back():
                _record_failure(record, error)
        raise
    finally:
        telemetry.close()
    return _result(manifest, record)


def _run(request: RunRequest, record: Record, span: Span) -> dict[str, Any]:
    allowance = Allowance(request.limits)
    plan = make_plan(request)
    record.planned(plan)
    # to look for files may have taken long
    allowance.check_time()
    plan = let_in(plan, record)
    find_baseline(request, record)
    artifacts = Artifacts(plan.graph.readers, plan.mode)
    with (
        closing(artifacts),
        closing(record.rejected),
        Publication(plan, record) as publication,
        StepRuns(plan, record, span) as steps,
    ):
        read_inputs(plan, record, artifacts, allowance)
        steps.start(artifacts, allowance)
        publication.write(artifacts)
        steps.finish()
        reconcile(plan, record, artifacts)
        compare_sizes(plan, record)
        # a publication must not be cut short
        allowance.check_time()
        manifest = publication.publish()
    span.end({"status": "success", "pipeline.execution_mode": plan.mode, **record.totals()})
    return manifest


def _result(manifest: Mapping[str, Any], record: Record) -> dict[str, Any]:
    told = ("run_id", "status", "client_id", "batch_id", "duration_ms", "steps", "outputs")
    return {
        "pipeline": record.request.pipeline.name,
        **{name: manifest[name] for name in told},
        "rejected": {name: manifest["rejected"][name] for name in ("rows", "path")},
        "manifest_path": manifest_uri(record.request),
    }


def _attributes(request: RunRequest) -> Mapping[str, Any]:
    return {
        "pipeline.name": request.pipeline.name,
        "pipeline.version": request.version,
        "pipeline.execution_mode": request.mode or request.pipeline.execution.mode,
        "run.id": request.run_id,
        "client.id": request.client_id,
        "batch.id": request.batch_id,
    }


def _record_failure(record: Record, error: BaseException) -> None:
    """Write the failed manifest; when even that fails, the first error is still the one to tell.

    A pipeline that was refused has not run: the record of the last run stays. Nor has one that goes to another runtime.
    """
    if record.plan is None and isinstance(error, PipelineError):
        return
    if record.request.limits.hand_over and isinstance(error, LimitError):
        return
    uri = None
    hand_on_baseline(record, error)
    try:
        target = manifest_uri(record.request)
        with storage_for(target).stage(target) as staged:
            staged.stream.write(as_json(record.manifest(status_of(error), error)))
            staged.publish()
        uri = target
    except Exception as second:
        _log.warning("the manifest of the failed run could not be written: %s", second)
    if isinstance(error, TraktError):
        error.run_id, error.manifest_path = record.request.run_id, uri
