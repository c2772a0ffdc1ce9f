"""Files of delimited text as frames: heads first, then types over all of them, then the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from trakt.errors import Fault, InputError, did_you_mean
from trakt.formats import FileFacts, SourceFile
from trakt.formats.csv.combine import combined_columns, require_same_types
from trakt.formats.csv.file import CsvFile
from trakt.formats.csv.options import ReadOptions
from trakt.formats.csv.rows import Rows, Settled
from trakt.formats.csv.survey import Survey
from trakt.formats.csv.typed import Demands, Typed
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema
from trakt.schema.infer import ColumnType, Inference
from trakt.schema.parse import TextRules

Surveying = Callable[[Survey, Sequence[CsvFile]], Iterable[Inference]]
"""Looks at files for the types they would have alone, in their order."""


def one_by_one(survey: Survey, files: Sequence[CsvFile]) -> Iterator[Inference]:
    """The way to survey files in this process."""
    return (survey.of(file) for file in files)


class CsvReader:
    """See `trakt.formats.TableReader`. Types are decided here, over all files, before the first chunk."""

    def __init__(
        self, wanted: Input, options: ReadOptions, files: Sequence[SourceFile], surveying: Surveying = one_by_one
    ) -> None:
        self._options = options
        self._surveying = surveying
        self._files = [CsvFile(file, options) for file in files]
        schema = wanted.schema or Schema()
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        self._strangers = self._found_strange(schema)
        # the columns of those that are taken, if there are any
        others = [file for file in self._files if file.uri not in self._strangers] or self._files
        columns = self._taken(wanted, combined_columns(wanted, others))
        for file in self._files:
            if wanted.combine_strategy == "union_by_name" or tuple(columns) != file.columns:
                file.facts.details = {**(file.facts.details or {}), "columns": list(file.columns)}
        declared = {**options.declared_types, **(schema.types or {})}
        _require(wanted.schema, declared, columns, wanted.name)
        held = {name: kind for name, kind in (schema.held or {}).items() if name in columns and name not in declared}
        declared |= held
        self._demands = Demands(
            declared,
            schema.rules or {},
            TextRules(options.decimal, options.date_format),
            aside=any(file.set_aside for file in files),
            held=frozenset(held),
            discards=schema.discards,
        )
        self._columns = self._decide(wanted, columns, declared)
        self.types: Mapping[str, LogicalType] = {name: column.kind for name, column in self._columns.items()}
        self.blank = frozenset(name for name, column in self._columns.items() if column.empty)
        self.settled = Settled(self._columns, self._demands, self._strangers)
        self._rows = Rows(self._files, self.settled)
        blank = [name for name in self._columns if name in self.blank]
        if blank and any(file.facts.rows for file in self._files):
            told = f"input '{wanted.name}': no value in {', '.join(blank)}; declare a type if a step needs one"
            self.notes.append(("warning.blank_columns", {"message": told, "input": wanted.name, "columns": blank}))

    @property
    def files(self) -> Sequence[FileFacts]:
        """See `trakt.formats.TableReader.files`."""
        return [file.facts for file in self._files]

    @property
    def nulls(self) -> Mapping[str, int]:
        """See `trakt.formats.TableReader.nulls`."""
        return self._rows.nulls

    def _decide(
        self, wanted: Input, columns: Sequence[str], declared: Mapping[str, LogicalType]
    ) -> dict[str, ColumnType]:
        if self._options.types == "text":
            return {name: ColumnType(declared.get(name, LogicalType.STRING)) for name in columns}
        undeclared = [name for name in columns if name not in declared]
        try:
            inferred = self._infer(wanted, undeclared) if undeclared else {}
        except InputError:
            self._raise_with_misfits(declared)
            raise
        floats = wanted.schema.floats if wanted.schema else ()
        for name in [name for name in floats if name in inferred]:
            if inferred[name].kind is LogicalType.INT and not inferred[name].wide:
                inferred[name] = replace(inferred[name], kind=LogicalType.FLOAT)
        return {name: inferred.get(name) or ColumnType(declared[name]) for name in columns}

    def _found_strange(self, schema: Schema) -> frozenset[str]:
        """The files whose rows are all set aside."""
        only = schema.only
        if only is None or not schema.strangers_aside:
            return frozenset()
        return frozenset(file.uri for file in self._files if not only.issuperset(file.columns))

    def _taken(self, wanted: Input, columns: Sequence[str]) -> Sequence[str]:
        """The columns without those that are left out."""
        only = wanted.schema.only if wanted.schema else None
        if only is None or not (discarded := [name for name in columns if name not in only]):
            return columns
        if len(discarded) == len(columns):
            told = "not one of its columns is in its contract"
            raise InputError(
                told,
                where=f"input '{wanted.name}'",
                hint=f"its columns: {', '.join(columns)}",
                unquoted=Fault(told, f"input '{wanted.name}'", "look at the header"),
            )
        if not self._strangers:
            told = f"input '{wanted.name}': not in its contract, and left out: {', '.join(discarded)}"
            attributes = {"message": told, "input": wanted.name, "columns": discarded}
            self.notes.append(("warning.discarded_columns", attributes))
        return [name for name in columns if name in only]

    def _raise_with_misfits(self, declared: Mapping[str, LogicalType]) -> None:
        """Inference fell over ragged rows: look once more, for values of declared columns that do not fit either."""
        for file in self._files:
            typed = Typed(
                {name: ColumnType(kind) for name, kind in declared.items() if name in file.columns}, self._demands
            )
            for _ in file.tables(typed.table):
                pass

    def _infer(self, wanted: Input, names: Sequence[str]) -> dict[str, ColumnType]:
        """One pass over everything: a type that holds for the first chunk only would be a guess."""
        survey = Survey(tuple(names), self._demands, as_pandas=self._options.types == "pandas")
        files = [file for file in self._files if file.uri not in self._strangers]
        over_all = survey.nothing()
        per_file: dict[str, dict[str, ColumnType]] = {}
        for file, alone in zip(files, self._surveying(survey, files), strict=True):
            over_all.add(alone)
            per_file[file.uri] = alone.decide(names)
        if wanted.combine_strategy == "validate_schema":
            require_same_types(per_file)
        return over_all.decide(names)

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        return self._rows.chunks(rows)


def _require(schema: Schema | None, declared: Mapping[str, LogicalType], columns: Sequence[str], name: str) -> None:
    demanded = dict.fromkeys((*(schema.demanded if schema else ()), *declared))
    missing = [column for column in demanded if column not in columns]
    if missing:
        have = f"its columns: {', '.join(columns)}"
        place = f"input '{name}'"
        whats = {column: f"the declared column '{column}' is not there" for column in missing}
        raise InputError.of(
            Fault(what, place, did_you_mean(column, columns) or have, Fault(what, place, "look at the header"))
            for column, what in whats.items()
        )
