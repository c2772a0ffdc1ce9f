"""The runner of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trakt.parity.asked import Asked, Job, Variant
from trakt.parity.places import Places
from trakt.pipeline.model import Engine


def refusal(asked: Asked, variant: Variant) -> str | None:  # noqa: ARG001 - it takes whatever there is
    """See `trakt.parity.runtimes.Runtime`."""
    return None


def prepare(job: Job) -> Mapping[str, str]:  # noqa: ARG001
    """See `trakt.parity.runtimes.Runtime`."""
    return {}


def carry_out(job: Job, engine: Engine = "local") -> Mapping[str, Any]:
    """See `trakt.parity.runtimes.Runtime`; whatever engine the pipeline names, each is held beside the others."""
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.runtime.local_runner import LocalRunner

    asked, variant = job.asked, job.variant
    pipeline = load_pipeline_from_yaml(asked.file, strict_unknown_keys=not asked.lenient, client_id=asked.client_id)
    return LocalRunner(input_dir=asked.input_dir, output_dir=Places(asked.input_dir, job.folder).output_dir).run(
        pipeline,
        run_id=asked.run_id,
        pipeline_version=asked.pipeline_version,
        client_id=asked.client_id,
        batch_id=asked.batch_id,
        input_overrides=asked.inputs,
        params=asked.params,
        stream_chunk_size=variant.chunk_rows,
        execution_mode=variant.mode,
        engine=engine,
        strict=not asked.lenient,
    )
