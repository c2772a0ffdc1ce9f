"""What frames weigh that wait to be sorted."""

from __future__ import annotations

import pandas as pd

_OVERHEAD = 1 << 10
"""What a column of a frame takes beside its values: many small frames are no small thing."""


def size_of(frame: pd.DataFrame) -> int:
    """About how many bytes of memory it takes."""
    return int(frame.memory_usage(index=False, deep=True).sum()) + _OVERHEAD * len(frame.columns)
