"""One run, from request to manifest."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from trakt.engine.admission import let_in
from trakt.engine.artifacts import Artifacts, readers_here
from trakt.engine.done import SKIPPED, committed_run, told_of
from trakt.engine.drift.watch import compare_sizes, find_baseline, hand_on_baseline
from trakt.engine.fingerprint import fingerprint_of
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record, as_json
from trakt.engine.plan import Plan, manifest_uri
from trakt.engine.plan import plan as make_plan
from trakt.engine.progress import Progress, Watcher
from trakt.engine.queries import asked
from trakt.engine.reconcile import reconcile
from trakt.engine.replaced import hand_on_files
from trakt.engine.request import RunRequest
from trakt.engine.run_steps import StepRuns
from trakt.engine.signals import held_back
from trakt.engine.write import Publication
from trakt.errors import BusyError, LimitError, PipelineError, TraktError, status_of
from trakt.storage import Lease, storage_for
from trakt.telemetry import Silent, Span, Telemetry

if TYPE_CHECKING:
    from trakt.engine.spark.run import PartRuns

_log = logging.getLogger("trakt.engine")


def run(request: RunRequest, telemetry: Telemetry | None = None, watch: Watcher | None = None) -> dict[str, Any]:
    """Do what `request` asks, or leave everything as it was but for a manifest that says why.

    Who watches is given the run's progress once, when it begins, and may look at it whenever it likes.

    Returns:
        What the caller wants to know at once: `run_id status pipeline steps outputs`, and where the rest lies as
        `manifest_path`. Where a committed run has done the same already, the status is `skipped` and all else its word.

    Raises:
        TraktError: the run failed; `error.manifest_path` names the record of that. A BusyError leaves none.
    """
    telemetry = telemetry or Silent()
    record = Record(request)
    if watch:
        watch(Progress(record))
    span = telemetry.span("pipeline.run", _attributes(request))
    try:
        # what a failed run writes, it writes while it still has the place
        with ExitStack() as held:
            try:
                manifest = _run(record, span, held)
            except BaseException as error:
                span.end({"status": status_of(error), **record.totals()}, error)
                if not record.committed:
                    with held_back():
                        _record_failure(record, error)
                raise
    except BaseException as error:
        if record.committed:
            # a signal that waited for the publication; its outputs and its manifest are there
            error.add_note(f"the run had succeeded; its manifest is {manifest_uri(request)}")
        raise
    finally:
        telemetry.close()
    return _result(manifest, record)


def _run(record: Record, span: Span, held: ExitStack) -> Mapping[str, Any]:
    request = record.request
    allowance = Allowance(request.limits)
    plan = make_plan(request)
    record.planned(plan)
    # to look for files may have taken long
    allowance.check_time()
    record.held(held.enter_context(_leased(plan.manifest_uri, record)))
    record.fingerprint = fingerprint_of(plan)
    # looked at only now: who had the place before may have done it
    committed = None if request.force else committed_run(plan, record.fingerprint, record.standing)
    if committed is not None:
        _log.info("skipped: %s", told_of(committed))
        span.end({"status": SKIPPED, **record.totals()})
        return {**committed, "status": SKIPPED}
    plan = let_in(asked(plan, record, allowance), record)
    find_baseline(request, record)
    manifest = _made(plan, record, allowance, span)
    span.end({"status": "success", "pipeline.execution_mode": plan.mode, **record.totals()})
    return manifest


def _made(plan: Plan, record: Record, allowance: Allowance, span: Span) -> Mapping[str, Any]:
    """Read, run the steps, write and publish."""
    artifacts = Artifacts(readers_here(plan), "batch" if plan.is_collected else "stream")
    with (
        closing(artifacts),
        closing(record.rejected),
        Publication(plan, record) as publication,
        _steps(plan, record, span) as steps,
    ):
        steps.start(artifacts, allowance)
        publication.write(artifacts)
        steps.finish()
        reconcile(plan, record, artifacts)
        compare_sizes(plan, record)
        publication.stage_rejected()
        publication.stage_stale()
        publication.stage_tables()
        # a publication must not be cut short
        allowance.check_time()
        if record.lease:
            record.lease.check()
        return publication.publish()


def _steps(plan: Plan, record: Record, span: Span) -> StepRuns | PartRuns:
    if plan.engine == "local":
        return StepRuns(plan, record, span)
    # who has no Spark does not need it
    from trakt.engine.spark.run import PartRuns

    return PartRuns(plan, record, span)


@contextmanager
def _leased(uri: str, record: Record) -> Iterator[Lease]:
    """The place of a manifest, for this run alone; a signal that comes while it is taken or freed waits for that."""
    with ExitStack() as taken:
        try:
            with held_back():
                lease = taken.enter_context(storage_for(uri).lease(uri, record.request.run_id))
            yield lease
        finally:
            with held_back():
                taken.close()


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
    Where another run works, its record is the one to keep.
    """
    if isinstance(error, BusyError):
        error.run_id = record.request.run_id
        return
    if record.plan is None and isinstance(error, PipelineError):
        return
    if record.request.limits.hand_over and isinstance(error, LimitError):
        return
    uri = None
    hand_on_baseline(record, error)
    try:
        hand_on_files(record)
        target = manifest_uri(record.request)
        mine = nullcontext(record.lease) if record.lease else _leased(target, record)
        with mine as lease, storage_for(target).stage(target) as staged:
            lease.check()
            staged.stream.write(as_json(record.manifest(status_of(error), error)))
            staged.publish()
        uri = target
    except Exception as second:
        _log.warning("the manifest of the failed run could not be written: %s", second)
    if isinstance(error, TraktError):
        error.run_id, error.manifest_path = record.request.run_id, uri
