"""The script of a Glue job, with the arguments that Glue gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trakt.parity.asked import Asked, Job, Variant
from trakt.parity.places import Places

GLUES_OWN = {
    "--JOB_NAME": "trakt",
    "--JOB_ID": "j_" + "0" * 64,
    "--JOB_RUN_ID": "jr_" + "0" * 64,
    "--job-language": "python",
    "--job-bookmark-option": "job-bookmark-disable",
    "--enable-metrics": "true",
    "--TempDir": "s3://trakt/temporary/",
}
"""What Glue passes of its own accord."""


def refusal(asked: Asked, variant: Variant) -> str | None:  # noqa: ARG001 - it takes whatever there is
    """See `trakt.parity.runtimes.Runtime`."""
    return None


def prepare(job: Job) -> Mapping[str, str]:  # noqa: ARG001
    """See `trakt.parity.runtimes.Runtime`."""
    return {}


def carry_out(job: Job) -> Mapping[str, Any]:
    """See `trakt.parity.runtimes.Runtime`."""
    from trakt.runtime.glue_main import main

    return main([word for pair in arguments(job).items() for word in pair])


def arguments(job: Job) -> dict[str, str]:
    """What the job is given: Glue's own, and ours."""
    asked, variant = job.asked, job.variant
    ours = {
        "--pipeline-file": asked.file,
        "--client-id": asked.client_id,
        "--batch-id": asked.batch_id,
        "--run-id": asked.run_id,
        "--pipeline-version": asked.pipeline_version,
        "--input-dir": asked.input_dir,
        "--output-dir": Places(asked.input_dir, job.folder).output_dir,
        "--input": json.dumps(dict(asked.inputs)) if asked.inputs else None,
        "--param": json.dumps(dict(asked.params)) if asked.params else None,
        "--execution-mode": variant.mode,
        "--stream-chunk-size": variant.chunk_rows,
        "--engine": "local",
        "--lenient": "true" if asked.lenient else None,
    }
    return {**GLUES_OWN, **{name: str(word) for name, word in ours.items() if word is not None}}
