"""Columns that are not there, each with the nearest one that is."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from trakt.errors import Fault, RunError, did_you_mean


def absent_columns(frame: pd.DataFrame, wanted: Iterable[str], side: str = "input") -> list[Fault]:
    """One fault for each column of `wanted` that `frame` lacks."""
    names = [str(column) for column in frame.columns]
    has = set(names)
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")

    def absent(column: str) -> Fault:
        what, where = f"there is no column '{column}' in the {side}", f"column '{column}'"
        hint = did_you_mean(column, names) or (f"its columns: {listed}" if names else "it has no columns at all")
        return Fault(what, where, hint, Fault(what, where, "look at the columns of its input"))

    return [absent(column) for column in wanted if column not in has]


def demand_columns(frame: pd.DataFrame, wanted: Iterable[str]) -> None:
    """Raise one `RunError` that names every column of `wanted` that `frame` lacks, if any."""
    if faults := absent_columns(frame, wanted):
        raise RunError.of(faults)
