"""What a run is made of, as one checksum: equal for two runs that would write the same bytes.

In it: the pipeline, its steps' code, params, ids, metadata, the files of each input with their sizes, and Trakt's
version. Not in it: mode, chunk size, run id, runtime and times, which change no byte; nor what the files hold and where
outputs go, which is compared one by one (`trakt.engine.done`), by what is cheapest to know.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

import trakt
from trakt.engine.plan import Plan
from trakt.pipeline.code import Unknowable, code_of_steps
from trakt.pipeline.model import Pipeline


def fingerprint_of(plan: Plan) -> str | None:
    """The fingerprint of a run as planned; None when it has a part that has no bytes to compare.

    Such are a step that is no plain function, literals or metadata that are no plain data, and a query, whose result
    nobody knows before it is asked: a run that is made of them is never taken for another one.
    """
    try:
        said = json.dumps(_parts(plan), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    except (Unknowable, OSError, RecursionError):
        return None
    return hashlib.sha256(said.encode()).hexdigest()


def _parts(plan: Plan) -> dict[str, Any]:
    request = plan.request
    if any(each.is_asked for each in plan.inputs):
        raise Unknowable("the result of a query")
    return {
        "trakt": trakt.__version__,
        "pipeline": _pipeline(request.pipeline),
        "code": code_of_steps(request.pipeline, plan.graph.steps, request.registry),
        "version": request.version,
        "client_id": request.client_id,
        "batch_id": request.batch_id,
        # what differs too much from it may fail the run
        "baseline": request.baseline,
        "params": {name: exact(value) for name, value in request.params.items()},
        "metadata": {name: exact(value) for name, value in request.metadata.items()},
        "inputs": [
            [each.wanted.name, each.wanted.uri, each.uri, [[file.uri, file.bytes] for file in each.files]]
            for each in plan.inputs
        ],
    }


def _pipeline(pipeline: Pipeline) -> dict[str, Any]:
    """The model too, not the file alone: whoever loads a file may change what it says before it runs."""
    return {
        "sha256": pipeline.origin.sha256,
        "overlay": pipeline.origin.overlay and pipeline.origin.overlay.sha256,
        "name": pipeline.name,
        "inputs": exact(pipeline.inputs),
        "steps": [
            [step.id, step.uses if isinstance(step.uses, str) else None, exact(step.bindings)]
            for step in pipeline.steps
        ],
        "outputs": exact(pipeline.outputs),
        "rejected": exact(pipeline.rejected),
        "strict_accounting": pipeline.execution.strict_accounting,
    }


def exact(value: Any) -> Any:
    """A value as JSON that no other value has: types and the order of mappings are kept.

    Raises:
        Unknowable: it is no plain data.
    """
    kind = type(value).__name__
    if isinstance(value, Mapping):
        return {"mapping": [[exact(key), exact(item)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {kind: [exact(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {kind: sorted(json.dumps(exact(item)) for item in value)}
    if is_dataclass(value) and not isinstance(value, type):
        return {kind: [[each.name, exact(getattr(value, each.name))] for each in fields(value)]}
    return _exact_single(value)


def _exact_single(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (str, int, float, bool):
        return value
    if isinstance(value, (Enum, date, time, Decimal, bytes)):
        return {kind.__name__: repr(value)}
    if isinstance(value, re.Pattern):
        return {kind.__name__: [value.pattern, value.flags]}
    raise Unknowable(f"a {kind.__name__} is no plain data")
