"""Tables of keys as JSON Schema (2020-12), for editors: the tables that check a mapping also describe it.

What is made here may let pass what a check refuses, and never the other way round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.pipeline.fields import Field

JsonSchema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    dict: "object",
    list: "array",
    tuple: "array",
    # YAML has dates, JSON has not: an editor sees their text
    dt.date: "string",
}


def mapping_of(table: Sequence[Field], replaced: Mapping[str, JsonSchema] | None = None) -> JsonSchema:
    """A mapping with the keys of `table` and no other.

    Args:
        replaced: schemas of keys whose table says less than is known of them, by name.
    """
    schemas = {entry.name: (replaced or {}).get(entry.name) or value_of(entry) for entry in table}
    keys = {spelling: schemas[entry.name] for entry in table for spelling in (entry.name, *entry.aliases)}
    told: JsonSchema = {"type": "object", "properties": keys, "additionalProperties": False}
    required = [entry.name for entry in table if entry.required and not entry.aliases]
    return {**told, "required": required} if required else told


def value_of(entry: Field) -> JsonSchema:
    """What may stand behind one key."""
    told: JsonSchema = {"description": entry.says} if entry.says and not entry.choices else {}
    if entry.choices:
        told["enum"] = list(entry.choices)
    elif entry.accepts:
        types = list(dict.fromkeys(_TYPES.get(kind) or "object" for kind in entry.accepts))
        told["type"] = types[0] if len(types) == 1 else types
    told |= entry.limits
    if isinstance(entry.default, str | bool | int | float):
        told["default"] = entry.default
    return told


def any_of(*schemas: JsonSchema) -> JsonSchema:
    """What one of these allows."""
    return {"anyOf": list(schemas)}


@dataclass(frozen=True, slots=True)
class MetadataKeys:
    """The keys that a format knows in `metadata`, and the name of the group in which they may stand as well."""

    group: str
    table: Sequence[Field]

    def schema(self, *more: Field) -> JsonSchema:
        """That of the metadata, with some keys more."""
        group = {**mapping_of(self.table), "description": "the same keys, in a group"}
        table = (*self.table, *more, Field(self.group, (dict,)))
        return {**mapping_of(table, {self.group: group}), "type": ["object", "null"]}


NULL: JsonSchema = {"type": "null"}
TEXT: JsonSchema = {"type": "string", "pattern": r"\S"}
