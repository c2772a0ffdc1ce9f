"""The columns of a join: their names, their types, and rows put together side by side."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import Fault, RunError
from trakt.steps.columns import absent_columns
from trakt.steps.join_policy import JoinPolicy
from trakt.steps.partners import Positions
from trakt.steps.right_side import RightSide, with_room_for_blanks


class JoinShape:
    """How the output of a join looks, decided by both headers and the policy, never by the rows.

    Raises:
        RunError: a key column is not there, or two columns would have one name.
    """

    def __init__(self, left: pd.DataFrame, right: RightSide, policy: JoinPolicy) -> None:
        absent = absent_columns(left, policy.keys, "left side")
        if absent := [*absent, *absent_columns(right.frame, policy.keys, "right side")]:
            raise RunError.of(absent)
        self._policy = policy
        self._key_columns = right.keys
        self._right = right.others
        self._left = left.iloc[:0]
        self._names = self._renamed()

    def matched(self, chunk: pd.DataFrame, left: Positions, right: Positions) -> pd.DataFrame:
        """Rows `left` of `chunk` beside rows `right` of the right side, blank where that is -1."""
        ours = chunk.iloc[left].reset_index(drop=True)
        theirs = self._right.iloc[right] if (right >= 0).all() else self._right.reindex(right)
        return self._beside(self._typed(ours), theirs.reset_index(drop=True))

    def right_only(self, rows: Positions) -> pd.DataFrame:
        """Rows of the right side beside blanks; the key columns have the right side's values."""
        header = self._typed(self._left.reset_index(drop=True))
        ours = header.reindex(range(len(rows)))
        for key in self._policy.keys:
            values = self._key_columns[key].iloc[rows].reset_index(drop=True)
            ours[key] = values.astype(header[key].dtype)
        return self._beside(ours, self._right.iloc[rows].reset_index(drop=True))

    def _beside(self, ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([ours, theirs], axis=1).set_axis(self._names, axis=1)

    def _typed(self, ours: pd.DataFrame) -> pd.DataFrame:
        """Left rows in types that also hold what `right_only` puts below them."""
        if not self._policy.keeps_right:
            return ours
        keys = self._policy.keys
        common = {key: _common_dtype(ours[key], self._key_columns[key]) for key in keys}
        others = with_room_for_blanks(ours.drop(columns=list(keys)))
        return ours.astype({**common, **others.dtypes.to_dict()})

    def _renamed(self) -> list[str]:
        """The names of the output's columns, from left to right."""
        both = set(self._left.columns) & set(self._right.columns) - set(self._policy.keys)
        colliding = [str(column) for column in self._left.columns if column in both]
        if colliding and self._policy.collision == "fail":
            hint = "rename one of them with trakt.steps.rename, or use collision: suffix"
            raise RunError.of(_of_column("both sides have this column", name, hint) for name in colliding)
        ours, theirs = self._policy.suffixes
        names = [f"{name}{ours}" if name in both else name for name in self._left.columns]
        names += [f"{name}{theirs}" if name in both else name for name in self._right.columns]
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            hint = "choose other suffixes, or rename a column with trakt.steps.rename"
            what = "the join would make two columns of this name"
            raise RunError.of(_of_column(what, name, hint) for name in twice)
        return names


def _of_column(what: str, name: str, hint: str) -> Fault:
    return Fault(what, f"column '{name}'", hint, Fault(what, "a column of the input", hint))


def _common_dtype(ours: pd.Series[Any], theirs: pd.Series[Any]) -> Any:
    common: Any = pd.concat([ours.iloc[:0], theirs.iloc[:0]]).dtype
    are_floats = ours.dtype.kind == theirs.dtype.kind == "f"
    # as a float, a whole number beyond 2**53 would change; as an object it stays itself
    return np.dtype(object) if common.kind == "f" and not are_floats else common
