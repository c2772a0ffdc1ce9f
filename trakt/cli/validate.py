"""`trakt validate`: check a pipeline file without reading data."""

from __future__ import annotations

import argparse
from typing import Any

from trakt.runtime import console
from trakt.runtime import options as shared

HELP = "check a pipeline file and its steps, and tell every fault at once"
EXAMPLE = "  trakt validate --pipeline-file pipelines/orders/pipeline.yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pipeline, and how much to say."""
    shared.add_pipeline(parser)
    shared.add_volume(parser)


def execute(options: argparse.Namespace) -> dict[str, Any]:
    """Check the file; the result names what it defines."""
    path = shared.pipeline_file(options)

    from trakt.engine.load import load_pipeline_from_yaml

    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient)
    counts = [
        _counted(len(things), word)
        for things, word in ((pipeline.inputs, "input"), (pipeline.steps, "step"), (pipeline.outputs, "output"))
    ]
    console.log.info("ok: %s: %s", pipeline.name, ", ".join(counts))
    return {
        "status": "ok",
        "pipeline": pipeline.name,
        "pipeline_file": str(path),
        "inputs": [item.name for item in pipeline.inputs],
        "steps": [step.id for step in pipeline.steps],
        "outputs": [output.name for output in pipeline.outputs],
    }


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
