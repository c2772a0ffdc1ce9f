"""A join in parts of its left side: what each part becomes, and what all of them come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from trakt.pipeline.apart import Apart, Part
from trakt.pipeline.context import Context
from trakt.steps.chunks import chunks_of, in_mode
from trakt.steps.join_policy import JoinPolicy
from trakt.steps.join_shape import JoinShape
from trakt.steps.join_tally import JoinTally, judge
from trakt.steps.policy import policy_of
from trakt.steps.right_side import RightSide


def joined_part(
    left: Iterable[pd.DataFrame], right: RightSide, policy: JoinPolicy, tally: JoinTally, first_row: int = 1
) -> Iterator[pd.DataFrame]:
    """Left rows with their partners; `first_row` is the number of the first one, for who reads an error.

    Raises:
        RunError: a key column is missing or of another kind than its partner, or columns collide.
    """
    rest = iter(left)
    # no chunk at all is no row; the right side's rows may still be wanted
    first = next(rest, right.frame.iloc[:0].filter(list(policy.keys)))
    shape, partners = JoinShape(first, right, policy), right.partners
    keys = partners.none_found
    tally.header = first.iloc[:0]
    for chunk in chain([first], rest):
        found = partners.of(chunk, first_row=first_row + tally.rows)
        keys[found.keys] = True
        start = tally.made(policy)
        tally.add(found, len(chunk))
        joined = shape.matched(chunk, *(found.all_rows if policy.keeps_unmatched else found.pairs))
        yield _numbered(joined, start)
    if policy.keeps_right:
        tally.found = np.packbits(keys)


def right_only(tally: JoinTally, right: RightSide, policy: JoinPolicy) -> pd.DataFrame:
    """The right rows that had no partner, as rows that come after those of all parts."""
    assert tally.header is not None  # every part has at least one chunk
    shape = JoinShape(tally.header, right, policy)
    return _numbered(shape.right_only(tally.alone(right)), tally.made(policy))


def _numbered(frame: pd.DataFrame, start: int) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(start, start + len(frame)))


def _part(ctx: Context, part: Part, left: Any, right: RightSide, policy: Any) -> tuple[Mapping[str, Any], JoinTally]:
    tally = JoinTally()
    chunks = joined_part(chunks_of(left, "left"), right, policy_of(JoinPolicy, policy), tally, part.first_row)
    return {"output": in_mode(ctx, chunks)}, tally


def _total(ctx: Context, tallies: Sequence[JoinTally], right: RightSide, policy: Any) -> Mapping[str, Any]:
    settled, tally = policy_of(JoinPolicy, policy), JoinTally()
    for each in tallies:
        tally.follow(each)
    judge(tally, settled, ctx)
    rest = {"output": right_only(tally, right, settled)} if settled.keeps_right else {}
    return {**rest, "__metrics__": tally.metrics(settled, right)}


def _held(right: pd.DataFrame, policy: Any) -> Mapping[str, Any]:
    return {"right": RightSide(right, policy_of(JoinPolicy, policy))}


def _leaves(literals: Mapping[str, Any]) -> bool:
    return policy_of(JoinPolicy, literals["policy"]).keeps_right


APART = Apart(spread="left", part=_part, total=_total, whole=("right",), held=_held, leaves=_leaves)
"""The right side is sent to every part; right rows without a partner are known when all parts are."""
