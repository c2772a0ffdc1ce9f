"""Files of delimited text as frames: heads first, then types over all of them, then the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from trakt.errors import Fault, InputError, did_you_mean
from trakt.formats import FileFacts, SourceFile
from trakt.formats.csv.bad_rows import MISFIT, Finding, Findings
from trakt.formats.csv.combine import combined_columns, require_same_types
from trakt.formats.csv.file import CsvFile
from trakt.formats.csv.line_ends import Positions
from trakt.formats.csv.options import ReadOptions
from trakt.formats.csv.split import TextTable
from trakt.pipeline.fields import shown
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema
from trakt.schema.frames import to_frame
from trakt.schema.infer import ColumnType, Inference, PandasInference
from trakt.schema.parse import ARROW_TYPES, WANTED, TextRules, parse_text

Mask = npt.NDArray[np.bool_]

_MISFIT_HINT = "mend the value, or declare the column string"
_MISFIT_HINTS = {
    LogicalType.FLOAT: f"{_MISFIT_HINT}; for 1,5 set `decimal: ','`",
    LogicalType.DECIMAL: f"{_MISFIT_HINT}; for 1,5 set `decimal: ','`",
    LogicalType.DATE: f"{_MISFIT_HINT}; for 05.02.2026 set `date_format: '%d.%m.%Y'`",
    LogicalType.TIMESTAMP: f"{_MISFIT_HINT}; for another spelling set `date_format`",
}


class CsvReader:
    """See `trakt.formats.TableReader`. Types are decided here, over all files, before the first chunk."""

    def __init__(self, wanted: Input, options: ReadOptions, files: Sequence[SourceFile]) -> None:
        self._options = options
        self._rules = TextRules(options.decimal, options.date_format)
        self._files = [CsvFile(file, options) for file in files]
        self._aside = any(file.set_aside for file in files)
        columns = combined_columns(wanted, self._files)
        if wanted.combine_strategy == "union_by_name":
            for file in self._files:
                file.facts.details = {**(file.facts.details or {}), "columns": list(file.columns)}
        declared = {**options.declared_types, **((wanted.schema or Schema()).types or {})}
        _require(wanted.schema, declared, columns, wanted.name)
        self._columns = self._decide(wanted, columns, declared)
        self.types: Mapping[str, LogicalType] = {name: column.kind for name, column in self._columns.items()}
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        blank = [name for name, column in self._columns.items() if column.empty]
        if blank and any(file.facts.rows for file in self._files):
            told = f"input '{wanted.name}': no value in {', '.join(blank)}; declare a type if a step needs one"
            self.notes.append(("warning.blank_columns", {"message": told, "input": wanted.name, "columns": blank}))

    @property
    def files(self) -> Sequence[FileFacts]:
        """See `trakt.formats.TableReader.files`."""
        return [file.facts for file in self._files]

    def _decide(
        self, wanted: Input, columns: Sequence[str], declared: Mapping[str, LogicalType]
    ) -> dict[str, ColumnType]:
        if self._options.types == "text":
            return {name: ColumnType(declared.get(name, LogicalType.STRING)) for name in columns}
        undeclared = [name for name in columns if name not in declared]
        self._columns = {name: ColumnType(kind) for name, kind in declared.items()}
        try:
            inferred = self._infer(wanted, undeclared) if undeclared else {}
        except InputError:
            self._raise_with_misfits(declared)
            raise
        return {name: inferred.get(name) or ColumnType(declared[name]) for name in columns}

    def _raise_with_misfits(self, declared: Mapping[str, LogicalType]) -> None:
        """Inference fell over ragged rows: look once more, for values of declared columns that do not fit either."""
        for file in self._files:
            self._columns = {name: ColumnType(kind) for name, kind in declared.items() if name in file.columns}
            for _ in file.tables(self._typed):
                pass

    def _infer(self, wanted: Input, names: Sequence[str]) -> dict[str, ColumnType]:
        """One pass over everything: a type that holds for the first chunk only would be a guess."""
        make = PandasInference if self._options.types == "pandas" else Inference
        over_all = make(self._rules)
        per_file: dict[str, dict[str, ColumnType]] = {}
        for file in self._files:
            has = set(file.columns)
            alone = make(self._rules)
            for text, _ in file.tables(self._fitting):
                observed = {name: text.column(name) for name in names if name in has}
                over_all.observe(observed)
                if wanted.combine_strategy == "validate_schema":
                    alone.observe(observed)
            over_all.lacks(name for name in names if name not in has)
            per_file[file.uri] = alone.decide(names)
        if wanted.combine_strategy == "validate_schema":
            require_same_types(per_file)
        return over_all.decide(names)

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        first_row = 0
        for table in _regrouped(self._typed_tables(), rows):
            yield to_frame(table, self._columns, first_row)
            first_row += table.num_rows

    def _typed_tables(self) -> Iterator[pa.Table]:
        yield self._typed(TextTable.empty(tuple(self._columns)), Findings(aside=False))
        for file in self._files:
            for table, faultless in file.tables(self._typed, final=True):
                if faultless:
                    yield table

    def _fitting(self, text: TextTable, found: Findings) -> TextTable:
        """The rows that decide the types of undeclared columns: those that will be rows in the end."""
        if not self._aside or not self._columns:
            return text
        bad = self._values(text, found)[1]
        return text if bad is None else text.only(~bad)

    def _typed(self, text: TextTable, found: Findings) -> pa.Table:
        """A block of text as values; what does not fit is noted, and where it is set aside, its row left out."""
        arrays, bad = self._values(text, found)
        types = [ARROW_TYPES[column.kind] for column in self._columns.values()]
        table = pa.table([array.cast(kind) for array, kind in zip(arrays, types, strict=True)], list(self._columns))
        return table.filter(pa.array(~bad)) if self._aside and bad is not None else table

    def _values(self, text: TextTable, found: Findings) -> tuple[list[Any], Mask | None]:
        """The values of each column, and which rows hold one that does not fit; None where all do."""
        arrays, has = [], set(text.names)
        absent: dict[LogicalType, Any] = {}
        misfits: Mask | None = None
        for name, column in self._columns.items():
            if name not in has:
                nothing = absent.setdefault(column.kind, pa.nulls(text.rows, ARROW_TYPES[column.kind]))
                arrays.append(nothing)
                continue
            values, bad = parse_text(text.column(name), column.kind, self._rules)
            arrays.append(values)
            if bad.true_count:
                rows = bad.to_numpy(zero_copy_only=False)
                misfits = rows if misfits is None else misfits | rows
                self._note_misfits(found, text, name, np.flatnonzero(rows))
        return arrays, misfits

    def _note_misfits(self, found: Findings, text: TextTable, name: str, rows: Positions) -> None:
        kind = self._columns[name].kind
        hint = _MISFIT_HINTS.get(kind, _MISFIT_HINT)
        told = f"column '{name}' holds what is not {WANTED[kind]}"
        listed, records = rows[: found.room], text.records()
        for row in listed:
            what = f"column '{name}' holds {shown(text.column(name)[row].as_py())}, not {WANTED[kind]}"
            found.add(Finding(records.record(int(row)), MISFIT, what, hint, name, told))
        found.count += len(rows) - len(listed)


def _regrouped(tables: Iterator[pa.Table], rows: int | None) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `rows` (the last may be shorter; None: one table); at least one."""
    first = next(tables)
    held, count, given = [first], first.num_rows, False
    for table in tables:
        held.append(table)
        count += table.num_rows
        if rows is None or count < rows:
            continue
        whole = pa.concat_tables(held).combine_chunks()
        for start in range(0, count - count % rows, rows):
            given = True
            yield whole.slice(start, rows)
        held, count = [whole.slice(count - count % rows)], count % rows
    if count or not given:
        yield pa.concat_tables(held).combine_chunks()


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
