"""The step `trakt.steps.dedupe`: one row per key.

In a pipeline file:

    - id: newest
      uses: trakt.steps.dedupe
      with:
        input: records
        policy:
          const: {keys: [id], winner: latest, order_by: updated_at}
        output: newest
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault
from trakt.steps.chunks import chunks_of, collected, in_mode
from trakt.steps.dedupe_apart import APART, deduped
from trakt.steps.dedupe_policy import DedupePolicy
from trakt.steps.policy import policy_faults, policy_of, raise_faults

__all__ = ["DedupePolicy", "apply_dedupe_policy", "check", "run"]


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:
    """Every fault of the policy, and a winner that a stream cannot know."""
    if faults := policy_faults(DedupePolicy, literals):
        return faults
    return _stream_faults(policy_of(DedupePolicy, literals["policy"]), mode) if "policy" in literals else []


@step_contract(inputs=["input", "policy"], outputs=["output"], supports_stream=True, check=check, apart=APART)
def run(ctx: Context, input: Any, policy: Any) -> dict[str, Any]:
    """Keep one row per key. The rows that stay keep their order; the metric is `rows_dropped`.

    In stream mode memory is bounded, and so only `winner: first` is possible.

    Raises:
        PipelineError: the policy is wrong, or its winner cannot be known in stream mode.
        RunError: a column is not there, or its values have no order.
    """
    settled = policy_of(DedupePolicy, policy)
    raise_faults(_stream_faults(settled, ctx.mode))
    metrics = {"rows_dropped": 0}
    return {"output": in_mode(ctx, deduped(chunks_of(input, "input"), settled, (), metrics)), "__metrics__": metrics}


def apply_dedupe_policy(frame: pd.DataFrame, policy: DedupePolicy | Mapping[str, Any]) -> pd.DataFrame:
    """Keep one row per key of `frame`, in a new frame.

    The rows that stay keep their order and index; a row of `winner: non_null` stands where its key first stood.

    Raises:
        PipelineError: the policy is wrong.
        RunError: a column is not there, or its values have no order.
    """
    return collected(deduped(iter([frame]), policy_of(DedupePolicy, policy), (), {"rows_dropped": 0}))


def _stream_faults(policy: DedupePolicy, mode: str) -> list[FieldFault]:
    if mode != "stream" or policy.winner == "first":
        return []
    what = f"winner '{policy.winner}' is known only when the whole input is in memory, and stream mode never holds it"
    return [FieldFault(("policy", "winner"), what, "set `execution.mode: batch`, or use winner: first")]
