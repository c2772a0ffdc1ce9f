"""`trakt validate`: check a pipeline file without running it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trakt.cli.annotations import located
from trakt.cli.answer import Answer
from trakt.errors import Fault, PipelineError, counted, did_you_mean
from trakt.runtime import failure, option_types
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file

if TYPE_CHECKING:
    from trakt.pipeline.model import Pipeline

HELP = "check a pipeline file and its steps, and tell every fault at once"
EXAMPLE = """\
  # every fault of the file, at its line
  trakt validate --pipeline orders

  # any file; each fault as an annotation of a pull request
  trakt validate --pipeline-file pipelines/orders/pipeline.yaml --format github"""
PAGE = "docs/pipeline-file.md"

FORMATS = ("text", "json", "github")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pipeline, how its faults are told, and how much to say."""
    shared.add_pipeline(parser)
    parser.add_argument(
        "--client-id",
        metavar="ID",
        type=option_types.text,
        help="check it with clients/ID.yaml laid over it (default: alone, and with each file of clients/)",
    )
    shown = shared.add_volume(parser)
    shown.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="how faults are told: in words on stderr; on stdout as JSON with file, line and column; or on stdout as "
        "annotations of GitHub Actions (default: %(default)s)",
    )
    shown.add_argument("--json", action="store_const", dest="format", const="json", help="the same as --format json")


def execute(options: argparse.Namespace) -> Answer:
    """Check the file; the result names what it defines."""
    path = pipeline_file(options)

    from trakt.engine.check import in_file_order
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.pipeline.overlay import overlays_of

    overlays = overlays_of(path)
    clients = [options.client_id] if options.client_id else [None, *overlays]
    sound: list[Pipeline] = []
    faults: list[Fault] = []
    for client in clients:
        try:
            sound.append(load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient, client_id=client))
        except PipelineError as error:
            faults += error.faults
    if not faults:
        return _sound(sound[0], path, options.format, _said_of(clients, overlays))
    # what is wrong with the pipeline itself is found again with each overlay
    refused = PipelineError.of(in_file_order(faults))
    if options.format == "text":
        raise refused
    return _faulty(refused, path, options.format)


def _said_of(clients: Sequence[str | None], overlays: Mapping[str, Path]) -> dict[str, str]:
    """Each client, and what is to be said of it."""
    told = {}
    for client in filter(None, clients):
        near = did_you_mean(client, overlays) if client not in overlays else None
        told[client] = (
            client if client in overlays else f"{client}, who has no overlay" + (f" ({near})" if near else "")
        )
    return told


def _sound(pipeline: Pipeline, path: Path, form: str, clients: Mapping[str, str]) -> Answer:
    parts = ((pipeline.inputs, "input"), (pipeline.steps, "step"), (pipeline.outputs, "output"))
    told = ", ".join(counted(len(things), word) for things, word in parts)
    words = f"ok: {pipeline.name}: {told}" + (f"; clients: {', '.join(clients.values())}" if clients else "")
    if form == "github":
        return Answer("", text=words)
    content = {
        "status": "ok",
        "pipeline": pipeline.name,
        "pipeline_file": str(path),
        "inputs": [item.name for item in pipeline.inputs],
        "steps": [step.id for step in pipeline.steps],
        "outputs": [output.name for output in pipeline.outputs],
        "clients": list(clients),
        **({"faults": []} if form == "json" else {}),
    }
    return Answer(content, text=words)


def _faulty(error: PipelineError, path: Path, form: str) -> Answer:
    faults = located(error.faults, path)
    if form == "github":
        # the log of a job shows annotations too: words beside them would say all of it twice
        return Answer("\n".join(fault.as_annotation() for fault in faults), error.exit_code)
    failure.tell(error)
    told = {"status": "failed", "pipeline_file": str(path), "faults": [fault.as_dict() for fault in faults]}
    return Answer(told, error.exit_code)
