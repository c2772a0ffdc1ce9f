"""One row per key, over parts of the rows: each part finds its own winners, and those that share a key meet.

So of a key, however many rows have it, no more than one for each part ever travels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trakt.pipeline.apart import Apart, Part
from trakt.pipeline.context import Context
from trakt.pipeline.rounds import Frames, Heard, Rounds
from trakt.steps.chunks import chunks_of, collected, in_mode
from trakt.steps.columns import demand_columns
from trakt.steps.dedupe_policy import DedupePolicy
from trakt.steps.keys import digests, in_slices
from trakt.steps.policy import policy_of
from trakt.steps.rivals import Rivals, Settled, settled, without_losers
from trakt.steps.seen_keys import PartKeys, SeenKeys, rows_before
from trakt.steps.shared_keys import KeyRows, RowNumbers, SharedKeys, repeated_keys, shared_keys
from trakt.steps.winners import Kinds, demand_order, has_order, joined_kinds, kinds_in, winning


def deduped(frames: Frames, policy: DedupePolicy, heard: Sequence[Heard], found: dict[str, int]) -> Frames:
    """The rows that stay; `found` counts those that do not.

    Every winner but `first` sees its rows in one frame.
    """
    with _keys_before(heard) if policy.winner == "first" else SeenKeys() as seen:
        for chunk in frames:
            kept = _winners(chunk, policy, seen)
            if heard and policy.winner != "first":
                kept = without_losers(kept, _outcome(heard))
            found["rows_dropped"] += len(chunk) - len(kept)
            yield kept


def rounds_of(policy: DedupePolicy) -> Rounds:
    """What parts have to tell each other."""
    return FirstRounds(policy) if policy.winner == "first" else WinnerRounds(policy)


@dataclass(frozen=True)
class FirstRounds:
    """The keys of all parts meet, each with the first row that has it; see `trakt.pipeline.rounds.Rounds`."""

    policy: DedupePolicy
    rounds: int = 1

    def tell(self, heard: Sequence[Heard], frames: Frames, buckets: int) -> tuple[int, Mapping[int, KeyRows]]:  # noqa: ARG002
        """How many rows there are, and the keys by bucket."""
        with SeenKeys() as seen:
            for chunk in frames:
                demand_columns(chunk, self.policy.keys)
                seen.first_rows(chunk, self.policy.keys)
            keys = seen.keys()
            return seen.rows, {bucket: keys.take(at) for bucket, at in keys.in_buckets(buckets)}

    def agree(self, facts: Sequence[int]) -> RowNumbers:
        """How many rows come before each part."""
        return rows_before(facts)

    def meet(self, told: Sequence[tuple[int, KeyRows]]) -> Mapping[int, SharedKeys]:
        """By part, the rows whose key stands in a part before."""
        return repeated_keys(told)


@dataclass(frozen=True)
class WinnerRounds:
    """The keys of the winners of each part meet; and where values decide, in a second round those that have rivals."""

    policy: DedupePolicy

    @property
    def rounds(self) -> int:
        """The order of rows needs no second one."""
        return 1 if self.policy.winner == "last" else 2

    def tell(self, heard: Sequence[Heard], frames: Frames, buckets: int) -> tuple[Kinds, Mapping[int, Any]]:
        """First the kinds of values to order by, and the keys of winners by bucket; then the winners with rivals."""
        whole = collected(frames)
        demand_columns(whole, dict.fromkeys((*self.policy.keys, *self.policy.ordered)))
        kinds = kinds_in(whole, self.policy.ordered)
        if not has_order(kinds):
            # who wins cannot be said, and `agree` says why
            return kinds, {}
        with SeenKeys() as seen:
            winners = _winners(whole, self.policy, seen)
        if heard:
            return kinds, self._rivals(winners, SharedKeys.joined(heard[0].answers), buckets)
        keys = _keys(winners, self.policy)
        return kinds, {bucket: keys.take(at) for bucket, at in keys.in_buckets(buckets)}

    def agree(self, facts: Sequence[Kinds]) -> None:
        """Nothing, where all values have an order.

        Raises:
            RunError: they have none.
        """
        demand_order(joined_kinds(facts), self.policy.ordered)

    def meet(self, told: Sequence[tuple[int, Any]]) -> Mapping[int, SharedKeys | Settled]:
        """By part, the winners whose key stands in other parts too; or what becomes of them."""
        return settled(told, self.policy) if isinstance(told[0][1], Rivals) else shared_keys(told)

    def _rivals(self, winners: pd.DataFrame, shared: SharedKeys, buckets: int) -> Mapping[int, Rivals]:
        rivals = winners.take(shared.rows)
        keys = KeyRows(_keys(rivals, self.policy).keys, shared.rows)
        values = rivals if self.policy.winner == "non_null" else rivals[list(dict.fromkeys(self.policy.ordered))]
        return {bucket: Rivals(keys.take(at), values.take(at)) for bucket, at in keys.in_buckets(buckets)}


def _winners(chunk: pd.DataFrame, policy: DedupePolicy, seen: SeenKeys) -> pd.DataFrame:
    demand_columns(chunk, dict.fromkeys((*policy.keys, *policy.ordered)))
    start = seen.rows + 1
    return winning(chunk, seen.first_rows(chunk, policy.keys) - start, policy)


def _keys(frame: pd.DataFrame, policy: DedupePolicy) -> KeyRows:
    keys = [key for part in in_slices(frame) for key in digests(part, policy.keys)]
    return KeyRows.of(keys, np.arange(len(frame)))


def _keys_before(heard: Sequence[Heard]) -> SeenKeys:
    if not heard:
        return SeenKeys()
    (only,) = heard
    return PartKeys.of(SharedKeys.joined(only.answers), only.part, only.agreed)


def _outcome(heard: Sequence[Heard]) -> Settled:
    """What becomes of the winners of a part."""
    if len(heard) > 1:
        return Settled.joined(heard[1].answers)
    shared = SharedKeys.joined(heard[0].answers)
    return Settled(shared.rows[shared.last_parts > heard[0].part])


def _part(ctx: Context, part: Part, input: Any, policy: Any) -> tuple[Mapping[str, Any], dict[str, int]]:
    metrics = {"rows_dropped": 0}
    chunks = deduped(chunks_of(input, "input"), policy_of(DedupePolicy, policy), part.found, metrics)
    return {"output": in_mode(ctx, chunks)}, metrics


def _total(ctx: Context, tallies: Sequence[Mapping[str, int]], policy: Any) -> Mapping[str, Any]:  # noqa: ARG001
    return {"__metrics__": {"rows_dropped": sum(each["rows_dropped"] for each in tallies)}}


def _rounds(literals: Mapping[str, Any]) -> Rounds:
    return rounds_of(policy_of(DedupePolicy, literals["policy"]))


APART = Apart(spread="input", part=_part, total=_total, rounds=_rounds)
"""Each part finds its own winners, having heard which of them do not stay."""
