"""Frames below each other, no value changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from trakt.schema.render import value_text


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of frames, one after the other: a column that is stored in several ways becomes objects.

    The index means nothing. Where frames have columns of other names, values are missing.
    """
    filled = [frame for frame in frames if len(frame)] or [*frames[:1]]
    if len(filled) == 1:
        return filled[0]
    columns = filled[0].columns
    if any(_names(frame.columns) != _names(columns) for frame in filled):
        return pd.concat(filled, ignore_index=True)
    # where dtypes differ, pandas would make one of them that some values do not fit: large integers among floats
    dtypes = zip(*(map(_told, frame.dtypes) for frame in filled), strict=True)
    mixed = [position for position, kinds in enumerate(dtypes) if len(set(kinds)) > 1]
    return pd.concat([_with_objects(frame, mixed, columns) for frame in filled], ignore_index=True)


def _names(columns: pd.Index[Any]) -> list[str | None]:
    """As an output has them, for which 1 is the column "1"."""
    return [value_text(name) for name in columns]


def _told(dtype: Any) -> tuple[type, Any]:
    # dtypes equal to texts and each other in odd ways; of categories the values count
    return (type(dtype), tuple(dtype.categories)) if isinstance(dtype, pd.CategoricalDtype) else (type(dtype), dtype)


def _with_objects(frame: pd.DataFrame, positions: Sequence[int], columns: pd.Index[Any]) -> pd.DataFrame:
    if not positions and frame.columns.equals(columns):
        return frame
    made = {
        at: frame.iloc[:, at].astype(object) if at in positions else frame.iloc[:, at] for at in range(len(columns))
    }
    whole = pd.DataFrame(made, copy=False)
    whole.columns = columns
    return whole
