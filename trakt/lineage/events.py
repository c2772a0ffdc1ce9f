"""A manifest as the events of its run: START when it began, and COMPLETE, FAIL or ABORT when it ended.

A manifest tells of a run that has ended, so both are made afterwards. START says which files; all that was counted
stands in the second event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    error_message_run,
    job_type_job,
    parent_run,
    processing_engine_run,
    tags_run,
)
from openlineage.client.uuid import generate_static_uuid

from trakt.engine.replaced import PUBLISHING
from trakt.lineage import Parent
from trakt.lineage.datasets import PRODUCER, inputs_of, outputs_of

_STOPPED = ("KeyboardInterrupt", "_Terminated")
"""Errors of runs that somebody stopped: by Ctrl-C, by SIGTERM."""


def events_of(manifest: Mapping[str, Any], namespace: str, parent: Parent | None) -> list[RunEvent]:
    """Both events, or the first of a run that has not ended; raises what a mapping raises that is no manifest."""
    job = Job(namespace, str(manifest["pipeline"]["name"]), facets=_job_facets())
    facets = dict(_run_facets(manifest, parent))
    run_id = str(_uuid(manifest, namespace))
    told = {"errorMessage": _error_message(manifest)} if manifest["error"] is not None else {}
    start = RunEvent(
        eventTime=_time(manifest["started_at"]),
        eventType=RunState.START,
        run=Run(run_id, facets=facets),
        job=job,
        inputs=inputs_of(manifest, ended=False),
        outputs=outputs_of(manifest, ended=False),
        producer=PRODUCER,
    )
    if manifest["status"] == PUBLISHING:
        # it ends in a moment, or was killed and will end as another run
        return [start]
    end = RunEvent(
        eventTime=_time(manifest["finished_at"]),
        eventType=_ending(manifest),
        run=Run(run_id, facets={**facets, **told}),
        job=job,
        inputs=inputs_of(manifest, ended=True),
        outputs=outputs_of(manifest, ended=True),
        producer=PRODUCER,
    )
    return [start, end]


def _uuid(manifest: Mapping[str, Any], namespace: str) -> object:
    """One that follows from the run, so that telling it twice is telling it once."""
    known = "\n".join([namespace, manifest["pipeline"]["name"], manifest["run_id"]])
    return generate_static_uuid(datetime.fromisoformat(manifest["started_at"]), known.encode("utf-8", "surrogatepass"))


def _time(at: str) -> str:
    return datetime.fromisoformat(at).isoformat()


def _ending(manifest: Mapping[str, Any]) -> RunState:
    if manifest["status"] == "success":
        return RunState.COMPLETE
    stopped = manifest["status"] == "timed_out" or (manifest["error"] or {}).get("type") in _STOPPED
    return RunState.ABORT if stopped else RunState.FAIL


def _job_facets() -> dict[str, JobFacet]:
    kind = job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="TRAKT", jobType="PIPELINE", producer=PRODUCER
    )
    return {"jobType": kind}


def _run_facets(manifest: Mapping[str, Any], parent: Parent | None) -> Iterator[tuple[str, RunFacet]]:
    version = manifest["runtime"]["trakt"]
    yield (
        "processing_engine",
        processing_engine_run.ProcessingEngineRunFacet(
            version=version, name="Trakt", openlineageAdapterVersion=PRODUCER.rpartition("@")[2], producer=PRODUCER
        ),
    )
    tags = [tags_run.TagsRunFacetFields(key, str(value), "TRAKT") for key, value in _tags(manifest) if value]
    yield "tags", tags_run.TagsRunFacet(tags=tags, producer=PRODUCER)
    if parent is not None:
        run, job = parent_run.Run(parent.run_id), parent_run.Job(parent.namespace, parent.job)
        yield "parent", parent_run.ParentRunFacet(run=run, job=job, producer=PRODUCER)


def _tags(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """What the run is called in Trakt, for those who look for its manifest."""
    yield "run_id", manifest["run_id"]
    yield "client_id", manifest["client_id"]
    yield "batch_id", manifest["batch_id"]
    yield "pipeline_version", manifest["pipeline"]["version"]
    yield "runtime", manifest["runtime"]["name"]
    yield "mode", manifest["execution"]["mode"]
    yield "replay_of", (manifest["replay_of"] or {}).get("run_id")


def _error_message(manifest: Mapping[str, Any]) -> RunFacet:
    """What happened and where. Not the manifest's own words: they may quote a row, and this leaves the house."""
    error = manifest["error"]
    step = f" in step '{error['step_id']}'" if error["step_id"] else ""
    chunk = f", chunk {error['chunk']}" if error["chunk"] else ""
    message = f"{error['type']}{step}{chunk}; the manifest of run {manifest['run_id']} says what was wrong"
    return error_message_run.ErrorMessageRunFacet(message=message, programmingLanguage="PYTHON", producer=PRODUCER)
