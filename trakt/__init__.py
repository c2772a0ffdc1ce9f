"""Client files into clean tables: one pipeline file, the same answer in every runtime.

The names users type. Each is loaded when it is first asked for, so `import trakt` stays light
enough for a cold Lambda and for `trakt --help`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.engine.request import RunRequest
    from trakt.errors import (
        BusyError,
        DeadlineError,
        InputError,
        LimitError,
        MissingExtra,
        OutputError,
        PipelineError,
        QualityError,
        RunError,
        StepError,
        TraktError,
    )
    from trakt.pipeline.context import Context
    from trakt.pipeline.contract import step_contract
    from trakt.pipeline.dsl import artifact, const, ref, step, workflow
    from trakt.pipeline.model import Pipeline
    from trakt.pipeline.uses import StepRegistry
    from trakt.runtime.local_runner import LocalRunner
    from trakt.schema import LogicalType
    from trakt.steps.dedupe import DedupePolicy, apply_dedupe_policy
    from trakt.steps.join import apply_join_policy
    from trakt.steps.join_policy import JoinPolicy
    from trakt.steps.quality_gate import evaluate_quality_gates
    from trakt.steps.quality_policy import QualityGatePolicy
    from trakt.steps.rename import RenamePolicy, apply_rename_policy

__version__ = "0.1.0"

__all__ = [
    "BusyError",
    "Context",
    "DeadlineError",
    "DedupePolicy",
    "InputError",
    "JoinPolicy",
    "LimitError",
    "LocalRunner",
    "LogicalType",
    "MissingExtra",
    "OutputError",
    "Pipeline",
    "PipelineError",
    "QualityError",
    "QualityGatePolicy",
    "RenamePolicy",
    "RunError",
    "RunRequest",
    "StepError",
    "StepRegistry",
    "TraktError",
    "apply_dedupe_policy",
    "apply_join_policy",
    "apply_rename_policy",
    "artifact",
    "const",
    "evaluate_quality_gates",
    "load_pipeline_from_yaml",
    "ref",
    "step",
    "step_contract",
    "workflow",
]

_NAMES_OF = {
    "trakt.engine.load": ("load_pipeline_from_yaml",),
    "trakt.engine.request": ("RunRequest",),
    "trakt.errors": (
        "BusyError",
        "DeadlineError",
        "InputError",
        "LimitError",
        "MissingExtra",
        "OutputError",
        "PipelineError",
        "QualityError",
        "RunError",
        "StepError",
        "TraktError",
    ),
    "trakt.pipeline.context": ("Context",),
    "trakt.pipeline.contract": ("step_contract",),
    "trakt.pipeline.dsl": ("artifact", "const", "ref", "step", "workflow"),
    "trakt.pipeline.model": ("Pipeline",),
    "trakt.pipeline.uses": ("StepRegistry",),
    "trakt.runtime.local_runner": ("LocalRunner",),
    "trakt.schema": ("LogicalType",),
    "trakt.steps.dedupe": ("DedupePolicy", "apply_dedupe_policy"),
    "trakt.steps.join": ("apply_join_policy",),
    "trakt.steps.join_policy": ("JoinPolicy",),
    "trakt.steps.quality_gate": ("evaluate_quality_gates",),
    "trakt.steps.quality_policy": ("QualityGatePolicy",),
    "trakt.steps.rename": ("RenamePolicy", "apply_rename_policy"),
}
_HOME_OF = {name: module for module, names in _NAMES_OF.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load the module a name lives in, the first time somebody asks for the name (PEP 562)."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'trakt' has no attribute '{name}'")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
