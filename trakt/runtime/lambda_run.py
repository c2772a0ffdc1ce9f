"""One run in a Lambda function: within its rows, its memory and its time, or handed to Glue."""

from __future__ import annotations

import contextlib
import functools
import glob
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from trakt.engine.places import ID_NAMES, placeholders
from trakt.errors import DeadlineError, Fault, LimitError, PipelineError, TraktError
from trakt.runtime.console import log
from trakt.runtime.key_template import KeyTemplate
from trakt.runtime.lambda_request import LambdaRequest
from trakt.runtime.lambda_settings import Settings
from trakt.runtime.process import starting
from trakt.storage import is_absolute
from trakt.telemetry.powertools import PowertoolsTelemetry, count_failure

if TYPE_CHECKING:
    from trakt.engine.request import RunRequest
    from trakt.pipeline.model import Pipeline

RUNTIME = "lambda"


class LambdaContext(Protocol):
    """What is used of the context that Lambda gives ("AWS Lambda context object in Python")."""

    @property
    def memory_limit_in_mb(self) -> str | int:
        """Memory of the function, in MiB."""

    def get_remaining_time_in_millis(self) -> int:
        """How long until Lambda ends the invocation."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What bounds every run of one invocation: `deadline` is in seconds of `time.monotonic()`."""

    settings: Settings
    memory_mb: int
    deadline: float

    @classmethod
    def of(cls, context: LambdaContext, settings: Settings) -> Invocation:
        """The bounds of this invocation."""
        left = context.get_remaining_time_in_millis() - settings.deadline_margin_ms
        return cls(settings, int(context.memory_limit_in_mb), time.monotonic() + left / 1000)


def carried_out(asked: LambdaRequest, run_id: str, invocation: Invocation) -> dict[str, Any]:
    """The result of the run, the word that Glue has taken it, or whether it would be taken on here.

    Raises:
        TraktError: it failed.
    """
    if time.monotonic() >= invocation.deadline:
        hint = "give the function more time, or fewer messages per batch (BatchSize)"
        count_failure(asked.pipeline, RUNTIME)
        raise DeadlineError("not begun: there was no time left for it", hint=hint)

    _warm_up()
    from trakt.engine.run import run

    try:
        request = run_request(asked, run_id, _pipeline_of(asked), invocation)
    except TraktError:
        count_failure(asked.pipeline, RUNTIME)
        raise
    if asked.action == "plan":
        return _admission(request)
    try:
        return run(request, PowertoolsTelemetry(asked.pipeline, RUNTIME, request.limits.hand_over))
    except LimitError as error:
        if not request.limits.hand_over:
            raise
        return _delegated(asked, invocation.settings, error)


@functools.cache
def _warm_up() -> None:
    """Import what a run needs and make the S3 client, once: what is frozen is never freed."""
    with starting():
        import trakt.engine.run  # noqa: F401
        from trakt.storage.s3.client import client

        # what is wrong with its configuration is told where the run asks for it
        with contextlib.suppress(Exception):
            client()


def _pipeline_of(asked: LambdaRequest) -> Pipeline:
    from trakt.pipeline.overlay import overlays_of

    overlay = overlays_of(asked.file).get(asked.client_id)
    written = tuple(file.stat().st_mtime_ns for file in (asked.file, overlay) if file)
    # clients without an overlay share one pipeline: a warm function may serve thousands
    return _loaded(asked.file, asked.client_id if overlay else None, written)


@functools.lru_cache(maxsize=256)
def _loaded(file: Path, client_id: str | None, written: tuple[int, ...]) -> Pipeline:  # noqa: ARG001 - `written`: which content it is for
    """A pipeline of the package, read once per warm function."""
    from trakt.engine.load import load_pipeline_from_yaml

    return load_pipeline_from_yaml(file, client_id=client_id)


def run_request(asked: LambdaRequest, run_id: str, pipeline: Pipeline, invocation: Invocation) -> RunRequest:
    """The one request of all runtimes, with the limits of this one.

    Raises:
        PipelineError: Glue is to take what is too large, and no job was set up.
    """
    from trakt.engine.limits import Limits
    from trakt.engine.request import RunRequest
    from trakt.engine.within import Prefixes

    settings, execution = invocation.settings, pipeline.execution
    on_limit = asked.on_limit or execution.on_limit or settings.on_limit
    # who only asks will start the job itself
    if on_limit == "glue" and not settings.glue_job and asked.action == "run":
        raise PipelineError("on_limit is glue, and no Glue job is set up", hint="set TRAKT_GLUE_JOB to its name")
    if faults := list(_mixing_faults(asked, pipeline, settings.key_template)):
        raise PipelineError.of(faults)
    return RunRequest(
        pipeline=pipeline,
        input_dir=asked.input_dir,
        output_dir=asked.output_dir,
        inputs=asked.inputs,
        params=asked.params,
        manifest_path=asked.manifest_path,
        baseline=asked.baseline,
        chunk_rows=asked.chunk_rows,
        mode=asked.mode,  # type: ignore[arg-type]  # checked against MODES
        engine=asked.engine,  # type: ignore[arg-type]  # checked against ENGINES
        run_id=run_id,
        pipeline_version=asked.pipeline_version,
        client_id=asked.client_id,
        batch_id=asked.batch_id,
        limits=Limits(
            max_rows=asked.max_batch_rows or execution.max_batch_rows or settings.max_batch_rows,
            memory_mb=invocation.memory_mb,
            deadline=invocation.deadline,
            hand_over=on_limit == "glue",
            has_spark=False,
        ),
        within=Prefixes(settings.input_prefixes, settings.output_prefixes),
        runtime=RUNTIME,
        force=asked.force,
    )


def _admission(request: RunRequest) -> dict[str, Any]:
    from trakt.engine.admission import admitted
    from trakt.engine.plan import plan

    try:
        admission = admitted(plan(request), is_asked=True).admission
    except TraktError:
        count_failure(request.pipeline.name, RUNTIME)
        raise
    assert admission
    log.info("planned: %s", admission.describe())
    return admission.as_dict()


def _mixing_faults(asked: LambdaRequest, pipeline: Pipeline, template: KeyTemplate) -> Iterator[Fault]:
    """Inputs that would read the files of every batch, where all lie in one folder."""
    for wanted in pipeline.inputs:
        missing = [name for name in template.shared_by if name in ID_NAMES and name not in placeholders(wanted.uri)]
        is_several = glob.has_magic(wanted.uri) or wanted.uri.rstrip("/").endswith(".") or wanted.uri.endswith("/")
        if missing and is_several and not is_absolute(wanted.uri) and wanted.name not in asked.inputs:
            names = ", ".join(f"{{{name}}}" for name in missing)
            what = f"input '{wanted.name}' would read every batch: the key template '{template.text}' names no folder"
            yield Fault(what, pipeline.where("inputs", wanted.name, "uri"), f"name {names} in its uri")


def _delegated(asked: LambdaRequest, settings: Settings, error: LimitError) -> dict[str, Any]:
    from trakt.runtime.glue_start import start_glue_job

    job = settings.glue_job or ""
    try:
        job_run_id = start_glue_job(asked, job)
    except TraktError:
        count_failure(asked.pipeline, RUNTIME)
        raise
    reason = str(error.faults[0].what)
    log.info("delegated to job run %s of %s: %s", job_run_id, job, reason)
    return {
        "pipeline": asked.pipeline,
        # without an id of the caller's, the job run's is that of the run
        "run_id": asked.run_id or job_run_id,
        "status": "delegated",
        "client_id": asked.client_id,
        "batch_id": asked.batch_id,
        "reason": reason,
        "job_name": job,
        "job_run_id": job_run_id,
    }
