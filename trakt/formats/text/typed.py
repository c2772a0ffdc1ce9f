"""Blocks of text as typed tables; what is not as it must be is noted, and its row left out where it is set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trakt.formats.text.bad_rows import MISFIT, STRANGER, Finding, Findings
from trakt.formats.text.table import Mask, TextTable
from trakt.pipeline.fields import shown
from trakt.schema import ANY, LogicalType, Rule
from trakt.schema.infer import ColumnType, is_exactly
from trakt.schema.parse import ARROW_TYPES, WANTED, TextRules, parse_text
from trakt.schema.rules import MISSING, Breach, breaches

_RULE_HINT = "mend the value, or change the rule of its column"
_MISFIT_HINT = "mend the value, or declare the column string"
_MISFIT_HINTS = {
    LogicalType.FLOAT: f"{_MISFIT_HINT}; for 1,5 set `decimal: ','`",
    LogicalType.DECIMAL: f"{_MISFIT_HINT}; for 1,5 set `decimal: ','`",
    LogicalType.DATE: f"{_MISFIT_HINT}; for 05.02.2026 set `date_format: '%d.%m.%Y'`",
    LogicalType.TIMESTAMP: f"{_MISFIT_HINT}; for another spelling set `date_format`",
}


@dataclass(frozen=True, slots=True)
class Demands:
    """What an author demands of the values of an input.

    Attributes:
        declared: the types of some columns.
        rules: what some columns demand beyond that.
        text: how the source spells values.
        aside: rows that hold something else are left out; else they are faults.
        held: columns whose values must be what inference could have taken for their type.
        discards: a value that is not of its type becomes a missing one.
    """

    declared: Mapping[str, LogicalType]
    rules: Mapping[str, Rule]
    text: TextRules
    aside: bool
    held: Collection[str] = ()
    discards: bool = False

    @property
    def judged(self) -> dict[str, LogicalType]:
        """The columns that can be judged before all types are known; a rule without a type judges texts."""
        return {**dict.fromkeys(self.rules, LogicalType.STRING), **self.declared}


@dataclass(frozen=True, slots=True)
class Typed:
    """Makes tables of these columns."""

    columns: Mapping[str, ColumnType]
    demands: Demands

    def fitting(self, text: TextTable, found: Findings) -> TextTable:
        """The rows that decide the types of undeclared columns: those that will be rows in the end."""
        if not self.demands.aside or not self.columns:
            return text
        bad = self._values(text, found)[1]
        return text if bad is None else text.only(~bad)

    def table(self, text: TextTable, found: Findings) -> pa.Table:
        """A block of text as values; what does not fit is noted, and where it is set aside, its row left out."""
        arrays, bad = self._values(text, found)
        types = [ARROW_TYPES[column.kind] for column in self.columns.values()]
        table = pa.table([array.cast(kind) for array, kind in zip(arrays, types, strict=True)], list(self.columns))
        return table.filter(pa.array(~bad)) if self.demands.aside and bad is not None else table

    def strange(self, text: TextTable, found: Findings) -> pa.Table:
        """No row at all: each is one of a file that has columns which it must not have."""
        others = [shown(name) for name in text.names if name not in self.columns]
        told = "the file has columns that are not in the contract"
        records = text.records()
        for row in range(text.rows):
            what = f"{told}: {', '.join(others)}"
            found.add(Finding(records.record(row), STRANGER, what, "ask its sender, or let it evolve", None, told))
        return self.table(TextTable.empty(tuple(self.columns)), found)

    def _values(self, text: TextTable, found: Findings) -> tuple[list[Any], Mask | None]:
        """The values of each column, and which rows hold one that is not as it must be; None where all are."""
        arrays, has = [], set(text.names)
        absent: dict[LogicalType, Any] = {}
        flaws: list[tuple[str, Breach]] = []
        for name, column in self.columns.items():
            if name not in has:
                arrays.append(absent.setdefault(column.kind, pa.nulls(text.rows, ARROW_TYPES[column.kind])))
                if text.rows and not self.demands.rules.get(name, ANY).nullable:
                    flaws.append((name, Breach(pa.array(np.ones(text.rows, bool)), MISSING, "has no value")))
                continue
            values, bad = self._parsed(name, text, found)
            arrays.append(values)
            flaws += [(name, breach) for breach in self._breaches(name, text.column(name), values, bad)]
        return arrays, self._noted(flaws, text, found) if flaws else None

    def _parsed(self, name: str, text: TextTable, found: Findings) -> tuple[pa.Array, pa.Array]:
        """The values of a column, and which texts are not of its type."""
        demands, kind, texts = self.demands, self.columns[name].kind, text.column(name)
        values, bad = parse_text(texts, kind, demands.text)
        if name in demands.held:
            bad = pc.or_(bad, pc.invert(is_exactly(texts, kind, demands.text)))
            if name in text.words and kind is not LogicalType.STRING:
                bad = pc.or_(bad, pa.array(text.words[name]))
        if demands.discards and bad.true_count and name in demands.declared:
            found.discarded[name] += bad.true_count
            return pc.if_else(bad, pa.scalar(None, values.type), values), pa.repeat(pa.scalar(False), len(bad))
        return values, bad

    def _breaches(self, name: str, texts: Any, values: pa.Array, bad: pa.Array) -> Iterator[Breach]:
        """Where a column holds what does not fit its type, or breaks its rule."""
        kind = self.columns[name].kind
        if bad.true_count:
            yield Breach(bad, MISFIT, f"not {WANTED[kind]}")
        if rule := self.demands.rules.get(name):
            judged = self.demands.declared.get(name, LogicalType.STRING)
            parsed = values if judged is kind else texts.combine_chunks()
            yield from (breach for breach in breaches(rule, texts, parsed, judged) if breach.rows.true_count)

    def _noted(self, flaws: Sequence[tuple[str, Breach]], text: TextTable, found: Findings) -> Mask:
        """Note what is wrong with the values of a block; returns which rows it is wrong with."""
        noted: Mask = np.zeros(text.rows, bool)
        # a type that was inferred over the rows that stay is no reason for one to go
        for inferred in (False, True):
            for name, breach in flaws:
                if (breach.reason == MISFIT and name not in self.demands.declared) is inferred:
                    rows = breach.rows.to_numpy(zero_copy_only=False)
                    self._note(found, text, name, replace(breach, rows=rows & ~noted if inferred else rows))
                    noted |= rows
        return noted

    def _note(self, found: Findings, text: TextTable, name: str, breach: Breach) -> None:
        rows = np.flatnonzero(breach.rows)
        hint = _RULE_HINT
        if breach.reason == MISFIT:
            hint = _MISFIT_HINTS.get(self.columns[name].kind, _MISFIT_HINT)
        listed, records = rows[: found.room], text.records()
        for row in listed:
            value = None if name not in text.names else text.column(name)[row].as_py()
            told = breach.told(name, shown(value))
            found.add(Finding(records.record(int(row)), breach.reason, told, hint, name, breach.told(name)))
        found.count += len(rows) - len(listed)
