"""`trakt graph`: the pipeline as a drawing, with the rows that a run counted."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from trakt.cli.answer import Answer
from trakt.runtime import console, option_types
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file

HELP = "draw a pipeline's inputs, steps and outputs as Mermaid text or SVG, with row counts when given a manifest"
EXAMPLE = """\
  # a chart that GitHub and many wikis draw
  trakt graph --pipeline orders > orders.mmd

  # with the rows of the run that wrote this manifest
  trakt graph --pipeline orders --manifest outputs/manifest.json"""
PAGE = "docs/command-line.md"

FORMATS = ("mermaid", "svg", "json")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pipeline, which run of it, and how to draw it."""
    shared.add_pipeline(parser)
    shared.add_client(parser)
    parser.add_argument(
        "--manifest",
        metavar="MANIFEST",
        type=option_types.text,
        help="of the run whose rows to show: a path or s3:// uri",
    )
    shown = shared.add_volume(parser)
    shown.add_argument(
        "--format", choices=FORMATS, default="mermaid", help="what goes to stdout (default: %(default)s)"
    )
    shown.add_argument("--json", action="store_const", dest="format", const="json", help="the same as --format json")


def execute(options: argparse.Namespace) -> dict[str, Any] | Answer:
    """Draw it; the text itself is the result."""
    path = pipeline_file(options)

    from trakt.cli.mermaid import mermaid
    from trakt.engine.flow import counted_by, flow_of
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.pipeline.graph import resolve

    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient, client_id=options.client_id)
    graph = resolve(pipeline, strict=not options.lenient)
    flow = flow_of(pipeline, graph)
    if options.manifest is not None:
        flow = counted_by(options.manifest, flow, pipeline, graph)
        console.log.info("rows of run %s, status %s", flow.run_id, flow.status)
    if options.format == "mermaid":
        return Answer(mermaid(flow))
    if options.format == "svg":
        from trakt.report.drawing import svg

        return Answer(svg(flow))
    return {"status": "ok", **{("run_status" if key == "status" else key): each for key, each in asdict(flow).items()}}
