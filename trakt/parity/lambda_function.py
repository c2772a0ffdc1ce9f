"""The handler of a Lambda function, in what Lambda gives it: its variables, its package, its context, one `/tmp`.

What stands for S3 is a folder of this machine, unless the inputs lie in S3. Limits of rows are those of the pipeline
alone, and nothing is ever handed to a Glue job.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trakt.engine.places import ID, elements
from trakt.errors import MissingExtra
from trakt.parity.asked import Asked, Job, Variant
from trakt.parity.places import FILES, INPUT, OUTPUT, Places
from trakt.parity.read_only import make_read_only
from trakt.runtime.lambda_request import MOST_CHUNK_ROWS
from trakt.runtime.local_context import LocalContext
from trakt.storage import scheme_of

NAME = "trakt-parity"
MEMORY_MB, TIMEOUT_SECONDS = 10_240, 900
"""The most that Lambda gives a function ("Lambda quotas")."""

_NOT_OURS = ("TRAKT_KEY_TEMPLATE", "TRAKT_READY_SUFFIX", "TRAKT_GLUE_JOB")


def refusal(asked: Asked, variant: Variant) -> str | None:
    """See `trakt.parity.runtimes.Runtime`."""
    if not importlib.util.find_spec("aws_lambda_powertools"):
        missing = MissingExtra("a Lambda function", "aws")
        return f"{missing.faults[0].what}: {missing.hint}"
    if (variant.chunk_rows or 0) > MOST_CHUNK_ROWS:
        return f"an event may ask for {MOST_CHUNK_ROWS:,} rows a chunk at most"
    if asked.lenient:
        return "a Lambda function is never lenient"
    if not ID.fullmatch(asked.name):
        return f"'{asked.name}' is no name that an event can give"
    return None


def prepare(job: Job) -> Mapping[str, str]:
    """See `trakt.parity.runtimes.Runtime`. The package holds links to the pipeline and to all that lies beside it."""
    package = job.work / "pipelines" / job.asked.name
    package.mkdir(parents=True)
    file = Path(job.asked.file)
    (package / "pipeline.yaml").symlink_to(file)
    for each in file.parent.iterdir():
        if each.name != "pipeline.yaml":
            (package / each.name).symlink_to(each)
    named = [job.asked.input_dir, *(each for uri in job.asked.inputs.values() for each in elements(uri))]
    buckets = {"/".join([*uri.split("/")[:3], ""]) for uri in named if scheme_of(uri) == "s3"}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
        "AWS_LAMBDA_FUNCTION_NAME": NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(job.work),
        "TZ": ":UTC",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "TRAKT_INPUT_PREFIXES": ",".join(sorted({INPUT, FILES, *buckets})),
        "TRAKT_OUTPUT_PREFIXES": OUTPUT,
        "TRAKT_MAX_BATCH_ROWS": os.environ.get("TRAKT_MAX_BATCH_ROWS") or str(10**12),
        "TRAKT_ON_LIMIT": "fail",
    }


def carry_out(job: Job) -> Mapping[str, Any]:
    """See `trakt.parity.runtimes.Runtime`."""
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    context = LocalContext(TIMEOUT_SECONDS, MEMORY_MB, NAME)
    sys.path.insert(0, str(job.work))
    make_read_only([job.folder / name for name in ("tmp", "out", "elsewhere")])

    from trakt.runtime.lambda_handler import handler

    return handler(event(job), context)


def event(job: Job) -> dict[str, Any]:
    """What the function is sent: a request, in full."""
    asked, variant = job.asked, job.variant
    places = Places(asked.input_dir, job.folder)
    in_s3 = scheme_of(asked.input_dir) == "s3"
    words = {
        "pipeline": asked.name,
        "client_id": asked.client_id,
        "batch_id": asked.batch_id,
        "run_id": asked.run_id,
        "pipeline_version": asked.pipeline_version,
        "input_dir": asked.input_dir if in_s3 else INPUT,
        "output_dir": OUTPUT,
        "inputs": {name: places.for_event(uri) for name, uri in asked.inputs.items()},
        "params": dict(asked.params),
        "mode": variant.mode,
        "chunk_rows": variant.chunk_rows,
        "engine": "local",
        "on_limit": "fail",
    }
    return {name: word for name, word in words.items() if word is not None}
