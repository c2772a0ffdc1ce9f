"""What executors need to run steps: the request, and the code that lies in the pipeline's folder."""

from __future__ import annotations

import atexit
import functools
import os
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from trakt.engine.plan import Plan
from trakt.engine.request import RunRequest
from trakt.engine.spark.facts import in_an_executor
from trakt.errors import PipelineError, RunError
from trakt.pipeline.code import files_of_steps
from trakt.pipeline.graph import ResolvedStep, resolve
from trakt.pipeline.model import Mode


@dataclass(frozen=True, slots=True)
class Shipment:
    """A run as executors know it.

    Attributes:
        code: the files of its steps, by their paths from the pipeline's folder.
    """

    request: RunRequest
    mode: Mode
    chunk_rows: int | None
    started_at: datetime
    code: Mapping[str, bytes]


def packed(plan: Plan, started_at: datetime) -> bytes:
    """The run of a plan, to be unpacked in other processes."""
    from pyspark import cloudpickle

    request, pipeline = plan.request, plan.request.pipeline
    root = pipeline.origin.root
    files = files_of_steps(pipeline, plan.graph.steps, request.registry) if root else []
    code = {path: (root / path).read_bytes() for path in files} if root else {}
    # where its keys are written has been told by then
    light = replace(request, pipeline=replace(pipeline, origin=replace(pipeline.origin, marks={})))
    shipment = Shipment(light, plan.mode, plan.chunk_rows, started_at, code)
    return bytes(cloudpickle.dumps(shipment))


@functools.lru_cache(maxsize=4)
def unpacked(content: bytes) -> tuple[Shipment, Mapping[str, ResolvedStep]]:
    """The run, and its steps by their ids; an executor works on many parts of a run, and does this once.

    Raises:
        RunError: the code of a step cannot be loaded here.
    """
    shipment: Shipment = pickle.loads(content)
    request = shipment.request
    pipeline = request.pipeline
    if shipment.code and pipeline.origin.root:
        root = _folder_with(shipment.code, pipeline.origin.root)
        pipeline = replace(pipeline, origin=replace(pipeline.origin, root=root))
    try:
        graph = resolve(
            pipeline, mode=shipment.mode, registry=request.registry, strict=request.strict, params=request.params
        )
    except PipelineError as error:
        # the plan has found these steps where the run began, so it is this machine that lacks something
        raise RunError.of(in_an_executor(error.faults)) from error.__cause__
    return shipment, {step.id: step for step in graph.steps}


def _folder_with(code: Mapping[str, bytes], root: Path) -> Path:
    """The pipeline's own folder where this machine has it, for what steps read beside themselves; else a copy."""
    if all((root / path).is_file() and (root / path).read_bytes() == content for path, content in code.items()):
        return root
    # Spark ends its Pythons where they stand, but clears its own folders, of which it tells them
    folders = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")
    home = next((each for each in folders if os.path.isdir(each)), None)
    folder = Path(tempfile.mkdtemp(prefix="trakt-steps-", dir=home))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path, content in code.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder
