"""Files of delimited text as frames: heads first, then types over all of them, then the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
from trakt.formats.csv.options import ReadOptions
from trakt.formats.csv.split import TextTable
from trakt.pipeline.fields import shown
from trakt.pipeline.model import Input
from trakt.schema import ANY, LogicalType, Schema
from trakt.schema.frames import to_frame
from trakt.schema.infer import ColumnType, Inference, PandasInference
from trakt.schema.parse import ARROW_TYPES, WANTED, TextRules, parse_text
from trakt.schema.rules import MISSING, Breach, breaches

Mask = npt.NDArray[np.bool_]

_RULE_HINT = "mend the value, or change the rule of its column"
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
        self._rules_of = (wanted.schema or Schema()).rules or {}
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        columns = self._taken(wanted, combined_columns(wanted, self._files))
        for file in self._files:
            if wanted.combine_strategy == "union_by_name" or tuple(columns) != file.columns:
                file.facts.details = {**(file.facts.details or {}), "columns": list(file.columns)}
        declared = {**options.declared_types, **((wanted.schema or Schema()).types or {})}
        _require(wanted.schema, declared, columns, wanted.name)
        self._columns = self._decide(wanted, columns, declared)
        self.types: Mapping[str, LogicalType] = {name: column.kind for name, column in self._columns.items()}
        self.blank = frozenset(name for name, column in self._columns.items() if column.empty)
        self.nulls = dict.fromkeys(self._columns, 0)
        blank = [name for name in self._columns if name in self.blank]
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
        self._declared = frozenset(declared)
        # the type of a column that is not declared is not known yet, and its rule judges texts
        self._judged = {**dict.fromkeys(self._rules_of, LogicalType.STRING), **declared}
        if self._options.types == "text":
            return {name: ColumnType(declared.get(name, LogicalType.STRING)) for name in columns}
        undeclared = [name for name in columns if name not in declared]
        self._columns = {name: ColumnType(kind) for name, kind in self._judged.items()}
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
        told = f"input '{wanted.name}': not in its contract, and left out: {', '.join(discarded)}"
        attributes = {"message": told, "input": wanted.name, "columns": discarded}
        self.notes.append(("warning.discarded_columns", attributes))
        return [name for name in columns if name in only]

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
            for name in self.nulls:
                self.nulls[name] += table.column(name).null_count
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
        """The values of each column, and which rows hold one that is not as it must be; None where all are."""
        arrays, has = [], set(text.names)
        absent: dict[LogicalType, Any] = {}
        flaws: list[tuple[str, Breach]] = []
        for name, column in self._columns.items():
            if name not in has:
                arrays.append(absent.setdefault(column.kind, pa.nulls(text.rows, ARROW_TYPES[column.kind])))
                if text.rows and not self._rules_of.get(name, ANY).nullable:
                    flaws.append((name, Breach(pa.array(np.ones(text.rows, bool)), MISSING, "has no value")))
                continue
            values, bad = parse_text(text.column(name), column.kind, self._rules)
            arrays.append(values)
            flaws += [(name, breach) for breach in self._breaches(name, text.column(name), values, bad)]
        return arrays, self._noted(flaws, text, found) if flaws else None

    def _breaches(self, name: str, texts: Any, values: pa.Array, bad: pa.Array) -> Iterator[Breach]:
        """Where a column holds what does not fit its type, or breaks its rule."""
        kind = self._columns[name].kind
        if bad.true_count:
            yield Breach(bad, MISFIT, f"not {WANTED[kind]}")
        if rule := self._rules_of.get(name):
            judged = self._judged[name]
            parsed = values if judged is kind else texts.combine_chunks()
            yield from (breach for breach in breaches(rule, texts, parsed, judged) if breach.rows.true_count)

    def _noted(self, flaws: Sequence[tuple[str, Breach]], text: TextTable, found: Findings) -> Mask:
        """Note what is wrong with the values of a block; returns which rows it is wrong with."""
        noted: Mask = np.zeros(text.rows, bool)
        # a type that was inferred over the rows that stay is no reason for one to go
        for inferred in (False, True):
            for name, breach in flaws:
                if (breach.reason == MISFIT and name not in self._declared) is inferred:
                    rows = breach.rows.to_numpy(zero_copy_only=False)
                    self._note(found, text, name, replace(breach, rows=rows & ~noted if inferred else rows))
                    noted |= rows
        return noted

    def _note(self, found: Findings, text: TextTable, name: str, breach: Breach) -> None:
        rows = np.flatnonzero(breach.rows)
        hint = _RULE_HINT
        if breach.reason == MISFIT:
            hint = _MISFIT_HINTS.get(self._columns[name].kind, _MISFIT_HINT)
        listed, records = rows[: found.room], text.records()
        for row in listed:
            value = None if name not in text.names else text.column(name)[row].as_py()
            told = breach.told(name, shown(value))
            found.add(Finding(records.record(int(row)), breach.reason, told, hint, name, breach.told(name)))
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
