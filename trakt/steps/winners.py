"""The rows that stay of those that share a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import RunError
from trakt.steps.dedupe_policy import DESCENDING, DedupePolicy
from trakt.steps.shared_keys import RowNumbers

Kinds = Sequence[Sequence[Any]]
"""For each column to order by, the first value of each kind that stands in it."""


def winning(frame: pd.DataFrame, owners: RowNumbers, policy: DedupePolicy) -> pd.DataFrame:
    """The rows that stay, in their order; `owners` has the place of the first row that has each row's key.

    Raises:
        RunError: the values to order by have no order.
    """
    if policy.winner == "first":
        return frame.take(np.flatnonzero(owners == np.arange(len(frame))))
    if policy.winner == "non_null":
        return _first_values(frame, owners)
    if policy.winner == "last":
        return frame.take(np.flatnonzero(~pd.Series(owners).duplicated(keep="last")))
    ranked = _ranked(frame, policy)
    winners = ranked[~pd.Series(owners[ranked]).duplicated().to_numpy()]
    return frame.take(np.sort(winners))


def kinds_in(frame: pd.DataFrame, columns: Iterable[str]) -> Kinds:
    """What is to be told of these columns, to know whether all rows have an order."""
    return [_kinds(frame[column]) for column in columns]


def joined_kinds(each: Iterable[Kinds]) -> Kinds:
    """The kinds of several parts of the rows, in their order."""
    return [_first_of_each(value for kinds in columns for value in kinds) for columns in zip(*each, strict=True)]


def has_order(kinds: Kinds) -> bool:
    """Whether values of these kinds can be put into an order."""
    return all(_no_order(each) is None for each in kinds)


def demand_order(kinds: Kinds, columns: Sequence[str]) -> None:
    """Raise `RunError` where values of these kinds have no order."""
    for each in kinds:
        if error := _no_order(each):
            raise _unordered(error, columns) from error


def _ranked(frame: pd.DataFrame, policy: DedupePolicy) -> RowNumbers:
    """The places of all rows, best first."""
    columns = list(policy.ordered)
    demand_order(kinds_in(frame, columns), columns)
    try:
        ordered = (
            frame[columns]
            .reset_index(drop=True)
            .sort_values(columns, ascending=policy.winner not in DESCENDING, kind="stable", na_position="last")
        )
    except TypeError as error:
        # values of one kind may have no order either: lists of this and that, say
        raise _unordered(error, columns) from error
    return ordered.index.to_numpy()


def _kinds(column: pd.Series[Any]) -> list[Any]:
    values = column[column.notna()]
    # a column with a type of its own has one kind of value
    return _first_of_each(values.tolist() if values.dtype == object else values.iloc[:1].tolist())


def _first_of_each(values: Iterable[Any]) -> list[Any]:
    first: dict[object, Any] = {}
    for value in values:
        # a time with a zone and one without have no order, though they are of one type
        first.setdefault((type(value), getattr(value, "tzinfo", None) is None), value)
    return list(first.values())


def _no_order(kinds: Sequence[Any]) -> TypeError | None:
    # object values that are nearly alike (a date and a timestamp, say) may have no order
    for one, other in combinations(kinds, 2):
        try:
            one < other  # noqa: B015 - only whether it can be asked
        except TypeError as error:
            return error
    return None


def _unordered(error: TypeError, columns: Sequence[str]) -> RunError:
    return RunError(
        f"the values of {', '.join(columns)} have no common order ({error})",
        where=f"order_by {', '.join(columns)}",
        hint="give the column one type first, with trakt.steps.cast",
    )


def _first_values(frame: pd.DataFrame, owners: RowNumbers) -> pd.DataFrame:
    """One row per key, at the place of its first row, with the first non-missing value of every column."""
    places = np.unique(owners)
    group = np.searchsorted(places, owners)
    columns = []
    for at in range(frame.shape[1]):
        column = frame.iloc[:, at]
        present = np.flatnonzero(column.notna())
        source = places.copy()
        # backwards, so that of several rows of a key the first is written last
        source[group[present[::-1]]] = present[::-1]
        columns.append(column.iloc[source].set_axis(frame.index[places]))
    return pd.concat(columns, axis=1)
