"""`trakt schema`: JSON Schemas, for editors and other programs."""

from __future__ import annotations

import argparse
from typing import Any

from trakt.runtime import options as shared

HELP = "print the JSON Schema of pipeline files, which tells editors what may stand in them, or that of manifests"
EXAMPLE = """\
  # for an editor that completes and checks pipeline files
  trakt schema pipeline > pipeline.schema.json

  # the first line of a pipeline file then names it:
  # yaml-language-server: $schema=../../pipeline.schema.json

  # what stands in a manifest
  trakt schema manifest > manifest.schema.json"""
PAGE = "docs/command-line.md"

FILES = ("pipeline", "client", "manifest")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which schema."""
    parser.add_argument(
        "file", metavar="|".join(FILES), choices=FILES, help="of which file; client is what clients/ID.yaml may hold"
    )
    shared.add_volume(parser)


def execute(options: argparse.Namespace) -> dict[str, Any]:
    """The schema is the result."""
    from trakt.engine.file_schemas import SCHEMAS

    return SCHEMAS[options.file]()
