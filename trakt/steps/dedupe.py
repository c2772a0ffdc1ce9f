"""The step `trakt.steps.dedupe`: one row per key.

In a pipeline file:

    - id: newest
      uses: trakt.steps.dedupe
      with:
        input: records
        policy:
          const: {keys: [id], winner: latest, order_by: updated_at}
        output: newest
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import RunError
from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import Field, FieldFault
from trakt.steps.chunks import chunks_of, collected, in_mode
from trakt.steps.columns import demand_columns
from trakt.steps.policy import (
    Arguments,
    as_columns,
    check_built,
    columns_field,
    policy_faults,
    policy_of,
    raise_faults,
    read_given,
)
from trakt.steps.seen_keys import FirstRows, SeenKeys

DESCENDING = ("latest", "max")
ORDERED = (*DESCENDING, "earliest", "min")
WINNERS = (*ORDERED, "first", "last", "non_null")


@dataclass(frozen=True, slots=True)
class DedupePolicy:
    """Which row stays of those that share a key.

    Attributes:
        keys: the columns that make the key. Missing values are equal to each other, as in SQL's
            DISTINCT: of several rows without a key one stays.
        winner: `latest` or `max`: the greatest `order_by`; `earliest` or `min`: the least; `first` or
            `last`: by the order of rows; `non_null`: the first non-missing value of every column.
        order_by: a column, or several of falling weight. Of equals the first row wins; a row whose
            `order_by` is missing loses. Text is ordered as text: cast dates in other notations
            than ISO 8601 first.

    Raises:
        PipelineError: a value is not one of these, or `order_by` is missing where the winner needs it.
    """

    keys: Sequence[str]
    winner: str = "latest"
    order_by: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_built(self)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> tuple[Arguments, list[FieldFault]]:
        """The arguments that a mapping gives, and all its faults."""
        given, faults = read_given(value, FIELDS, of="the dedupe policy")
        for name in ("keys", "order_by"):
            if given.get(name) is not None:
                given[name] = as_columns(given[name])
        winner = given.get("winner", "latest")
        misread = {"winner", "order_by"} & {fault.path[0] for fault in faults if fault.path}
        if not misread and winner in ORDERED and given.get("order_by") is None:
            hint = "add order_by: <column>, or use winner: first, last or non_null"
            path = ("winner",) if "winner" in value else ()
            faults.append(FieldFault(path, f"winner '{winner}' needs 'order_by'", hint))
        if not misread and winner not in ORDERED and given.get("order_by") is not None:
            hint = "leave it out, or use winner: latest or earliest"
            faults.append(FieldFault(("order_by",), f"winner '{winner}' does not look at 'order_by'", hint))
        return given, faults


FIELDS = (
    columns_field("keys", required=True),
    Field("winner", accepts=(str,), says="one of " + ", ".join(WINNERS), choices=WINNERS),
    Field(
        "order_by",
        accepts=(str, list, tuple, type(None)),
        says="a column name or a list of them",
        check=lambda value: None if value is None else columns_field("order_by").problem(value),
    ),
)


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:
    """Every fault of the policy, and a winner that a stream cannot know."""
    if faults := policy_faults(DedupePolicy, literals):
        return faults
    return _stream_faults(policy_of(DedupePolicy, literals["policy"]), mode) if "policy" in literals else []


@step_contract(inputs=["input", "policy"], outputs=["output"], supports_stream=True, check=check)
def run(ctx: Context, input: Any, policy: Any) -> dict[str, Any]:
    """Keep one row per key. The rows that stay keep their order; the metric is `rows_dropped`.

    In stream mode memory is bounded, and so only `winner: first` is possible.

    Raises:
        PipelineError: the policy is wrong, or its winner cannot be known in stream mode.
        RunError: a column is not there, or its values have no order.
    """
    settled = policy_of(DedupePolicy, policy)
    raise_faults(_stream_faults(settled, ctx.mode))
    metrics = {"rows_dropped": 0}
    return {"output": in_mode(ctx, _deduped(chunks_of(input, "input"), settled, metrics)), "__metrics__": metrics}


def apply_dedupe_policy(frame: pd.DataFrame, policy: DedupePolicy | Mapping[str, Any]) -> pd.DataFrame:
    """Keep one row per key of `frame`, in a new frame.

    The rows that stay keep their order and index; a row of `winner: non_null` stands where its key first stood.

    Raises:
        PipelineError: the policy is wrong.
        RunError: a column is not there, or its values have no order.
    """
    return collected(_deduped(iter([frame]), policy_of(DedupePolicy, policy), {"rows_dropped": 0}))


def _stream_faults(policy: DedupePolicy, mode: str) -> list[FieldFault]:
    if mode != "stream" or policy.winner == "first":
        return []
    what = f"winner '{policy.winner}' is known only when the whole input is in memory, and stream mode never holds it"
    return [FieldFault(("policy", "winner"), what, "set `execution.mode: batch`, or use winner: first")]


def _deduped(chunks: Iterable[pd.DataFrame], policy: DedupePolicy, metrics: dict[str, int]) -> Iterator[pd.DataFrame]:
    """Every winner but `first` sees its input in one chunk: `_stream_faults` has made sure of that."""
    with SeenKeys() as seen:
        for chunk in chunks:
            demand_columns(chunk, dict.fromkeys((*policy.keys, *as_columns(policy.order_by or ()))))
            start = seen.rows + 1
            owners = seen.first_rows(chunk, policy.keys)
            kept = _surviving(chunk, owners, start, policy)
            metrics["rows_dropped"] += len(chunk) - len(kept)
            yield kept


def _surviving(chunk: pd.DataFrame, owners: FirstRows, start: int, policy: DedupePolicy) -> pd.DataFrame:
    """The rows that stay; `owners` has the row that first had each row's key, the chunk's first row being `start`."""
    if policy.winner == "first":
        return chunk.take(np.flatnonzero(owners == np.arange(start, start + len(chunk))))
    if policy.winner == "non_null":
        return _first_values(chunk, owners - start)
    if policy.winner == "last":
        return chunk.take(np.flatnonzero(~pd.Series(owners).duplicated(keep="last")))
    ranked = _ranked(chunk, policy)
    winners = ranked[~pd.Series(owners[ranked]).duplicated().to_numpy()]
    return chunk.take(np.sort(winners))


def _ranked(chunk: pd.DataFrame, policy: DedupePolicy) -> FirstRows:
    """The positions of all rows, best first."""
    columns = list(as_columns(policy.order_by or ()))
    # object values that are nearly alike (a date and a timestamp, say) may have no order
    try:
        ordered = (
            chunk[columns]
            .reset_index(drop=True)
            .sort_values(columns, ascending=policy.winner not in DESCENDING, kind="stable", na_position="last")
        )
    except TypeError as error:
        raise RunError(
            f"the values of {', '.join(columns)} have no common order ({error})",
            where=f"order_by {', '.join(columns)}",
            hint="give the column one type first, with trakt.steps.cast",
        ) from error
    return ordered.index.to_numpy()


def _first_values(chunk: pd.DataFrame, owners: FirstRows) -> pd.DataFrame:
    """One row per key, at the place of its first row, with the first non-missing value of every column."""
    places = np.unique(owners)
    group = np.searchsorted(places, owners)
    columns = []
    for at in range(chunk.shape[1]):
        column = chunk.iloc[:, at]
        present = np.flatnonzero(column.notna())
        source = places.copy()
        # backwards, so that of several rows of a key the first is written last
        source[group[present[::-1]]] = present[::-1]
        columns.append(column.iloc[source].set_axis(chunk.index[places]))
    return pd.concat(columns, axis=1)
