"""Batches of a Parquet file as values; a row that is not as it must be is left out, and named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trakt.formats import BadRow
from trakt.formats.parquet.values import texts_of, values_of
from trakt.formats.text.bad_rows import MISFIT, STRANGER
from trakt.pipeline.fields import shown
from trakt.schema import ANY, LogicalType, Rule
from trakt.schema.infer import ColumnType, is_exactly
from trakt.schema.parse import WANTED
from trakt.schema.rules import MISSING, Breach, breaches

_RULE_HINT = "mend the value, or change the rule of its column"
_MISFIT_HINT = "mend the value, or declare the column string"


@dataclass(frozen=True, slots=True)
class Demands:
    """What is wanted of each batch.

    Attributes:
        columns: of the whole input, in order; `held` what Arrow holds them in.
        declared: the types that somebody has declared; `contract` those that only an earlier run has.
        rules: what some columns demand beyond their type.
        discards: a value that is not of its declared type becomes a missing one.
    """

    columns: Mapping[str, ColumnType]
    held: Mapping[str, pa.DataType]
    declared: Mapping[str, LogicalType]
    contract: Collection[str]
    rules: Mapping[str, Rule]
    discards: bool


@dataclass
class Judged:
    """A batch: the values of its good rows, and its bad rows in the order of the file."""

    table: pa.Table
    bad: list[BadRow] = field(default_factory=list)
    discarded: Counter[str] = field(default_factory=Counter)


def judged(batch: pa.RecordBatch, first_row: int, demands: Demands) -> Judged:
    """A batch whose first row is the `first_row`th of its file, counted from 1."""
    names, discarded, flaws = set(batch.schema.names), Counter[str](), list[tuple[str, Breach]]()
    arrays = []
    for name, column in demands.columns.items():
        if name not in names:
            arrays.append(pa.nulls(batch.num_rows, demands.held[name]))
            if batch.num_rows and not demands.rules.get(name, ANY).nullable:
                flaws.append((name, Breach(pa.array(np.ones(batch.num_rows, bool)), MISSING, "has no value")))
            continue
        stored = batch.column(name)
        values, bad = _typed(name, stored, column.kind, demands)
        if demands.discards and bad.true_count and name in demands.declared:
            discarded[name] += bad.true_count
            values = pc.if_else(bad, pa.scalar(None, values.type), values)
            bad = pa.repeat(pa.scalar(False), len(bad))
        arrays.append(values)
        if bad.true_count:
            flaws.append((name, Breach(bad, MISFIT, f"not {_wanted(column.kind, stored.type)}")))
        flaws += [(name, breach) for breach in _broken(name, stored, values, column.kind, demands)]
    table = pa.table(arrays, schema=pa.schema(list(demands.held.items())))
    if not flaws:
        return Judged(table, discarded=discarded)
    mask = np.zeros(batch.num_rows, bool)
    for _, breach in flaws:
        mask |= breach.rows.to_numpy(zero_copy_only=False)
    return Judged(table.filter(pa.array(~mask)), _bad_rows(batch, first_row, flaws), discarded)


def strange(batch: pa.RecordBatch, first_row: int, demands: Demands) -> Judged:
    """No row at all: each is one of a file that has columns which it must not have."""
    others = ", ".join(shown(name) for name in batch.schema.names if name not in demands.columns)
    told, hint = "the file has columns that are not in the contract", "ask its sender, or let it evolve"
    texts = _row_texts(batch, range(batch.num_rows))
    bad = [
        BadRow(first_row + row, None, STRANGER, None, f"{told}: {others}", text, hint=hint, unquoted=told)
        for row, text in enumerate(texts)
    ]
    empty = pa.schema(list(demands.held.items())).empty_table()
    return Judged(empty, bad)


def _typed(name: str, stored: Any, kind: LogicalType, demands: Demands) -> tuple[pa.Array, pa.Array]:
    values, bad = values_of(stored, kind, demands.held[name])
    if name in demands.contract:
        bad = pc.or_(bad, pc.and_(pc.is_valid(stored), pc.invert(is_exactly(texts_of(stored), kind))))
    return values, bad


def _wanted(kind: LogicalType, stored: pa.DataType) -> str:
    if kind is LogicalType.TIMESTAMP and pa.types.is_timestamp(stored):
        return "a timestamp of whole microseconds in the years 1 to 9999"
    if kind is LogicalType.DATE and pa.types.is_date(stored):
        return "a date in the years 1 to 9999"
    return WANTED[kind]


def _broken(name: str, stored: Any, values: pa.Array, kind: LogicalType, demands: Demands) -> Iterator[Breach]:
    rule = demands.rules.get(name)
    if rule is None:
        return
    texts, declared = texts_of(stored), demands.declared.get(name, LogicalType.STRING)
    parsed = values if declared is kind else texts
    if pa.types.is_timestamp(parsed.type) and parsed.type.tz:
        parsed = parsed.cast(pa.timestamp("us"))
    yield from (breach for breach in breaches(rule, texts, parsed, declared) if breach.rows.true_count)


def _bad_rows(batch: pa.RecordBatch, first_row: int, flaws: Sequence[tuple[str, Breach]]) -> list[BadRow]:
    found: dict[int, list[tuple[str, Breach, str | None]]] = {}
    for name, breach in flaws:
        rows = np.flatnonzero(breach.rows.to_numpy(zero_copy_only=False))
        known = name in batch.schema.names
        said = texts_of(batch.column(name).take(pa.array(rows))).to_pylist() if known else [None] * len(rows)
        for row, value in zip(rows, said, strict=True):
            found.setdefault(int(row), []).append((name, breach, value))
    ordered = sorted(found)
    texts = _row_texts(batch, ordered)
    return [_bad_row(first_row + row, found[row], text) for row, text in zip(ordered, texts, strict=True)]


def _bad_row(number: int, flaws: Sequence[tuple[str, Breach, str | None]], text: str) -> BadRow:
    name, first, _ = flaws[0]
    return BadRow(
        line=number,
        byte=None,
        reason=first.reason,
        column=name,
        what="; ".join(breach.told(column, shown(value)) for column, breach, value in flaws),
        text=text,
        hint=_MISFIT_HINT if first.reason == MISFIT else _RULE_HINT,
        unquoted="; ".join(breach.told(column) for column, breach, _ in flaws),
    )


def _row_texts(batch: pa.RecordBatch, rows: Sequence[int]) -> list[str]:
    """Rows as JSON objects of the texts of their columns."""
    taken = batch.take(pa.array(rows, pa.int64()))
    names = taken.schema.names
    columns = [texts_of(taken.column(name)).to_pylist() for name in names]
    return [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in zip(*columns, strict=True)]
