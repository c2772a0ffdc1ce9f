"""Rows of several parts that share a key, each the winner of its part: which of them stays, and with which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from trakt.schema.stacked import stacked
from trakt.steps.dedupe_policy import DedupePolicy
from trakt.steps.shared_keys import KeyRows, RowNumbers
from trakt.steps.winners import winning


@dataclass(frozen=True, slots=True)
class Rivals:
    """Winners of one part: their keys, each with its place among all winners of the part, and values that decide."""

    keys: KeyRows
    values: pd.DataFrame


def _none() -> RowNumbers:
    return np.array([], np.int64)


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of winners of one part.

    Attributes:
        lost: the places of those that go.
        changed, values: the places of those that stay with other values, and their rows.
    """

    lost: RowNumbers
    changed: RowNumbers = field(default_factory=_none)
    values: pd.DataFrame | None = None

    @classmethod
    def joined(cls, answers: Sequence[Settled]) -> Settled:
        """What several buckets have settled."""
        each = [cls(_none()), *answers]
        values = [one.values for one in each if one.values is not None]
        lost, changed = (np.concatenate([getattr(one, name) for one in each]) for name in ("lost", "changed"))
        return cls(lost, changed, stacked(values) if values else None)


def settled(told: Sequence[tuple[int, Rivals]], policy: DedupePolicy) -> Mapping[int, Settled]:
    """By part, what becomes of its rivals in one bucket; parts are in order."""
    values = stacked([rivals.values for _, rivals in told]).reset_index(drop=True)
    keys = KeyRows.joined(rivals.keys for _, rivals in told)
    parts = np.repeat([part for part, _ in told], [len(rivals.values) for _, rivals in told])
    _, first, key = np.unique(keys.keys, axis=0, return_index=True, return_inverse=True)
    kept = winning(values, first[key.reshape(-1)], policy)
    stays = np.zeros(len(values), dtype=bool)
    stays[kept.index] = True
    found = {}
    for part, _ in told:
        mine = parts == part
        outcome = Settled(keys.rows[mine & ~stays])
        if policy.winner == "non_null" and (mine & stays).any():
            outcome = Settled(outcome.lost, keys.rows[mine & stays], kept[mine[kept.index]])
        found[part] = outcome
    return found


def without_losers(winners: pd.DataFrame, outcome: Settled) -> pd.DataFrame:
    """The winners of a part that stay, each with the values that it stays with."""
    # where each row comes from: the winners, or the changed ones behind them
    source = np.arange(len(winners))
    if outcome.values is not None:
        source[outcome.changed] = len(winners) + np.arange(len(outcome.changed))
    stays = np.ones(len(winners), dtype=bool)
    stays[outcome.lost] = False
    both = winners if outcome.values is None else stacked([winners, outcome.values])
    return both.take(source[stays]).set_axis(winners.index[stays])
