"""A pipeline file, read and checked as a whole."""

from __future__ import annotations

from pathlib import Path

from trakt.engine.check import check, in_file_order
from trakt.errors import PipelineError
from trakt.pipeline.model import Pipeline
from trakt.pipeline.uses import StepRegistry
from trakt.pipeline.yaml_file import read_pipeline


def load_pipeline_from_yaml(
    path: str | Path,
    registry: StepRegistry | None = None,
    *,
    strict_unknown_keys: bool = True,
    client_id: str | None = None,
) -> Pipeline:
    """Read a pipeline file; its steps' modules are imported, its inputs are not looked at.

    Args:
        path: the YAML file; `uses:` may name modules beside it.
        registry: step aliases that `uses:` may name.
        strict_unknown_keys: False lets keys pass that nothing knows.
        client_id: whose batches it is for: what `clients/CLIENT_ID.yaml` beside the file says is laid over it.

    Raises:
        PipelineError: with every fault of the file, each at its line and column.
    """
    reading = read_pipeline(path, strict=strict_unknown_keys, client_id=client_id)
    faults = list(reading.faults)
    if reading.pipeline:
        faults += check(reading.pipeline, registry=registry, strict=strict_unknown_keys)[1]
    if faults or reading.pipeline is None:
        raise PipelineError.of(in_file_order(faults))
    return reading.pipeline
