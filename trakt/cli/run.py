"""`trakt run`: run a pipeline on this machine."""

from __future__ import annotations

import argparse

from trakt.cli.answer import Answer
from trakt.cli.watched import watching
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file
from trakt.runtime.process import starting

HELP = "run a pipeline, on local files and on objects in S3"
EXAMPLE = """\
  # read what `trakt init orders` wrote, and write to outputs/
  trakt run --pipeline orders --input-dir pipelines/orders/input

  # a client's delivery, into a folder of its own
  trakt run --pipeline orders --input-dir pipelines/orders/input --output-dir clean/acme \\
    --client-id acme --batch-id 2026-02-05

  # another file for one input, another value for one step
  trakt run --pipeline orders --input records=pipelines/orders/input/records.csv \\
    --param normalize.currency=USD

  # objects in S3
  trakt run --pipeline orders --input-dir s3://acme-incoming/2026-02-05/ \\
    --output-dir s3://acme-clean/2026-02-05/"""
PAGE = "docs/command-line.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Every option of a run."""
    shared.add_pipeline(parser)
    shared.add_places(parser)
    shared.add_identity(parser)
    shared.add_force(parser)
    shared.add_telemetry(parser)
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Run the pipeline; the result says what was made and where the manifest lies."""
    path = pipeline_file(options)

    with starting():
        import trakt.engine.run  # noqa: F401 - the runner would import it later
        from trakt.engine.load import load_pipeline_from_yaml
        from trakt.runtime.local_runner import LocalRunner

    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient, client_id=options.client_id)
    runner = LocalRunner(
        input_dir=options.input_dir, output_dir=options.output_dir, input_overrides=shared.input_overrides(options)
    )
    with watching(options) as watched:
        result = runner.run(
            pipeline,
            run_id=options.run_id,
            pipeline_version=options.pipeline_version,
            manifest_path=options.manifest_path,
            baseline=options.baseline,
            stream_chunk_size=options.stream_chunk_size,
            execution_mode=options.execution_mode,
            engine=options.engine,
            client_id=options.client_id,
            batch_id=options.batch_id,
            params=shared.param_overrides(options),
            strict=not options.lenient,
            force=options.force,
            otel_enabled=options.otel_enabled,
            otel_service_name=options.otel_service_name,
            watch=watched.begin,
        )
    return watched.answer(result)
