"""What an author may set for a table, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trakt.errors import did_you_mean, one_of
from trakt.formats.parquet import options as parquet
from trakt.formats.table.names import is_kept, kept_name
from trakt.formats.table.types import PLAIN, is_written
from trakt.formats.text.options import read_group
from trakt.pipeline.fields import Field, FieldFault, Problem, shown
from trakt.pipeline.model import EMPTY, Output

_NOTHING = type(None)


@dataclass(frozen=True, slots=True)
class TableOptions:
    """The settings of an output, checked.

    Attributes:
        database, table: what it is called in the catalog.
        columns: column to the catalog's word for its type, where the values alone are not to decide.
        evolve: whether columns that the table has not yet are added to it.
    """

    database: str
    table: str
    description: str | None
    columns: Mapping[str, str]
    evolve: bool
    compression: str
    row_group_rows: int


def _name(key: str) -> Field:
    def check(value: str | None) -> Problem | None:
        if value is None or is_kept(value):
            return None
        return f"{shown(value)} cannot be a {key}: use lower-case letters, digits and _", f"{key}: {kept_name(value)}"

    return Field(key, (str, _NOTHING), "a name", check=check, limits={"pattern": "^[a-z0-9_]{1,255}$"})


def _columns(value: Mapping[Any, Any]) -> Problem | None:
    for name, word in value.items():
        if not isinstance(name, str) or not is_kept(name):
            return f"{shown(name)} cannot be a column: use lower-case letters, digits and _", None
        if not isinstance(word, str) or not is_written(word):
            hint = did_you_mean(str(word), PLAIN) or f"use {one_of([*PLAIN, 'decimal(12,2)'])}"
            return f"{shown(word)} is no type of a column: '{name}'", hint
    return None


WRITE_FIELDS = (
    _name("database"),
    _name("table"),
    Field("description", (str, _NOTHING), "a text"),
    Field("columns", (dict,), "a mapping of column to type", check=_columns, default=EMPTY),
    Field("evolve", (bool,), "true or false", default=True),
    *parquet.WRITE_FIELDS,
)


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_output`."""
    values, faults = read_group(wanted.metadata, "write_options", WRITE_FIELDS, strict)
    wrong = {fault.path[-1] for fault in faults}
    if not values["database"] and "database" not in wrong:
        faults.append(FieldFault(("metadata",), "a table needs its 'database'", "metadata: {database: shop}"))
    if not values["table"] and "table" not in wrong and not is_kept(wanted.name):
        hint = f"metadata: {{table: {kept_name(wanted.name)}}}"
        faults.append(FieldFault(("name",), f"'{wanted.name}' cannot be the name of a table", hint))
    for name in wanted.partition_by:
        if not is_kept(name):
            what = f"'{name}' cannot be a column of a table: use lower-case letters, digits and _"
            hint = f"rename it with trakt.steps.rename: {{'{name}': {kept_name(name)}}}"
            faults.append(FieldFault(("partition_by",), what, hint))
        if name in values["columns"]:
            what = f"'{name}' stands in `partition_by`, whose types follow from their values"
            faults.append(FieldFault(("metadata", "columns", name), what, "remove it"))
    return faults


def table_options(wanted: Output) -> TableOptions:
    """The options of an output that `check_output` found right."""
    values = read_group(wanted.metadata, "write_options", WRITE_FIELDS)[0]
    return TableOptions(**{**values, "table": values["table"] or wanted.name})
