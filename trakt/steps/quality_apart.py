"""A quality gate over parts of the rows: which keys stand in other parts is heard, all else is counted and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trakt.errors import QualityError, RunError
from trakt.pipeline.apart import Apart, Part
from trakt.pipeline.context import Context
from trakt.pipeline.rounds import Frames, Heard, Rounds
from trakt.steps.chunks import chunks_of, in_mode, set_apart
from trakt.steps.events import warn
from trakt.steps.policy import policy_of
from trakt.steps.quality_policy import QualityGatePolicy
from trakt.steps.quality_tally import Gate, Places, Tally
from trakt.steps.quality_violations import violations_of
from trakt.steps.seen_keys import PartKeys, SeenKeys, rows_before
from trakt.steps.shared_keys import KeyRows, RowNumbers, SharedKeys, repeated_keys


def judged(
    frames: Frames, policy: QualityGatePolicy, ctx: Context | None, heard: Sequence[Heard], tally: Tally
) -> Frames:
    """The rows that pass, counted in `tally`; rows that are set aside go to `ctx`."""
    with ExitStack() as stack:
        keys = _keys(stack, heard, GateRounds(policy), len(policy.keys))
        for chunk in frames:
            passing, aside = tally.add(chunk, policy, keys)
            _reject(ctx, chunk, aside)
            yield set_apart(passing)


def judgement(ctx: Context | None, tallies: Sequence[Tally], policy: QualityGatePolicy) -> dict[str, int]:
    """Warn of violations, or fail for them; the metrics are `quality_checks` and `quality_violations`.

    Raises:
        QualityError: with all violations of gates in mode `fail`.
    """
    tally = Tally.of(policy)
    for each in tallies:
        tally.follow(each)
    violations = violations_of(policy, tally)
    for violation in violations:
        if policy.mode_of(violation.gate) == "warn":
            warn(ctx, "warning.quality_gate", violation.message, gate=violation.gate, **violation.numbers)
    if faults := [each.fault for each in violations if policy.mode_of(each.gate) == "fail"]:
        raise QualityError.of(faults)
    return {"quality_checks": policy.checks, "quality_violations": len(violations)}


@dataclass(frozen=True)
class GateRounds:
    """Keys of all parts meet, each with the first row that has it; see `trakt.pipeline.rounds.Rounds`.

    What one key sets aside, the next does not see: so they need a round each. Else all keys see the same rows.
    """

    policy: QualityGatePolicy

    @property
    def rounds(self) -> int:
        """One for the unique keys, or one for each of them."""
        return len(self.policy.keys) if self._one_by_one else min(len(self.policy.keys), 1)

    def tell(
        self, heard: Sequence[Heard], frames: Frames, buckets: int
    ) -> tuple[dict[int, int], Mapping[int, dict[int, KeyRows]]]:
        """How many rows each key saw, by its position; and by bucket the keys."""
        asked = self.asked(len(heard))
        tally = Tally.of(self.policy)
        into: dict[int, dict[int, KeyRows]] = {}
        with ExitStack() as stack:
            keys = _keys(stack, heard, self, asked.stop)
            for chunk in frames:
                tally.add(chunk, self.policy, keys)
            for position in asked:
                found = keys[position].keys()
                for bucket, at in found.in_buckets(buckets):
                    into.setdefault(bucket, {})[position] = found.take(at)
        return {position: tally.repeats[position].seen for position in asked}, into

    def agree(self, facts: Sequence[Mapping[int, int]]) -> dict[int, RowNumbers]:
        """By key, how many rows it saw before each part."""
        return {position: rows_before([fact[position] for fact in facts]) for position in facts[0]}

    def meet(self, told: Sequence[tuple[int, Mapping[int, KeyRows]]]) -> dict[int, dict[int, SharedKeys]]:
        """By part and key, the rows whose key stands in a part before."""
        answers: dict[int, dict[int, SharedKeys]] = {}
        for position in sorted({position for _, keys in told for position in keys}):
            met = repeated_keys([(part, keys[position]) for part, keys in told if position in keys])
            for part, repeated in met.items():
                answers.setdefault(part, {})[position] = repeated
        return answers

    def asked(self, number: int) -> range:
        """The positions of the keys that round `number`, from 0, is about."""
        return range(number, number + 1) if self._one_by_one else range(len(self.policy.keys))

    @property
    def _one_by_one(self) -> bool:
        return self.policy.mode_of("unique_keys") == "quarantine"


def _keys(stack: ExitStack, heard: Sequence[Heard], rounds: GateRounds, many: int) -> list[SeenKeys]:
    """The keys met so far, for each of the first `many` unique keys: in this part, and in those before as heard."""
    told = {position: each for number, each in enumerate(heard) for position in rounds.asked(number)}
    return [
        stack.enter_context(_part_keys(position, told[position]) if position in told else SeenKeys())
        for position in range(many)
    ]


def _part_keys(position: int, heard: Heard) -> PartKeys:
    shared = SharedKeys.joined([keys[position] for keys in heard.answers if position in keys])
    return PartKeys.of(shared, heard.part, heard.agreed[position])


def _part(ctx: Context, part: Part, input: Any, policy: Any) -> tuple[Mapping[str, Any], Tally]:
    settled = policy_of(QualityGatePolicy, policy)
    tally = Tally.of(settled)
    return {"output": in_mode(ctx, judged(chunks_of(input, "input"), settled, ctx, part.found, tally))}, tally


def _total(ctx: Context, tallies: Sequence[Tally], policy: Any) -> Mapping[str, Any]:
    return {"__metrics__": judgement(ctx, tallies, policy_of(QualityGatePolicy, policy))}


def _rounds(literals: Mapping[str, Any]) -> Rounds:
    return GateRounds(policy_of(QualityGatePolicy, literals["policy"]))


def _reject(ctx: Context | None, chunk: pd.DataFrame, aside: Sequence[tuple[Places, Gate]]) -> None:
    """In the order of the rows, so that where chunks end can be seen nowhere; gates of one kind give one reason."""
    if not aside:
        return
    if ctx is None:
        raise RunError("a gate can quarantine only in a run", hint="give it the context of one, or use warn or fail")
    for reason in dict.fromkeys(gate.reason for _, gate in aside):
        gates = [(places, gate) for places, gate in aside if gate.reason == reason]
        places = np.concatenate([each for each, _ in gates])
        whose = np.repeat(np.arange(len(gates)), [len(each) for each, _ in gates])
        order = places.argsort()
        rejected = [gates[each][1] for each in whose[order].tolist()]
        columns = [gate.columns[0] if len(gate.columns) == 1 else None for gate in rejected]
        ctx.reject(chunk.take(places[order]), reason=reason, column=columns, message=[gate.told for gate in rejected])


APART = Apart(spread="input", part=_part, total=_total, rounds=_rounds)
"""What stands in one row is judged in its part, and counted; which keys stand in several parts is found out before."""
