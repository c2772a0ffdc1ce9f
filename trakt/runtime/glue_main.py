"""`python -m trakt.runtime.glue_main ARGS`, and what `handlers/glue_job.py` calls: one run as an AWS Glue job.

Glue takes a script that raises for a failed job run, and one that returns for a succeeded one. So nothing here ends the
process but the command on a laptop, and a step that calls `sys.exit(0)` does not make a success of a run it cut short.

`awsglue` is not needed, nor is a Spark session.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trakt.errors import TraktError
from trakt.runtime import console, failure
from trakt.runtime.glue_arguments import read_arguments
from trakt.runtime.named_pipeline import pipeline_file
from trakt.runtime.options import CommandLineError
from trakt.runtime.packaged import packaged_pipeline
from trakt.runtime.process import starting


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Do what the arguments ask (`sys.argv` when `argv` is None). The result, one line of JSON, goes to stdout.

    Returns:
        `pipeline run_id status client_id batch_id duration_ms steps outputs manifest_path job_name`.

    Raises:
        TraktError: the run failed, or the arguments are wrong. A result that says so has been printed.
    """
    os.environ |= customer_settings(os.environ)
    with console.speaking_on_stderr():
        return _told(sys.argv[1:] if argv is None else argv)


def customer_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What `--customer-driver-env-vars` says of objects that are made, in the names that it has everywhere.

    Glue sets no variable whose name does not begin with `CUSTOMER_` ("Using job parameters in AWS Glue jobs").
    """
    named = {name.removeprefix("CUSTOMER_"): value.strip('"') for name, value in environment.items()}
    return {
        name: value
        for name, value in named.items()
        if name.startswith("TRAKT_S3_") and f"CUSTOMER_{name}" in environment and name not in environment
    }


def _told(argv: Sequence[str]) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        with console.stdout_kept_for_result():
            result = _run(argv)
    except SystemExit as quit_by_step:
        error = failure.quit_by_step()
        console.print_result(failure.as_result(error), indent=None)
        raise error from quit_by_step
    except Exception as error:
        console.print_result(failure.as_result(error), indent=None)
        if isinstance(error, TraktError) and (record := failure.whereabouts(error)):
            error.add_note(record)
        raise
    if told := console.done(time.perf_counter() - began, result):
        console.log.info("%s", told)
    console.print_result(result, indent=None)
    return result


def _run(argv: Sequence[str]) -> dict[str, Any]:
    options = read_arguments(argv)
    path = _pipeline_file(options)

    with starting():
        from trakt.engine.load import load_pipeline_from_yaml
        from trakt.engine.run import run
        from trakt.runtime.request import asked_for
        from trakt.telemetry.otel import open_telemetry

    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient, client_id=options.client_id)
    request = replace(
        asked_for(options, pipeline),
        force=options.force,
        runtime_metadata={"job_name": options.job_name} if options.job_name else {},
        runtime="glue",
    )
    telemetry = open_telemetry(options.otel_service_name) if options.otel_enabled else None
    return {**run(request, telemetry), "job_name": options.job_name}


def _pipeline_file(options: Any) -> Path:
    """The file in the current folder, as on a laptop, or else one that was delivered with the job's Python code."""
    try:
        return pipeline_file(options)
    except CommandLineError:
        delivered = packaged_pipeline(options.pipeline) if options.pipeline else None
        if delivered is None:
            raise
        return delivered


def _command() -> None:
    """The same for a person: words in place of a traceback, and an exit code."""
    with console.speaking_on_stderr():
        try:
            _told(sys.argv[1:])
        except TraktError as error:
            failure.tell(error)
            sys.exit(error.exit_code)


if __name__ == "__main__":
    _command()
