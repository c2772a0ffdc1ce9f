"""What executors have made: kept on their disks part by part, and fetched in pieces that fit a small driver.

A Spark job brings whole partitions, which pass through the memory of its driver several times over. So values are cut
into pieces, and what a job brings is limited: parts that are small come together, and one that is large is dealt out
into buckets first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from trakt.engine.spark.arrival import travelling
from trakt.engine.spark.foreign import foreign_faults
from trakt.engine.spark.pieces import Named, Piece, cut, joined, loaded, whole

FACTS = ""
"""The name of what is told beside the rows, which no artifact has."""
FETCH_BYTES = 32 << 20
"""What one job brings, where a single piece is not more."""
FEW_BYTES = 1 << 14
"""So large may facts be that come in one job, those of all parts."""


class Made:
    """What executors have made, part by part: each is a partition of its own, in order, and stays one.

    Args:
        rdd: the pieces.
        keep: makes another one of these.
        first: the number of the part that is the first partition.
        only: the one part that is asked for; None: all of them.
    """

    def __init__(self, rdd: Any, keep: Callable[..., Made], first: int = 0, only: int | None = None) -> None:
        self._rdd = rdd
        self._new = keep
        self._first = first
        self._only = only
        self._weights: list[_Weight] = []

    def keep(self) -> None:
        """Let what is made stay on the executors' disks."""
        from pyspark import StorageLevel

        self._rdd.persist(StorageLevel.DISK_ONLY)

    def forget(self) -> None:
        """Free the disks."""
        self._rdd.unpersist()

    def then(self, name: str, work: Any, part: int | None = None) -> Made:
        """Have `work` done with the values of that name, of all parts or of one; they do not leave their executors."""
        only = None if part is None else part - self._first
        task = travelling(Continued(name, work, self._first, only))
        with foreign_faults():
            return self._new(self._rdd.mapPartitionsWithIndex(task), self._first, only)

    def and_then(self, other: Made) -> Made:
        """These parts, and behind them those of `other`."""
        with foreign_faults():
            return Made(self._rdd.context.union([self._rdd, other._rdd]), self._new, self._first)

    def messages(self) -> Any:
        """All values beside the facts, whose names are numbers: an RDD of `trakt.engine.spark.exchange.Message`."""
        with foreign_faults():
            return self._rdd.mapPartitionsWithIndex(_Messages(self._first))

    def facts(self) -> list[Any]:
        """What was told of each part, in their order; by then all of them are made."""
        told = [weight.facts for weight in self._weighed()]
        return list(self.values(FACTS)) if None in told else [loaded(each) for each in told if each]

    def values(self, name: str) -> Iterator[Any]:
        """The values of that name, in the order of the parts, fetched as they are asked for."""
        return whole(self._pieces(name))

    def _pieces(self, name: str) -> Iterator[Piece]:
        weights = zip(self._asked, self._weighed(), strict=True)
        sizes = {part: weight.sizes[name] for part, weight in weights if weight.sizes[name]}
        large = {part: size for part, size in sizes.items() if size > FETCH_BYTES}
        dealt = Dealt.of(name, large)
        buckets: Any = None
        for group in grouped(sizes, FETCH_BYTES):
            with foreign_faults():
                if group[0] not in large:
                    yield from self._rdd.context.runJob(self._rdd, Named(name), group)
                    continue
                if buckets is None:
                    buckets = self._rdd.mapPartitionsWithIndex(dealt).partitionBy(dealt.many, _itself)
                for bucket in dealt.of_part(group[0]):
                    for _, piece in self._rdd.context.runJob(buckets, list, [bucket]):
                        yield piece

    def _weighed(self) -> list[_Weight]:
        if not self._weights:
            with foreign_faults():
                self._weights = self._rdd.context.runJob(self._rdd, _weight, self._asked)
        return self._weights

    @property
    def _asked(self) -> list[int]:
        return list(range(self._rdd.getNumPartitions())) if self._only is None else [self._only]


@dataclass(frozen=True, slots=True)
class Begun:
    """Does the work for parts by their numbers; see `RDD.mapPartitionsWithIndex`."""

    work: Callable[[int, Iterator[Any]], Iterable[tuple[str, Any]]]
    first: int

    def __call__(self, partition: int, numbers: Iterator[int]) -> Iterator[Piece]:  # noqa: ARG002 - Spark's
        return cut(self.work(self.first + partition, iter(())))


@dataclass(frozen=True, slots=True)
class Continued:
    """Does the work for parts of which values were made before."""

    name: str
    work: Callable[[int, Iterator[Any]], Iterable[tuple[str, Any]]]
    first: int
    only: int | None

    def __call__(self, partition: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
        if self.only not in (None, partition):
            return iter(())
        return cut(self.work(self.first + partition, whole(Named(self.name)(pieces))))


@dataclass(frozen=True, slots=True)
class Dealt:
    """Deals the pieces of a name out into buckets, each of them with what one job brings of one part.

    Attributes:
        firsts: the first bucket of each part that is dealt out.
        many: how many buckets there are.
    """

    name: str
    firsts: Mapping[int, int]
    many: int

    @classmethod
    def of(cls, name: str, sizes: Mapping[int, int]) -> Dealt:
        """For parts of these sizes, in bytes."""
        ends = list(accumulate((size // FETCH_BYTES + 1 for size in sizes.values()), initial=0))
        return cls(name, dict(zip(sizes, ends, strict=False)), ends[-1])

    def of_part(self, part: int) -> range:
        """The buckets of a part, in the order of its pieces."""
        later = [first for first in self.firsts.values() if first > self.firsts[part]]
        return range(self.firsts[part], min(later, default=self.many))

    def __call__(self, partition: int, pieces: Iterable[Piece]) -> Iterator[tuple[int, Piece]]:
        if partition not in self.firsts:
            return
        before = 0
        for piece in Named(self.name)(pieces):
            yield self.firsts[partition] + before // FETCH_BYTES, piece
            before += len(piece[2])


def grouped(sizes: Mapping[int, int], limit: int) -> Iterator[Sequence[int]]:
    """Parts that are fetched together, in their order: as many as do not pass the limit, one at least."""
    group: list[int] = []
    size = 0
    for part, many in sizes.items():
        if group and size + many > limit:
            yield group
            group, size = [], 0
        group.append(part)
        size += many
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Messages:
    first: int

    def __call__(self, partition: int, pieces: Iterable[Piece]) -> Iterator[tuple[int, tuple[int, bytes]]]:
        told = (piece for piece in pieces if piece[0] != FACTS)
        return ((int(name), (self.first + partition, payload)) for name, payload in joined(told))


@dataclass(frozen=True, slots=True)
class _Weight:
    """How many bytes a part has of each name, and its facts, pickled, where these are few."""

    sizes: Counter[str]
    facts: bytes | None


def _weight(pieces: Iterable[Piece]) -> Iterator[_Weight]:
    sizes: Counter[str] = Counter()
    facts: list[bytes] = []
    for name, _, payload in pieces:
        sizes[name] += len(payload)
        if name == FACTS:
            facts = [*facts, payload] if sizes[name] <= FEW_BYTES else []
    yield _Weight(sizes, b"".join(facts) or None)


def _itself(bucket: int) -> int:
    return bucket
