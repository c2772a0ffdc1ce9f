"""By what rows of an output are sorted: `sort_by: [country, {column: amount, descending: true}]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trakt.pipeline.fields import Field, FieldFault, read_fields, shown
from trakt.pipeline.json_schema import NULL, JsonSchema, any_of, mapping_of
from trakt.pipeline.model import SortKey

FIELDS = (
    Field("column", (str,), "the name of a column", required=True, limits={"minLength": 1}),
    Field("descending", (bool,), "true or false", default=False),
)
_EXAMPLE = "sort_by: [country, {column: amount, descending: true}]"


def read_sort_keys(value: Any, strict: bool) -> tuple[tuple[SortKey, ...], list[FieldFault]]:
    """The keys that `value` says, the first one first, and everything that is wrong with it; null is no key."""
    if value is None:
        return (), []
    if not isinstance(value, list) or not value:
        return (), [FieldFault((), "'sort_by' must be a list of columns", _EXAMPLE)]
    keys: list[SortKey] = []
    faults: list[FieldFault] = []
    for index, item in enumerate(value):
        entry = {"column": item} if isinstance(item, str) else item
        if not isinstance(entry, Mapping):
            faults.append(FieldFault((index,), f"a sort key must be a column, not {shown(item)}", _EXAMPLE))
            continue
        values, found = read_fields(entry, FIELDS, of="sort_by", strict=strict)
        faults += [fault.under(index) for fault in found]
        column = values["column"]
        if column == "":
            faults.append(FieldFault((index,), "'column' must not be empty"))
        elif column in [key.column for key in keys]:
            faults.append(FieldFault((index,), f"'sort_by' names '{column}' twice", "keep the first one"))
        elif column is not None:
            keys.append(SortKey(column, values["descending"]))
    return tuple(keys), faults


def sort_keys_schema() -> JsonSchema:
    """What an editor is told of it."""
    column: JsonSchema = {"type": "string", "minLength": 1}
    items = any_of(column, mapping_of(FIELDS))
    return any_of(NULL, {"type": "array", "items": items, "minItems": 1, "description": "columns, or sort keys"})
