"""What came of the left rows of a join, and what those without a partner mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import Fault, RunError
from trakt.pipeline.context import Context
from trakt.steps.events import warn
from trakt.steps.join_policy import JoinPolicy
from trakt.steps.partners import Found, Positions
from trakt.steps.right_side import RightSide

SHOWN_ROWS = 5
"""So many rows without a partner are named; the rest are counted."""


@dataclass(slots=True)
class JoinTally:
    """What came of left rows, of one part or of several in their order.

    Attributes:
        rows, matched: how many there were, and how many of them had a partner.
        pairs: how many partners they had together.
        first: the first that had none, from 1.
        found: the keys of the right side that they had, as bits; complete when all have passed, and only where it
            matters which right rows had no partner.
        header: the left side without its rows.
    """

    rows: int = 0
    matched: int = 0
    pairs: int = 0
    first: list[int] = field(default_factory=list)
    found: np.ndarray[Any, np.dtype[np.uint8]] | None = None
    header: pd.DataFrame | None = None

    @property
    def unmatched(self) -> int:
        """How many had no partner."""
        return self.rows - self.matched

    def made(self, policy: JoinPolicy) -> int:
        """How many rows they have become."""
        return self.pairs + (self.unmatched if policy.keeps_unmatched else 0)

    def add(self, found: Found, rows: int) -> None:
        """Take in what was found for the next left rows."""
        alone = found.unmatched
        self.first += (alone[: SHOWN_ROWS - len(self.first)] + self.rows + 1).tolist()
        self.rows += rows
        self.matched += rows - len(alone)
        self.pairs += len(found.pairs[0])

    def follow(self, other: JoinTally) -> None:
        """Take in what is known of the rows that come next."""
        self.first += [self.rows + row for row in other.first[: SHOWN_ROWS - len(self.first)]]
        self.rows += other.rows
        self.matched += other.matched
        self.pairs += other.pairs
        if other.found is not None:
            self.found = other.found if self.found is None else self.found | other.found
        self.header = other.header if self.header is None else self.header

    def alone(self, right: RightSide) -> Positions:
        """The right rows that had no partner; none of them counts before all left rows have passed."""
        if self.found is None:
            return np.empty(0, np.intp)
        keys = len(right.partners.none_found)
        return right.partners.not_found(np.unpackbits(self.found, count=keys).astype(np.bool_))

    def metrics(self, policy: JoinPolicy, right: RightSide) -> dict[str, int]:
        """As the step tells them."""
        return {
            "matched": self.matched,
            "rows_unmatched": self.unmatched,
            "rows_added": self.pairs - self.matched,
            "rows_dropped": 0 if policy.keeps_unmatched else self.unmatched,
            "rows_consumed": len(right) - len(self.alone(right)),
        }


def judge(tally: JoinTally, policy: JoinPolicy, ctx: Context | None) -> None:
    """Say what all left rows without a partner mean.

    Raises:
        RunError: the policy says `fail`.
    """
    count, first = tally.unmatched, tally.first
    if not count or policy.unmatched not in ("warn", "fail"):
        return
    named = ", ".join(map(str, first)) + (", ..." if count > len(first) else "")
    noun = "left row has" if count == 1 else "left rows have"
    message = f"{count} {noun} no partner by ({', '.join(policy.keys)}): row {named}"
    if policy.unmatched == "warn":
        warn(ctx, "warning.unmatched_rows", message, rows=count, first_rows=first, keys=list(policy.keys))
        return
    hint = "complete the right side, or use unmatched: allow, warn or drop"
    raise RunError.of([Fault(message, f"key ({', '.join(policy.keys)})", hint)])
