"""The step `trakt.steps.quality_gate`: rows pass through unchanged or are rejected, and the whole input is judged.

In a pipeline file:

    - id: check
      uses: trakt.steps.quality_gate
      with:
        input: records
        policy:
          const: {mode: fail, required_columns: [id, amount], unique_keys: [id], max_null_ratio: {amount: 0.05}}
        output: checked
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault
from trakt.steps.chunks import chunks_of, collected, in_mode
from trakt.steps.policy import policy_faults, policy_of
from trakt.steps.quality_apart import APART, judged, judgement
from trakt.steps.quality_policy import QualityGatePolicy
from trakt.steps.quality_tally import Tally

__all__ = ["QualityGatePolicy", "check", "evaluate_quality_gates", "run"]


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """Every fault of the policy, before anything is read."""
    return policy_faults(QualityGatePolicy, literals)


@step_contract(inputs=["input", "policy"], outputs=["output"], supports_stream=True, check=check, apart=APART)
def run(ctx: Context, input: Any, policy: Any) -> dict[str, Any]:
    """Pass the input on, counting; at its end warn of, or fail for, every violation of the policy.

    In stream mode counts, nulls and uniqueness are over all chunks, in bounded memory. A gate in mode `quarantine`
    rejects the rows that break it. The metrics are `quality_checks` and `quality_violations`.

    Raises:
        QualityError: at the end of the input, with all violations of gates in mode `fail`.
    """
    settled = policy_of(QualityGatePolicy, policy)
    metrics: dict[str, int] = {}
    return {"output": in_mode(ctx, _judged(chunks_of(input, "input"), settled, ctx, metrics)), "__metrics__": metrics}


def evaluate_quality_gates(
    frame: pd.DataFrame, policy: QualityGatePolicy | Mapping[str, Any], *, ctx: Context | None = None
) -> pd.DataFrame:
    """Judge `frame` by `policy` and return it, unchanged, as a frame of its own.

    A violation of a gate in mode `warn` becomes the event `warning.quality_gate` of `ctx`, or a log
    message when there is no context. Rows that a gate sets aside go to `ctx`, which must be there then.

    Raises:
        QualityError: with all violations of gates in mode `fail`.
        RunError: a gate in mode `quarantine` has rows to reject, and there is no context.
        PipelineError: the policy is wrong.
    """
    return collected(_judged(iter([frame]), policy_of(QualityGatePolicy, policy), ctx, {}))


def _judged(
    chunks: Iterator[pd.DataFrame], policy: QualityGatePolicy, ctx: Context | None, metrics: dict[str, int]
) -> Iterator[pd.DataFrame]:
    tally = Tally.of(policy)
    yield from judged(chunks, policy, ctx, (), tally)
    metrics.update(judgement(ctx, [tally], policy))
