"""JSON Schemas of the files that people write and runs leave, for editors and other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from trakt.formats import format_for, known_kinds
from trakt.pipeline.file_schema import file_schema, overlay_schema


def pipeline_schema() -> dict[str, Any]:
    """That of a pipeline file, made of the tables that `trakt validate` checks it by."""
    from trakt.steps.literals import literals_of_steps

    formats = {kind: format_for(kind) for kind in known_kinds()}
    inputs = {kind: each.INPUT_METADATA for kind, each in formats.items()}
    outputs = {kind: each.OUTPUT_METADATA for kind, each in formats.items()}
    return file_schema(inputs, outputs, literals_of_steps())


def client_schema() -> dict[str, Any]:
    """That of what one client changes of a pipeline file."""
    return overlay_schema(pipeline_schema())


def manifest_schema() -> dict[str, Any]:
    """That of a manifest."""
    text = Path(__file__).with_name("manifest.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "pipeline": pipeline_schema,
    "client": client_schema,
    "manifest": manifest_schema,
}
