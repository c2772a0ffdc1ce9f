"""Parquet files as frames: columns and types from the footers of all of them, then the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import pandas as pd
import pyarrow as pa

from trakt.errors import Fault, InputError, did_you_mean
from trakt.formats import FileFacts, SourceFile
from trakt.formats.parquet.columns import Stored, held_in, is_bytes, joined, kind_of, known_zone
from trakt.formats.parquet.combine import combined_columns, require_same_kinds
from trakt.formats.parquet.demands import Demands
from trakt.formats.parquet.file import ParquetFile
from trakt.formats.parquet.options import ReadOptions
from trakt.formats.parquet.rows import Rows, Settled
from trakt.pipeline.fields import shown
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema
from trakt.schema.infer import ColumnType


class ParquetReader:
    """See `trakt.formats.TableReader`. No row is looked at before the first chunk is asked for."""

    def __init__(self, wanted: Input, options: ReadOptions, files: Sequence[SourceFile]) -> None:
        self._files = [ParquetFile(file, options.columns) for file in files]
        schema = wanted.schema or Schema()
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        only = schema.only if schema.strangers_aside else None
        self._strangers = frozenset(
            file.uri for file in self._files if only is not None and not only.issuperset(file.columns)
        )
        others = [file for file in self._files if file.uri not in self._strangers] or self._files
        _require_known(wanted, options.columns, tuple(dict.fromkeys(name for file in others for name in file.offered)))
        found = combined_columns(wanted, others)
        _require_known(wanted, schema.demanded, found)
        names = self._taken(wanted, found)
        for file in self._files:
            if tuple(file.columns) != tuple(names):
                file.facts.details = {**(file.facts.details or {}), "columns": list(file.columns)}
        self.settled = Settled(_demands(wanted, schema, names, others), self._strangers)
        columns = self.settled.demands.columns
        self.types: Mapping[str, LogicalType] = {name: column.kind for name, column in columns.items()}
        self.blank = frozenset(name for name, column in columns.items() if column.empty)
        self._rows = Rows(self._files, self.settled)

    @property
    def files(self) -> Sequence[FileFacts]:
        """See `trakt.formats.TableReader.files`."""
        return [file.facts for file in self._files]

    @property
    def nulls(self) -> Mapping[str, int]:
        """See `trakt.formats.TableReader.nulls`."""
        return self._rows.nulls

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        return self._rows.chunks(rows)

    def _taken(self, wanted: Input, columns: Sequence[str]) -> Sequence[str]:
        """The columns without those that are left out by contract."""
        only = wanted.schema.only if wanted.schema else None
        if only is None or not (discarded := [name for name in columns if name not in only]):
            return columns
        place = f"input '{wanted.name}'"
        if len(discarded) == len(columns):
            told, hint = "not one of its columns is in its contract", f"its columns: {', '.join(columns)}"
            raise InputError(told, where=place, hint=hint, unquoted=Fault(told, place, "look at its schema"))
        if not self._strangers:
            told = f"{place}: not in its contract, and left out: {', '.join(discarded)}"
            attributes = {"message": told, "input": wanted.name, "columns": discarded}
            self.notes.append(("warning.discarded_columns", attributes))
        return [name for name in columns if name in only]


def _demands(wanted: Input, schema: Schema, names: Sequence[str], files: Sequence[ParquetFile]) -> Demands:
    declared = dict(schema.types or {})
    held = {name: kind for name, kind in (schema.held or {}).items() if name in names and name not in declared}
    declared |= held
    _require_types(names, declared, files)
    if wanted.combine_strategy == "validate_schema":
        require_same_kinds(names, files)
    columns, arrow = {}, {}
    for name in names:
        stored = [file.columns.get(name) for file in files]
        columns[name], arrow[name] = _decided(stored, declared.get(name), floats=name in schema.floats)
        if schema.discards:
            columns[name] = ColumnType(columns[name].kind, empty=columns[name].empty)
    return Demands(columns, arrow, declared, frozenset(held), schema.rules or {}, schema.discards)


def _decided(
    stored: Sequence[Stored | None], declared: LogicalType | None, *, floats: bool
) -> tuple[ColumnType, pa.DataType]:
    """The type of a column over all files, None for each that lacks it, and what Arrow holds it in."""
    known = [each for each in stored if each and not each.empty]
    kinds = [each.kind or LogicalType.STRING for each in known]
    if declared:
        held = reduce(joined, [held_in(declared, each.arrow) for each in known] or [held_in(declared, pa.null())])
        # text that is read as another type may turn out to be no value
        return ColumnType(declared), held if kind_of(held) == kind_of(held_in(declared, pa.null())) else pa.string()
    if not known:
        return ColumnType(LogicalType.STRING, empty=True), pa.string()
    arrow = reduce(joined, [held_in(kind, each.arrow) for kind, each in zip(kinds, known, strict=True)])
    kind = kinds[0] if all(each is kinds[0] for each in kinds) else kind_of(arrow) or LogicalType.STRING
    if set(kinds) == {LogicalType.INT, LogicalType.DECIMAL}:
        kind, arrow = LogicalType.DECIMAL, pa.string()
    if kind is LogicalType.TIMESTAMP and pa.types.is_string(arrow):
        # some with a zone and some without: as text, no hour moves
        kind = LogicalType.STRING
    if floats and kind is LogicalType.INT:
        kind, arrow = LogicalType.FLOAT, pa.float64()
    blanks = len(known) < len(stored) or any(each.blanks for each in known)
    return ColumnType(kind, blanks), arrow


def _require_known(wanted: Input, named: Sequence[str], columns: Sequence[str]) -> None:
    place = f"input '{wanted.name}'"
    if missing := [name for name in dict.fromkeys(named) if name not in columns]:
        have = f"its columns: {', '.join(columns)}"
        whats = {name: f"the declared column '{name}' is not there" for name in missing}
        raise InputError.of(
            Fault(what, place, did_you_mean(name, columns) or have, Fault(what, place, "look at its schema"))
            for name, what in whats.items()
        )


def _require_types(names: Sequence[str], declared: Mapping[str, LogicalType], files: Sequence[ParquetFile]) -> None:
    """Refuse columns whose values no table of ours can hold."""
    faults = []
    for file in files:
        for position, (name, stored) in enumerate(file.columns.items(), 1):
            if name in names and (problem := _problem(name, stored, declared)):
                what, hint = problem
                unquoted = Fault(f"column {position} {what}", file.uri, "leave it out, or declare it")
                faults.append(Fault(f"column '{name}' {what}", file.uri, hint, unquoted))
    if faults:
        raise InputError.of(faults)


def _problem(name: str, stored: Stored, declared: Mapping[str, LogicalType]) -> tuple[str, str] | None:
    """What is wrong with the type of a column, and what to do; or None."""
    leave_out = "leave it out (`metadata: {columns: [...]}` names those to read)"
    if not known_zone(stored.arrow):
        return f"has the zone {shown(stored.arrow.tz)}, which is unknown here", f"install tzdata, or {leave_out}"
    if stored.kind is not None or (is_bytes(stored.arrow) and name in declared):
        return None
    what = f"holds {stored.arrow}, for which there is no type"
    if is_bytes(stored.arrow):
        return what, f"if it is text, declare it: `schema: {{{name}: string}}`; else leave it out with `columns`"
    return what, f"{leave_out}, or flatten it where it is made"
