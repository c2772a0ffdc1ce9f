"""The step `trakt.steps.cast`: columns to declared types, exactly or not at all.

In a pipeline file:

    - id: typed
      uses: trakt.steps.cast
      with: {input: records, types: {const: {id: string, amount: decimal}}, output: typed}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import Fault, RunError, did_you_mean, one_of
from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import Field, FieldFault, Problem, read_fields, shown
from trakt.schema import LogicalType, type_pattern
from trakt.schema.frames import to_series
from trakt.schema.parse import WANTED, parse_text
from trakt.schema.render import render_text
from trakt.steps.chunks import chunks_of, in_mode, set_apart
from trakt.steps.columns import demand_columns
from trakt.steps.policy import raise_faults

SHOWN_VALUES = 5
"""So many bad values are shown; the rest are counted."""


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """What is wrong with the mapping of types."""
    values, faults = read_fields(literals, FIELDS, of="cast", strict=False)
    for column, name in (values["types"] or {}).items():
        if not isinstance(name, str) or LogicalType.parse(name) is None:
            what = f"there is no type {shown(name)} for column '{column}'"
            known = f"use {one_of([str(kind) for kind in LogicalType])}"
            faults.append(FieldFault(("types", column), what, did_you_mean(str(name), LogicalType) or known))
    return faults


@step_contract(
    inputs=["input", "types"], outputs=["output"], supports_stream=True, supports_partitions=True, check=check
)
def run(ctx: Context, input: Any, types: Mapping[str, str]) -> dict[str, Any]:
    """Give the columns of `types` (column to logical or pandas type name) those types; the others stay.

    A value becomes text by the rules of every output, and is read by the rules of every schema:
    nothing is rounded, and missing values stay missing.

    Raises:
        RunError: a column is not there; or, when the whole input was looked at, values are not of the wanted type.
        PipelineError: a type is not known.
    """
    raise_faults(check({"types": types}, ctx.mode))
    kinds = {column: kind for column, name in types.items() if (kind := LogicalType.parse(name))}
    return {"output": in_mode(ctx, _casted(chunks_of(input, "input"), kinds))}


@dataclass(slots=True)
class Misfits:
    """Values that are not of the wanted type: how many, and the first few."""

    count: int = 0
    first: list[Fault] = field(default_factory=list)

    def add(self, bad: list[tuple[int, str, str]], kinds: Mapping[str, LogicalType]) -> None:
        """Take in (row, column, value) of one chunk."""
        self.count += len(bad)
        for row, column, value in bad[: SHOWN_VALUES - len(self.first)]:
            wanted = WANTED[kinds[column]]
            place = f"row {row}, column '{column}'"
            self.first.append(Fault(f"{shown(value)} is not {wanted}", place, unquoted=f"a value is not {wanted}"))

    def raise_if_any(self) -> None:
        """Raise one `RunError` for them all."""
        if self.count:
            values = "1 value does" if self.count == 1 else f"{self.count} values do"
            hint = "mend the input, or filter such rows out before, or cast to string"
            raise RunError.of([*self.first, Fault(f"{values} not have the wanted type", "all rows", hint)])


def _casted(chunks: Iterator[pd.DataFrame], kinds: Mapping[str, LogicalType]) -> Iterator[pd.DataFrame]:
    misfits, rows = Misfits(), 0
    for chunk in chunks:
        demand_columns(chunk, kinds)
        frame, bad = _cast_chunk(chunk, kinds, rows + 1)
        rows += len(chunk)
        misfits.add(bad, kinds)
        # once a value is bad nothing will be published: the rest is only looked at, to tell of all of it
        if not misfits.count:
            yield frame
    misfits.raise_if_any()


def _cast_chunk(
    chunk: pd.DataFrame, kinds: Mapping[str, LogicalType], first_row: int
) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """The chunk with its new types, and (row, column, value) of what is bad, in the order of rows."""
    frame, found = set_apart(chunk), []
    for at, (column, kind) in enumerate(kinds.items()):
        texts = _as_text(chunk[column], column)
        values, bad = parse_text(texts, kind)
        frame[column] = to_series(values, kind).set_axis(frame.index)
        if pc.any(bad).as_py():
            rows = pc.indices_nonzero(bad).to_pylist()
            found += [(first_row + row, at, column, texts[row].as_py()) for row in rows]
    return frame, [(row, column, value) for row, _, column, value in sorted(found)]


def _as_text(column: pd.Series[Any], name: str) -> pa.Array:
    try:
        return render_text(column)
    except TypeError as error:
        raise RunError(str(error), where=f"column '{name}'") from error


def _types_problem(value: Mapping[Any, Any]) -> Problem | None:
    return None if value else ("'types' must name at least one column", None)


_TYPES = {"minProperties": 1, "additionalProperties": {"type": "string", "pattern": type_pattern()}}
FIELDS = (
    Field("types", accepts=(Mapping,), says="a mapping of columns to types", check=_types_problem, limits=_TYPES),
)
