"""What options ask for, as one `RunRequest`."""

from __future__ import annotations

import argparse

from trakt.engine.places import new_run_id
from trakt.engine.request import RunRequest
from trakt.pipeline.model import Pipeline
from trakt.runtime.options import input_overrides, param_overrides


def asked_for(options: argparse.Namespace, pipeline: Pipeline) -> RunRequest:
    """The run of `pipeline` that the options of `add_pipeline`, `add_places` and `add_identity` describe.

    Raises:
        CommandLineError: an input or a param is given twice.
    """
    return RunRequest(
        pipeline=pipeline,
        input_dir=options.input_dir,
        output_dir=options.output_dir,
        inputs=input_overrides(options),
        params=param_overrides(options),
        manifest_path=options.manifest_path,
        baseline=options.baseline,
        chunk_rows=options.stream_chunk_size,
        mode=options.execution_mode,
        engine=options.engine,
        run_id=options.run_id or new_run_id(),
        pipeline_version=options.pipeline_version,
        client_id=options.client_id,
        batch_id=options.batch_id,
        strict=not options.lenient,
    )
