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

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from trakt.errors import Fault, QualityError, RunError
from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault
from trakt.steps.chunks import chunks_of, collected, in_mode, set_apart
from trakt.steps.events import warn
from trakt.steps.policy import policy_faults, policy_of
from trakt.steps.quality_policy import QualityGatePolicy
from trakt.steps.quality_tally import Blanks, Repeats, Tally, Violation

__all__ = ["QualityGatePolicy", "check", "evaluate_quality_gates", "run"]


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """Every fault of the policy, before anything is read."""
    return policy_faults(QualityGatePolicy, literals)


@step_contract(inputs=["input", "policy"], outputs=["output"], supports_stream=True, check=check)
def run(ctx: Context, input: Any, policy: Any) -> dict[str, Any]:
    """Pass the input on, counting; at its end warn of, or fail for, every violation of the policy.

    In stream mode counts, nulls and uniqueness are over all chunks, in bounded memory. A gate in mode `quarantine`
    rejects the rows that break it. The metrics are `quality_checks` and `quality_violations`.

    Raises:
        QualityError: at the end of the input, with all violations of gates in mode `fail`.
    """
    metrics: dict[str, int] = {}
    chunks = _judged(chunks_of(input, "input"), policy_of(QualityGatePolicy, policy), ctx, metrics)
    return {"output": in_mode(ctx, chunks), "__metrics__": metrics}


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
    chunks: Iterable[pd.DataFrame], policy: QualityGatePolicy, ctx: Context | None, metrics: dict[str, int]
) -> Iterator[pd.DataFrame]:
    with Tally(policy) as tally:
        for chunk in chunks:
            passing, aside = tally.add(chunk)
            for rows, gate in aside:
                _reject(ctx, rows, gate)
            yield set_apart(passing)
        violations = tally.violations()
    metrics.update(quality_checks=policy.checks, quality_violations=len(violations))
    for violation in violations:
        if policy.mode_of(violation.gate) == "warn":
            _warn(ctx, violation)
    if faults := [_fault(violation) for violation in violations if policy.mode_of(violation.gate) == "fail"]:
        raise QualityError.of(faults)


def _reject(ctx: Context | None, rows: pd.DataFrame, gate: Blanks | Repeats) -> None:
    if ctx is None:
        raise RunError("a gate can quarantine only in a run", hint="give it the context of one, or use warn or fail")
    column = gate.columns[0] if len(gate.columns) == 1 else None
    ctx.reject(rows, reason=gate.reason, column=column, message=gate.told)


def _warn(ctx: Context | None, violation: Violation) -> None:
    warn(ctx, "warning.quality_gate", violation.message, gate=violation.gate, **violation.numbers)


def _fault(violation: Violation) -> Fault:
    where = f"quality gate {violation.gate}"
    return Fault(violation.message, where, violation.hint, Fault(violation.message, where, violation.unquoted_hint))
