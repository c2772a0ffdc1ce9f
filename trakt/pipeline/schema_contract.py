"""What an author lets a client change: `schema_contract: freeze`, or `{columns: discard, types: freeze}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trakt.errors import did_you_mean, one_of
from trakt.pipeline.choices import SCHEMA_CONTRACTS
from trakt.pipeline.fields import Field, FieldFault, read_fields, shown
from trakt.pipeline.model import SchemaContract

FIELDS = (
    Field("columns", (str,), "a text", default="evolve", choices=SCHEMA_CONTRACTS),
    Field("types", (str,), "a text", default="evolve", choices=SCHEMA_CONTRACTS),
)


def read_contract(value: Any) -> tuple[SchemaContract, list[FieldFault]]:
    """The contract that `value` says, and everything that is wrong with it; null lets everything change."""
    if value is None or isinstance(value, SchemaContract):
        return value or SchemaContract(), []
    if isinstance(value, Mapping):
        values, faults = read_fields(value, FIELDS, of="schema_contract")
        return SchemaContract(**values), faults
    if isinstance(value, str) and value in SCHEMA_CONTRACTS:
        return SchemaContract(columns=value, types=value), []  # type: ignore[arg-type]  # checked in this line
    listed = one_of(SCHEMA_CONTRACTS)
    what = f"'schema_contract' must be {listed}, or a mapping of 'columns' and 'types', not {shown(value)}"
    near = did_you_mean(value, SCHEMA_CONTRACTS) if isinstance(value, str) else None
    return SchemaContract(), [FieldFault((), what, near)]
