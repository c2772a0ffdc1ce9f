"""How the result of a query is read: text as Athena writes it, with the types that Athena says.

Source: "Work with query results and recent queries", Amazon Athena User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema

_TYPES = {
    "tinyint": LogicalType.INT,
    "smallint": LogicalType.INT,
    "integer": LogicalType.INT,
    "int": LogicalType.INT,
    "bigint": LogicalType.INT,
    "real": LogicalType.FLOAT,
    "float": LogicalType.FLOAT,
    "double": LogicalType.FLOAT,
    "decimal": LogicalType.DECIMAL,
    "boolean": LogicalType.BOOL,
    "date": LogicalType.DATE,
    "timestamp": LogicalType.TIMESTAMP,
}


def type_of(word: str) -> LogicalType:
    """Our type for one of Athena's; what has none (arrays, times with a zone) stays the text that Athena writes."""
    plain = re.sub(r"\(.*?\)", "", word.lower()).strip()
    return _TYPES.get(plain, LogicalType.STRING)


def with_types(wanted: Input, columns: Mapping[str, str]) -> Input:
    """The input with the types of the result; what its author declares goes before that."""
    schema = wanted.schema or Schema()
    found = {name: type_of(word) for name, word in columns.items()}
    return replace(wanted, schema=replace(schema, types={**found, **(schema.types or {})}))


def as_text(wanted: Input) -> Input:
    """The input as one of delimited text, in the dialect of Athena."""
    return replace(wanted, kind="csv", metadata={"delimiter": ",", "encoding": "utf-8"})
