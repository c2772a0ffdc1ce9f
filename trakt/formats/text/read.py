"""Files of text as frames: heads first, then types over all of them, then the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from trakt.errors import Fault, InputError, counted, did_you_mean
from trakt.formats import FileFacts, SourceFile
from trakt.formats.text.combine import combined_columns, require_same_types
from trakt.formats.text.file import TextFile
from trakt.formats.text.layout import Layout
from trakt.formats.text.options import TextOptions
from trakt.formats.text.rows import Rows, Settled
from trakt.formats.text.survey import Found, Survey
from trakt.formats.text.typed import Demands, Typed
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema
from trakt.schema.infer import ColumnType

Surveying = Callable[[Survey, Sequence[TextFile]], Iterable[Found]]
"""Looks at files for the types they would have alone, in their order."""


def one_by_one(survey: Survey, files: Sequence[TextFile]) -> Iterator[Found]:
    """The way to survey files in this process."""
    return (survey.of(file) for file in files)


def text_files(files: Sequence[SourceFile], options: TextOptions, layout: Layout) -> list[TextFile]:
    """The files of an input, their heads read.

    Raises:
        InputError: the head of one is not as it must be.
    """
    return [TextFile(file, options, layout) for file in files]


class TextReader:
    """See `trakt.formats.TableReader`. Types are decided here, over all files, before the first chunk."""

    def __init__(
        self,
        wanted: Input,
        options: TextOptions,
        files: Sequence[TextFile],
        surveying: Surveying = one_by_one,
    ) -> None:
        self._options = options
        self._surveying = surveying
        self._by_name = any(file.by_name for file in files)
        self._files = files
        schema = wanted.schema or Schema()
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        self._strangers = self._found_strange(schema)
        # the columns of those that are taken, if there are any
        others = [file for file in self._files if file.uri not in self._strangers] or self._files
        declared = {**options.declared_types, **(schema.types or {})}
        demanded = tuple(dict.fromkeys((*schema.demanded, *declared)))
        columns = self._taken(wanted, combined_columns(wanted, others, by_name=self._by_name))
        if self._by_name:
            columns = self._with_absent(wanted, columns, demanded)
        for file in self._files:
            if wanted.combine_strategy == "union_by_name" or tuple(columns) != file.columns:
                file.facts.details = {**(file.facts.details or {}), "columns": list(file.columns)}
        _require(demanded, columns, wanted.name)
        held = {name: kind for name, kind in (schema.held or {}).items() if name in columns and name not in declared}
        declared |= held
        self._demands = Demands(
            declared,
            schema.rules or {},
            options.rules,
            aside=any(file.sets_aside for file in files),
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

    def _with_absent(self, wanted: Input, columns: Sequence[str], demanded: Sequence[str]) -> Sequence[str]:
        """With the declared columns that no record names: they are blank, which is told, since one may be misspelt."""
        absent = [name for name in demanded if name not in columns]
        place = f"input '{wanted.name}'"
        if not columns and not absent:
            what = f"no record in {counted(len(self._files), 'file')} names a column, so nothing says which there are"
            remedy = "declare them (`schema: [...]`), or ask the sender for the file again"
            # records that cannot be taken are the better answer
            bad = [fault for file in self._files for fault in file.faults()]
            raise InputError.of(bad or [Fault(what, place, remedy)])
        if absent and columns:
            near = [hint for name in absent if (hint := did_you_mean(name, columns))]
            told = f"{place}: no record names {', '.join(absent)}, declared in its schema"
            attributes = {"message": "; ".join([told, *near]), "input": wanted.name, "columns": absent}
            self.notes.append(("warning.blank_columns", attributes))
        return (*columns, *absent)

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
        survey = Survey(tuple(names), self._demands, as_pandas=self._options.types == "pandas", by_name=self._by_name)
        files = [file for file in self._files if file.uri not in self._strangers]
        over_all = survey.nothing()
        per_file: dict[str, dict[str, ColumnType]] = {}
        for file, alone in zip(files, self._surveying(survey, files), strict=True):
            over_all.add(alone)
            per_file[file.uri] = alone.types.decide(names)
        if wanted.combine_strategy == "validate_schema":
            require_same_types(per_file)
        if mixed := over_all.mixtures.among(names):
            told = f"input '{wanted.name}': texts among other values, all read as text: {', '.join(mixed)}"
            self.notes.append(("warning.mixed_types", {"message": told, "input": wanted.name, "columns": mixed}))
        return over_all.types.decide(names)

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        return self._rows.chunks(rows)


def _require(demanded: Sequence[str], columns: Sequence[str], name: str) -> None:
    missing = [column for column in demanded if column not in columns]
    if missing:
        have = f"its columns: {', '.join(columns)}"
        place = f"input '{name}'"
        whats = {column: f"the declared column '{column}' is not there" for column in missing}
        raise InputError.of(
            Fault(what, place, did_you_mean(column, columns) or have, Fault(what, place, "look at the header"))
            for column, what in whats.items()
        )
