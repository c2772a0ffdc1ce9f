"""The step `trakt.steps.select`: some columns, in the order asked for.

In a pipeline file:

    - id: narrow
      uses: trakt.steps.select
      with: {input: records, columns: {const: [id, amount]}, output: narrow}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault, read_fields
from trakt.steps.chunks import chunks_of, in_mode
from trakt.steps.columns import demand_columns
from trakt.steps.policy import as_columns, columns_field, raise_faults

FIELDS = (columns_field("columns"),)


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """What is wrong with the list of columns."""
    return read_fields(literals, FIELDS, of="select", strict=False)[1]


@step_contract(
    inputs=["input", "columns"], outputs=["output"], supports_stream=True, supports_partitions=True, check=check
)
def run(ctx: Context, input: Any, columns: str | Sequence[str]) -> dict[str, Any]:
    """Keep `columns` (a list of names, or one), in that order.

    Raises:
        RunError: naming every column that is not there, with the nearest that is.
        PipelineError: `columns` is no list of distinct names.
    """
    raise_faults(check({"columns": columns}, ctx.mode))
    return {"output": in_mode(ctx, _selected(chunks_of(input, "input"), list(as_columns(columns))))}


def _selected(chunks: Iterator[pd.DataFrame], columns: list[str]) -> Iterator[pd.DataFrame]:
    for chunk in chunks:
        demand_columns(chunk, columns)
        yield chunk[columns].copy()
