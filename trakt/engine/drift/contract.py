"""What an input may change of itself, by its `schema_contract`.

The contract's columns and types are those of the declared schema, or else those of the last committed run. Where there
is neither, everything is new and nothing can break it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from trakt.engine.profile import Profile
from trakt.errors import Fault
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema

_HINT = (
    "ask its sender; if that is how it comes from now on, declare it in `schema`, or let one run pass with "
    "`schema_contract: evolve`"
)


@dataclass(frozen=True, slots=True)
class _Terms:
    """The columns of the contract, and the types of those that have one."""

    columns: tuple[str, ...]
    types: Mapping[str, str]


def held_to_contract(wanted: Input, before: Profile | None) -> Input:
    """The input as it is to be read under its contract; `before` is what it was like in the last committed run."""
    terms = _terms(wanted, before)
    if terms is None:
        return wanted
    schema = wanted.schema or Schema()
    contract = wanted.schema_contract
    if contract.columns in ("discard", "quarantine"):
        aside = contract.columns == "quarantine"
        schema = replace(schema, only=frozenset(terms.columns), strangers_aside=aside)
    if contract.types in ("discard", "quarantine"):
        held = {name: LogicalType(kind) for name, kind in terms.types.items() if name not in (schema.types or {})}
        schema = replace(schema, held=held, discards=contract.types == "discard")
    if contract.types == "freeze":
        # a batch of whole amounts has kept to the contract, and may not tighten it for the next one
        floats = frozenset(name for name, kind in terms.types.items() if kind == LogicalType.FLOAT)
        schema = replace(schema, floats=floats)
    return wanted if schema == Schema() else replace(wanted, schema=schema)


def contract_faults(wanted: Input, before: Profile | None, after: Profile) -> Iterator[Fault]:
    """Every change that the contract forbids."""
    terms, contract, place = _terms(wanted, before), wanted.schema_contract, f"input '{wanted.name}'"
    if terms is None:
        return
    found = list(after.types)
    if contract.columns == "freeze":
        for position, name in enumerate(terms.columns, 1):
            if name not in after.types:
                told = f"column {position} of its contract is gone"
                yield Fault(f"column '{name}' of its contract is gone", place, _HINT, told)
        for position, name in enumerate(found, 1):
            if name not in terms.columns:
                told = f"column {position} is not in its contract"
                yield Fault(f"column '{name}' is not in its contract", place, _HINT, told)
    if contract.types == "freeze":
        for position, name in enumerate(found, 1):
            kind, was = after.types[name], terms.types.get(name)
            if was not in (None, kind) and name not in after.blank:
                what = f"is {kind}, and {was} in its contract"
                yield Fault(f"column '{name}' {what}", place, _HINT, f"column {position} {what}")


def _terms(wanted: Input, before: Profile | None) -> _Terms | None:
    if wanted.schema_contract.lets_all_pass:
        return None
    if wanted.schema is not None:
        kinds = {name: str(kind) for name, kind in (wanted.schema.types or {}).items()}
        return _Terms(wanted.schema.demanded, kinds)
    if before is None:
        return None
    kinds = {name: kind for name, kind in before.types.items() if name not in before.blank}
    return _Terms(tuple(before.types), kinds)
