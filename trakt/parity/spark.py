"""The engine on Spark, on this machine: a session of its own, with executors on the loopback."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from typing import Any

from trakt.errors import MissingExtra
from trakt.parity import local
from trakt.parity.asked import Asked, Job, Variant


def is_installed() -> bool:
    """Whether the extra `spark` is there; whether a Java is, Spark tells itself."""
    return importlib.util.find_spec("pyspark") is not None


def refusal(asked: Asked, variant: Variant) -> str | None:
    """See `trakt.parity.runtimes.Runtime`: the first thing that cannot be worked on in parts."""
    if not is_installed():
        missing = MissingExtra("Spark", "spark")
        return f"{missing.faults[0].what}: {missing.hint}"
    from trakt.engine.apart import apart_faults
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.engine.request import RunRequest
    from trakt.pipeline.graph import resolve

    pipeline = load_pipeline_from_yaml(asked.file, strict_unknown_keys=not asked.lenient, client_id=asked.client_id)
    request = RunRequest(pipeline=pipeline, client_id=asked.client_id, engine="spark")
    faults = apart_faults(request, resolve(pipeline, mode=variant.mode, strict=not asked.lenient))  # type: ignore[arg-type]
    return faults[0].what if faults else None


def prepare(job: Job) -> Mapping[str, str]:  # noqa: ARG001
    """See `trakt.parity.runtimes.Runtime`."""
    return {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}


def carry_out(job: Job) -> Mapping[str, Any]:
    """See `trakt.parity.runtimes.Runtime`."""
    return local.carry_out(job, "spark")
