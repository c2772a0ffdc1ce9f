"""What an author lets a client change: `schema_contract: freeze`, or `{columns: discard, types: freeze}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trakt.errors import one_of
from trakt.pipeline.choices import COLUMN_CONTRACTS, TYPE_CONTRACTS
from trakt.pipeline.fields import Field, FieldFault, read_fields, shown
from trakt.pipeline.model import SchemaContract

FIELDS = (
    Field("columns", (str,), "a text", default="evolve", choices=COLUMN_CONTRACTS),
    Field("types", (str,), "a text", default="evolve", choices=TYPE_CONTRACTS),
)
_HINTS = {
    "discard": "only columns can be discarded: {columns: discard}",
    "quarantine": "declare the types in `schema`, and set `on_bad_rows: quarantine`",
}


def read_contract(value: Any) -> tuple[SchemaContract, list[FieldFault]]:
    """The contract that `value` says, and everything that is wrong with it; null lets everything change."""
    if value is None or isinstance(value, SchemaContract):
        return value or SchemaContract(), []
    if isinstance(value, Mapping):
        values, faults = read_fields(value, FIELDS, of="schema_contract")
        return SchemaContract(**values), faults
    if isinstance(value, str) and value in TYPE_CONTRACTS:
        return SchemaContract(columns=value, types=value), []  # type: ignore[arg-type]  # checked in this line
    what = (
        f"'schema_contract' must be {one_of(TYPE_CONTRACTS)}, or a mapping of 'columns' and 'types', not {shown(value)}"
    )
    return SchemaContract(), [FieldFault((), what, _HINTS.get(value) if isinstance(value, str) else None)]
