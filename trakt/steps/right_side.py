"""The right side of a join, held in memory and made ready once, however many left rows are still to come."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from trakt.steps.join_policy import JoinPolicy
from trakt.steps.partners import Partners


class RightSide:
    """All right rows. What they are made ready as is not sent along to another process: it is made there, once."""

    def __init__(self, frame: pd.DataFrame, policy: JoinPolicy) -> None:
        self.frame = frame
        self._policy = policy

    def __len__(self) -> int:
        return len(self.frame)

    def __getstate__(self) -> dict[str, Any]:
        return {"frame": self.frame, "_policy": self._policy}

    @property
    def keys(self) -> pd.DataFrame:
        """The key columns."""
        return self.frame[list(self._policy.keys)]

    @cached_property
    def others(self) -> pd.DataFrame:
        """The other columns, in types that hold blanks where left rows without a partner stay."""
        others = self.frame.drop(columns=list(self._policy.keys)).reset_index(drop=True)
        blanks = self._policy.keeps_unmatched and self._policy.unmatched != "fail"
        return with_room_for_blanks(others) if blanks else others

    @cached_property
    def partners(self) -> Partners:
        """Which of them belong to which left rows."""
        return Partners(self.frame, self._policy.keys)


def with_room_for_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Ints as `Int64` and bools as `boolean`: pandas would make floats and objects of them at the first blank."""
    return frame.astype(
        {name: _nullable(dtype) for name, dtype in frame.dtypes.items() if _nullable(dtype) is not dtype}
    )


def _nullable(dtype: Any) -> Any:
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        return pd.Series([], dtype=dtype).convert_dtypes().dtype
    return pd.BooleanDtype() if isinstance(dtype, np.dtype) and dtype.kind == "b" else dtype
