"""How what executors make is cut into pieces, and fetched; without Spark, which only carries it."""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.engine.spark import made, pieces
from trakt.engine.spark.made import FACTS, Begun, Dealt, Made, grouped
from trakt.errors import RunError


class Partitions:
    """As much of an RDD as is asked of one."""

    def __init__(self, each: list[list[Any]]) -> None:
        self.each = each
        self.context = self
        self.jobs: list[int] = []

    def getNumPartitions(self) -> int:  # noqa: N802 - Spark's
        return len(self.each)

    def runJob(self, rdd: "Partitions", work: Callable[[Iterable[Any]], Iterable[Any]], wanted: list[int]) -> list[Any]:  # noqa: N802
        found = [item for partition in wanted for item in work(iter(rdd.each[partition]))]
        if work is not made._weight:
            self.jobs.append(sum(len((item if rdd is self else item[1])[2]) for item in found))
        return found

    def mapPartitionsWithIndex(self, work: Callable[[int, Iterator[Any]], Iterable[Any]]) -> "Partitions":  # noqa: N802
        return Partitions([list(work(index, iter(each))) for index, each in enumerate(self.each)])

    def partitionBy(self, many: int, which: Callable[[int], int]) -> "Partitions":  # noqa: N802
        dealt: list[list[Any]] = [[] for _ in range(many)]
        for each in self.each:
            for key, value in each:
                dealt[which(key)].append((key, value))
        return Partitions(dealt)


def made_of(parts: list[list[tuple[str, Any]]]) -> Made:
    work = Begun(lambda part, values: parts[part], 0)
    return Made(Partitions([list(work(part, iter(()))) for part in range(len(parts))]), Made)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_BYTES", 16)
    monkeypatch.setattr(made, "FEW_BYTES", 48)
    monkeypatch.setattr(made, "FETCH_BYTES", 64)


VALUES = st.lists(st.tuples(st.sampled_from([FACTS, "a", "b"]), st.binary(max_size=90)), max_size=8)


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_values_come_back_whole_and_in_order_whatever_they_weigh(parts: list[list[tuple[str, Any]]]) -> None:
    kept = made_of(parts)
    for name in ("a", "b", FACTS):
        assert list(kept.values(name)) == [value for part in parts for each, value in part if each == name]


def test_what_was_told_comes_in_the_order_of_the_parts_also_when_it_is_long() -> None:
    told = [{"part": part, "said": "x" * (200 if part == 1 else 2)} for part in range(3)]
    assert made_of([[("a", 1), (FACTS, each)] for each in told]).facts() == told


def test_small_parts_come_together_and_no_job_brings_more_than_it_may() -> None:
    kept = made_of([[("a", bytes(size))] for size in (1, 2, 3, 300, 4, 5)])
    assert [len(value) for value in kept.values("a")] == [1, 2, 3, 300, 4, 5]
    rdd = kept._rdd
    assert len(rdd.jobs) < len(rdd.each) + 3
    assert max(rdd.jobs) <= 64


@given(st.dictionaries(st.integers(0, 50), st.integers(1, 200), max_size=20), st.integers(1, 100))
def test_groups_hold_every_part_once_and_pass_the_limit_only_alone(sizes: dict[int, int], limit: int) -> None:
    groups = list(grouped(sizes, limit))
    assert [part for group in groups for part in group] == list(sizes)
    assert all(len(group) == 1 or sum(sizes[part] for part in group) <= limit for group in groups)


def test_each_large_part_has_buckets_of_its_own() -> None:
    dealt = Dealt.of("a", {3: 130, 7: 65})
    assert [list(dealt.of_part(part)) for part in (3, 7)] == [[0, 1, 2], [3, 4]]
    assert dealt.many == 5
    assert list(dealt(5, [("a", True, b"x")])) == []


def test_a_value_of_a_class_that_is_known_elsewhere_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ModuleType("_trakt_steps_7")
    monkeypatch.setitem(sys.modules, steps.__name__, steps)
    rate = type("Rate", (), {"__module__": steps.__name__})
    steps.Rate = rate  # type: ignore[attr-defined]
    kept = made_of([[("a", rate()), (FACTS, rate())]])
    monkeypatch.delitem(sys.modules, steps.__name__)
    for ask in (kept.facts, lambda: list(kept.values("a"))):
        with pytest.raises(RunError, match="No module named '_trakt_steps_7'"):
            ask()
