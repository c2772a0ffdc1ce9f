"""`trakt plan`: what a run would read, do and write."""

from __future__ import annotations

import argparse
from typing import Any

from trakt.runtime import console
from trakt.runtime import options as shared

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
    from trakt.runtime.request import asked_for

    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient)
    planned = plan(asked_for(options, pipeline))
    console.log.info("%s", planned.describe())
    return dict(planned.as_dict())
