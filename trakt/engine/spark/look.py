"""What a step has to know of all rows before it is run for a part of them: found out by executors, in rounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trakt.engine.spark.exchange import answered
from trakt.engine.spark.executors import Executors, Shared
from trakt.engine.spark.facts import Failure
from trakt.engine.spark.made import FACTS, Made
from trakt.engine.step_errors import translated
from trakt.engine.stream import Tap
from trakt.errors import TraktError
from trakt.pipeline.model import Mode
from trakt.pipeline.rounds import Heard, Rounds

MOST_BUCKETS = 256
"""Of one round: with as many as there are parts, a bucket holds no more keys than a part."""


@dataclass(frozen=True, slots=True)
class HeardBy:
    """What one part has heard, for the executor that works on it: for each round what was agreed, and the answers."""

    part: int
    rounds: tuple[tuple[Shared, Shared], ...] = ()

    @property
    def value(self) -> tuple[Heard, ...]:
        return tuple(Heard(self.part, agreed.value, answers.value) for agreed, answers in self.rounds)

    def and_then(self, agreed: Shared, answers: Shared) -> HeardBy:
        """What it has heard when one more round is over."""
        return HeardBy(self.part, (*self.rounds, (agreed, answers)))


@dataclass(frozen=True, slots=True)
class Look:
    """What a step wants to know, and in whose name."""

    step_id: str
    mode: Mode
    rounds: Rounds

    def over(self, made: Made, name: str, parts: int, executors: Executors) -> tuple[HeardBy, ...]:
        """What each part has heard when all rounds are over; `made` keeps its rows as values of that name.

        What goes from part to part passes through this process, and stays in files of it.

        Raises:
            TraktError: the step cannot work on these rows.
        """
        heard = [HeardBy(part) for part in range(parts)]
        for _ in range(self.rounds.rounds):
            buckets = min(parts, MOST_BUCKETS)
            telling = made.then(name, _Telling(self, tuple(heard), buckets))
            agreed = self._agreed(telling.facts())
            answers = dict.fromkeys(range(parts), executors.share(()))
            for part, each in answered(telling.messages(), _Meeting(self), buckets, parts):
                answers[part] = executors.share(_sound(each))
            common = executors.share(agreed)
            heard = [each.and_then(common, answers[part]) for part, each in enumerate(heard)]
            telling.forget()
        return tuple(heard)

    def _agreed(self, facts: Sequence[Any]) -> Any:
        try:
            return self.rounds.agree(_sound(facts))
        except TraktError as error:
            raise translated(error, self.step_id) from error.__cause__


@dataclass(frozen=True, slots=True)
class _Telling:
    look: Look
    heard: tuple[HeardBy, ...]
    buckets: int

    def __call__(self, part: int, values: Iterator[pd.DataFrame]) -> Iterator[tuple[str, Any]]:
        rows = Tap(values)
        try:
            fact, messages = self._told(part, rows)
        except TraktError as error:
            yield FACTS, Failure.of(error)
            return
        for bucket, message in messages.items():
            yield str(bucket), message
        yield FACTS, fact

    def _told(self, part: int, rows: Tap) -> tuple[Any, Mapping[int, Any]]:
        try:
            return self.look.rounds.tell(self.heard[part].value, rows, self.buckets)
        except Exception as error:
            raise translated(error, self.look.step_id, rows.chunks if self.look.mode == "stream" else None) from error


@dataclass(frozen=True, slots=True)
class _Meeting:
    look: Look

    def __call__(self, told: Sequence[tuple[int, Any]]) -> Iterable[tuple[int, Any]]:
        try:
            return list(self.look.rounds.meet(told).items())
        except TraktError as error:
            return [(told[0][0], Failure.of(translated(error, self.look.step_id)))]


def _sound(told: Sequence[Any]) -> Sequence[Any]:
    """What was told, unless it is that something failed."""
    for each in told:
        if isinstance(each, Failure):
            raise each.again()
    return told
