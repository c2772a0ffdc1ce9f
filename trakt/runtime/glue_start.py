"""Hand a run to the Glue job: the same request, as the arguments of a job run."""

from __future__ import annotations

import json
from typing import Any

from trakt.errors import MissingExtra, RunError
from trakt.runtime.lambda_request import LambdaRequest


def start_glue_job(asked: LambdaRequest, job: str) -> str:
    """Start the job and return the id of its run.

    Raises:
        RunError: it was not started.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise MissingExtra("on_limit: glue", "aws") from error
    try:
        started = boto3.session.Session().client("glue").start_job_run(JobName=job, Arguments=glue_arguments(asked))
    except ClientError as error:
        reason = error.response["Error"]
        what = f"the Glue job '{job}' was not started: {reason.get('Message')} ({reason.get('Code')})"
        hint = "check that the job is there, that glue:StartJobRun is allowed, and how many of its runs may overlap"
        raise RunError(what, where="TRAKT_GLUE_JOB", hint=hint) from error
    except BotoCoreError as error:
        what = f"the Glue job '{job}' was not started: {error}"
        raise RunError(what, where="TRAKT_GLUE_JOB", hint="check region, endpoint and credentials") from error
    return str(started["JobRunId"])


def glue_arguments(asked: LambdaRequest) -> dict[str, str]:
    """The request in the words of `trakt.runtime.glue_arguments`.

    The mode stays behind: it was chosen for the function's memory, and it changes no byte of the outputs.
    """
    words: dict[str, Any] = {
        "--pipeline": asked.pipeline,
        "--client-id": asked.client_id,
        "--batch-id": asked.batch_id,
        "--input-dir": asked.input_dir,
        "--output-dir": asked.output_dir,
        "--run-id": asked.run_id,
        "--pipeline-version": asked.pipeline_version,
        "--manifest-path": asked.manifest_path,
        "--baseline": asked.baseline,
        "--stream-chunk-size": asked.chunk_rows,
        "--engine": asked.engine,
        "--input": json.dumps(dict(asked.inputs)) if asked.inputs else None,
        "--param": json.dumps(dict(asked.params)) if asked.params else None,
        "--force": "true" if asked.force else None,
    }
    return {name: str(word) for name, word in words.items() if word is not None}
