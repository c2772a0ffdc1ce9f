"""The step `trakt.steps.join`: each left row with its partners on the right.

In a pipeline file:

    - id: with_country
      uses: trakt.steps.join
      with:
        left: records
        right: countries
        policy:
          const: {keys: [country], how: left, unmatched: warn}
        output: records_with_country
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault
from trakt.steps.chunks import chunks_of, collected, in_mode
from trakt.steps.join_apart import APART, joined_part, right_only
from trakt.steps.join_policy import JoinPolicy
from trakt.steps.join_tally import JoinTally, judge
from trakt.steps.policy import policy_faults, policy_of
from trakt.steps.right_side import RightSide

__all__ = ["JoinPolicy", "apply_join_policy", "check", "run"]


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """Every fault of the policy, before anything is read."""
    return policy_faults(JoinPolicy, literals)


@step_contract(inputs=["left", "right", "policy"], outputs=["output"], supports_stream=True, check=check, apart=APART)
def run(ctx: Context, left: Any, right: Any, policy: Any) -> dict[str, Any]:
    """Join `left` with `right` by the keys of the policy.

    In stream mode the left side is streamed and the right side is held in memory: put the larger
    table on the left. The metrics are `matched` and `rows_unmatched`, both counting left rows; `rows_added` for
    further partners of a row, `rows_dropped` for left rows left out, and `rows_consumed` for the right side.

    Raises:
        RunError: a key column is missing or of another kind than its partner, columns collide, or
            left rows have no partner and the policy says `fail`.
    """
    settled = policy_of(JoinPolicy, policy)
    metrics: dict[str, int] = {}
    sides = (chunks_of(left, "left"), chunks_of(right, "right"))
    return {"output": in_mode(ctx, _joined(*sides, settled, ctx, metrics)), "__metrics__": metrics}


def apply_join_policy(
    left: pd.DataFrame,
    right: pd.DataFrame,
    policy: JoinPolicy | Mapping[str, Any],
    *,
    ctx: Context | None = None,
) -> pd.DataFrame:
    """Join two frames as the step does, into a new frame with a fresh index.

    Rows come in the order of the left side, the partners of each in the order of the right side;
    `how: right | outer` adds the right rows that found no partner at the end. Several right rows
    with one key multiply the left row. A key with a missing part matches nothing. Whole numbers
    stay whole: where rows may gain blanks, ints become `Int64` and bools `boolean`.

    Raises:
        RunError: a key column is missing or of another kind than its partner, columns collide, or
            left rows have no partner and the policy says `fail`.
        PipelineError: the policy is wrong.
    """
    return collected(_joined(iter([left]), iter([right]), policy_of(JoinPolicy, policy), ctx, {}))


def _joined(
    left: Iterable[pd.DataFrame],
    right: Iterable[pd.DataFrame],
    policy: JoinPolicy,
    ctx: Context | None,
    metrics: dict[str, int],
) -> Iterator[pd.DataFrame]:
    """All of it as one part, and what comes after."""
    held, tally = RightSide(collected(right), policy), JoinTally()
    for joined in joined_part(left, held, policy, tally):
        metrics.update(tally.metrics(policy, held))
        yield joined
    metrics.update(tally.metrics(policy, held))
    judge(tally, policy, ctx)
    if policy.keeps_right:
        yield right_only(tally, held, policy)
