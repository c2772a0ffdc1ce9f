"""What parts tell each other: messages meet in buckets, and each part is answered."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from trakt.engine.spark.foreign import foreign_faults

Message = tuple[int, tuple[int, bytes]]
"""Where it goes to, where it comes from, and what it says, pickled."""

PARTS_AT_ONCE = 8
"""So many parts' answers are in this process at a time."""


def answered(
    messages: Any, meet: Callable[[Sequence[tuple[int, Any]]], Iterable[tuple[int, Any]]], buckets: int, parts: int
) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each part that is answered, in order, with its answers in the order of the buckets.

    Args:
        messages: an RDD of `Message`, from parts to buckets. It is looked at once.
        meet: called where a bucket is, with what parts have told, in their order; returns answers to parts.
    """
    with foreign_faults():
        met = messages.partitionBy(buckets, int).mapPartitionsWithIndex(_Meeting(meet))
        answers = met.partitionBy(parts, int)
        for start in range(0, parts, PARTS_AT_ONCE):
            some = list(range(start, min(start + PARTS_AT_ONCE, parts)))
            told = sorted(answers.context.runJob(answers, list, some), key=lambda each: (each[0], each[1][0]))
            for part, each in groupby(told, key=itemgetter(0)):
                yield part, [pickle.loads(answer) for _, (_, answer) in each]


@dataclass(frozen=True, slots=True)
class _Meeting:
    meet: Callable[[Sequence[tuple[int, Any]]], Iterable[tuple[int, Any]]]

    def __call__(self, bucket: int, messages: Iterator[Message]) -> Iterator[Message]:
        told = sorted((message for _, message in messages), key=itemgetter(0))
        if not told:
            return
        for part, answer in self.meet([(part, pickle.loads(payload)) for part, payload in told]):
            yield part, (bucket, pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))
