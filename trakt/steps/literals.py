"""What may stand under `with` of each ready-made step, as JSON Schema, from the tables that check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from trakt.pipeline.contract import contract_of
from trakt.pipeline.fields import Field
from trakt.pipeline.json_schema import JsonSchema, any_of, mapping_of, value_of
from trakt.pipeline.offered import GROUP
from trakt.steps import (
    cast,
    dedupe,
    dedupe_policy,
    filter,
    join,
    join_policy,
    quality_gate,
    quality_policy,
    rename,
    select,
)


@dataclass(frozen=True, slots=True)
class _Ready:
    """One step: the table of its `policy`, or of the literals it takes one by one."""

    module: ModuleType
    policy: Sequence[Field] = ()
    literals: Sequence[Field] = ()


_STEPS = (
    _Ready(quality_gate, policy=quality_policy.FIELDS),
    _Ready(join, policy=join_policy.FIELDS),
    _Ready(dedupe, policy=dedupe_policy.FIELDS),
    _Ready(rename, policy=rename.FIELDS),
    _Ready(select, literals=select.FIELDS),
    _Ready(cast, literals=cast.FIELDS),
    _Ready(filter, literals=filter.FIELDS),
)


def literals_of_steps() -> dict[str, JsonSchema]:
    """The schema of `with` by what `uses` says."""
    return {f"{GROUP}.{each.module.__name__.rpartition('.')[2]}": _with(each) for each in _STEPS}


def _with(step: _Ready) -> JsonSchema:
    contract = contract_of(step.module.run, ())
    known = {entry.name: _literal(value_of(entry)) for entry in step.literals}
    if step.policy:
        known["policy"] = _literal(mapping_of(step.policy))
    artifact: Mapping[str, Any] = {"type": ["string", "array", "object"], "description": "an artifact"}
    keys = {name: known.get(name, {}) for name in contract.inputs} | dict.fromkeys(contract.outputs, artifact)
    required = [*contract.inputs, *contract.outputs]
    return {"type": "object", "properties": keys, "additionalProperties": False, "required": required}


def _literal(value: JsonSchema) -> JsonSchema:
    """A literal stands under `const`; bare text is an artifact, and what else there may be is not looked at."""
    constant = {"type": "object", "properties": {"const": value}, "required": ["const"], "maxProperties": 1}
    several = {"type": "object", "not": {"required": ["const"], "maxProperties": 1}}
    return any_of({"type": "string"}, {"type": "array"}, constant, several)
