"""Frames of one output as one frame, no value changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

_OVERHEAD = 1 << 10
"""What a column of a frame takes beside its values: many small frames are no small thing."""


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of frames that have the same columns, one after the other."""
    filled = [frame for frame in frames if len(frame)] or [*frames[:1]]
    if len(filled) == 1:
        return filled[0]
    # where dtypes differ, pandas would make one of them that some values do not fit: large integers among floats
    dtypes = zip(*(map(_told, frame.dtypes) for frame in filled), strict=True)
    mixed = [position for position, kinds in enumerate(dtypes) if len(set(kinds)) > 1]
    return pd.concat([_with_objects(frame, mixed, filled[0].columns) for frame in filled], ignore_index=True)


def size_of(frame: pd.DataFrame) -> int:
    """About how many bytes of memory it takes."""
    return int(frame.memory_usage(index=False, deep=True).sum()) + _OVERHEAD * len(frame.columns)


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
