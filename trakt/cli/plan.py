"""`trakt plan`: what a run would read, do and write."""

from __future__ import annotations

import argparse
from typing import Any

from trakt.cli import console
from trakt.cli import options as shared

HELP = "show what a run would read, do and write, without reading data"
EXAMPLE = "  trakt plan --pipeline orders --input-dir data/in --output-dir data/out"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Everything that decides what a run does."""
    shared.add_pipeline(parser)
    shared.add_places(parser)
    shared.add_volume(parser)


def execute(options: argparse.Namespace) -> dict[str, Any]:
    """Make the plan, and show it in words and as the result."""
    path = shared.pipeline_file(options)

    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.engine.plan import plan
    from trakt.engine.request import RunRequest

    request = RunRequest(
        pipeline=load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient),
        input_dir=options.input_dir,
        output_dir=options.output_dir,
        inputs=shared.input_overrides(options),
        params=shared.param_overrides(options),
        manifest_path=options.manifest_path,
        chunk_rows=options.stream_chunk_size,
        strict=not options.lenient,
    )
    planned = plan(request)
    console.log.info("%s", planned.describe())
    return dict(planned.as_dict())
