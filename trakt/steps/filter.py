"""The step `trakt.steps.filter`: the rows for which an expression is true.

In a pipeline file:

    - id: paid
      uses: trakt.steps.filter
      with: {input: records, where: {const: "amount > 0 and status == 'paid'"}, output: paid}
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import RunError
from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import Field, FieldFault, read_fields
from trakt.steps.chunks import chunks_of, in_mode
from trakt.steps.columns import absent_columns
from trakt.steps.expression import SyntaxFault, backticked, beyond_the_row, columns_in, evaluable, parse
from trakt.steps.expression_grammar import beyond_the_grammar
from trakt.steps.policy import raise_faults

FIELDS = (Field("where", accepts=(str,), says='an expression in quotes, like "amount > 0"'),)


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:
    """What is wrong with the expression, and, in stream mode, what in it needs all rows at once."""
    values, faults = read_fields(literals, FIELDS, of="filter", strict=False)
    if faults or values["where"] is None:
        return faults
    try:
        tree = parse(values["where"])
    except SyntaxFault as fault:
        return [FieldFault(("where",), *fault.args)]
    if foreign := list(dict.fromkeys(beyond_the_grammar(tree))):
        hint = "compute it in a step of the pipeline"
        return [FieldFault(("where",), f"{part} is not for an expression", hint) for part in foreign]
    if mode != "stream":
        return []
    hint = "set `execution.mode: batch`, or compute it in a step before"
    parts = dict.fromkeys(beyond_the_row(tree))
    what = "looks at more than its own row, and a stream has only a chunk of the rows"
    return [FieldFault(("where",), f"{part} {what}", hint) for part in parts]


@step_contract(
    inputs=["input", "where"], outputs=["output"], supports_stream=True, supports_partitions=True, check=check
)
def run(ctx: Context, input: Any, where: str) -> dict[str, Any]:
    """Keep the rows for which `where`, an expression of `pandas.DataFrame.query`, is true.

    A column whose name is no Python name stands in backticks. Where an expression is neither true
    nor false, because a value is missing, the row is dropped; `column.isna()` asks for such rows.
    As everywhere in pandas `!=` is true of missing text and floats, and unknown of missing ints.
    The metric is `rows_dropped`.

    Raises:
        RunError: the expression names an unknown column, or cannot be evaluated.
        PipelineError: it is no expression, or looks beyond its row in stream mode.
    """
    raise_faults(check({"where": where}, ctx.mode))
    metrics = {"rows_dropped": 0}
    return {"output": in_mode(ctx, _filtered(chunks_of(input, "input"), where, metrics)), "__metrics__": metrics}


def _filtered(chunks: Iterator[pd.DataFrame], where: str, metrics: dict[str, int]) -> Iterator[pd.DataFrame]:
    for chunk in chunks:
        kept = chunk.take(np.flatnonzero(_truth(chunk, where)))
        metrics["rows_dropped"] += len(chunk) - len(kept)
        yield kept


def _truth(chunk: pd.DataFrame, where: str) -> Any:
    """For each row whether the expression is true, as a numpy array."""
    tree = parse(where)
    quoted = {name: chunk[column] for name, column in backticked(tree).items() if column in chunk}
    try:
        # numexpr would be used when it happens to be installed; and no Python name of ours may be seen
        result = chunk.eval(evaluable(tree), engine="python", local_dict={}, global_dict={}, resolvers=[quoted])
    except Exception as error:  # pandas raises whatever the values raise
        raise _translated(error, chunk, where, tree) from error
    if isinstance(result, pd.Series) and result.dtype == object and set(result.dropna().map(type)) <= {bool}:
        # a text method on a column without a single value answers with missing values, not with False
        result = result.astype("boolean")
    if not isinstance(result, pd.Series) or not pd.api.types.is_bool_dtype(result.dtype):
        found = f"is {result.dtype}" if isinstance(result, pd.Series) else "gives one value for all of them"
        raise RunError(
            f"the expression must be true or false for each row, and {found}",
            where=f"where: {where}",
            hint='compare something of each row, like "amount > 0"',
        )
    return result.to_numpy(dtype=bool, na_value=False)


def _translated(error: Exception, chunk: pd.DataFrame, where: str, tree: ast.Expression) -> RunError:
    unknown = absent_columns(chunk, columns_in(tree)) if isinstance(error, NameError) else []
    if unknown:
        return RunError.of(unknown)
    # what pandas says of a value quotes it
    told = f"the expression cannot be evaluated: {type(error).__name__}"
    what = f"the expression cannot be evaluated: {error}"
    return RunError(what, where=f"where: {where}", hint=_hint(error), unquoted=told)


def _hint(error: Exception) -> str | None:
    if isinstance(error, TypeError):
        return "compare values of one kind; trakt.steps.cast gives a column its type"
    return None
