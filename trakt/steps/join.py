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
from itertools import chain
from typing import Any

import pandas as pd

from trakt.errors import Fault, RunError
from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault
from trakt.steps.chunks import chunks_of, collected, in_mode
from trakt.steps.events import warn
from trakt.steps.join_policy import JoinPolicy
from trakt.steps.join_shape import JoinShape
from trakt.steps.partners import Partners
from trakt.steps.policy import policy_faults, policy_of

__all__ = ["JoinPolicy", "apply_join_policy", "check", "run"]

SHOWN_ROWS = 5
"""So many rows without a partner are named; the rest are counted."""


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """Every fault of the policy, before anything is read."""
    return policy_faults(JoinPolicy, literals)


@step_contract(inputs=["left", "right", "policy"], outputs=["output"], supports_stream=True, check=check)
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
    metrics = _no_rows()
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
    metrics = _no_rows()
    return collected(_joined(iter([left]), iter([right]), policy_of(JoinPolicy, policy), ctx, metrics))


def _no_rows() -> dict[str, int]:
    return {"matched": 0, "rows_unmatched": 0, "rows_added": 0, "rows_dropped": 0, "rows_consumed": 0}


def _joined(
    left: Iterable[pd.DataFrame],
    right: Iterable[pd.DataFrame],
    policy: JoinPolicy,
    ctx: Context | None,
    metrics: dict[str, int],
) -> Iterator[pd.DataFrame]:
    held = collected(right)
    rest = iter(left)
    # no chunk at all is no row; the right side's rows may still be wanted
    first = next(rest, held.iloc[:0].filter(list(policy.keys)))
    shape = JoinShape(first, held, policy)
    partners = Partners(held, policy.keys)
    unmatched: list[int] = []
    rows = made = 0
    for chunk in chain([first], rest):
        found = partners.of(chunk, first_row=rows + 1)
        unmatched += (found.unmatched + rows + 1).tolist()[: SHOWN_ROWS - len(unmatched)]
        matched = len(chunk) - len(found.unmatched)
        metrics["matched"] += matched
        metrics["rows_unmatched"] += len(found.unmatched)
        metrics["rows_added"] += len(found.pairs[0]) - matched
        metrics["rows_dropped"] += 0 if policy.keeps_unmatched else len(found.unmatched)
        joined = shape.matched(chunk, *(found.all_rows if policy.keeps_unmatched else found.pairs))
        yield _numbered(joined, made)
        rows += len(chunk)
        made += len(joined)
    _judge(policy, metrics["rows_unmatched"], unmatched, ctx)
    metrics["rows_consumed"] = len(held)
    if policy.keeps_right:
        alone = partners.without_left
        metrics["rows_consumed"] -= len(alone)
        yield _numbered(shape.right_only(alone), made)


def _numbered(frame: pd.DataFrame, start: int) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(start, start + len(frame)))


def _judge(policy: JoinPolicy, count: int, first: list[int], ctx: Context | None) -> None:
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
