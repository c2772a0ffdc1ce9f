"""Executors in this process: parts are worked on one after the other, and what goes from one to another is pickled."""

import contextlib
import pickle
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Self
from unittest import mock

from trakt.engine.spark.made import FACTS

_SENT: dict[int, bytes] = {}


class Shared:
    def __init__(self, number: int) -> None:
        self._number = number

    @property
    def value(self) -> Any:
        return pickle.loads(_SENT[self._number])


class Made:
    """Parts by their numbers, each with its named values."""

    def __init__(self, parts: dict[int, list[tuple[str, bytes]]]) -> None:
        self._parts = parts

    def then(self, name: str, work: Any, part: int | None = None) -> "Made":
        wanted = self._parts if part is None else [part]
        return Made({number: _done(work, number, self._of(number, name)) for number in wanted})

    def and_then(self, other: "Made") -> "Made":
        return Made({**self._parts, **other._parts})

    def facts(self) -> list[Any]:
        return list(self.values(FACTS))

    def values(self, name: str) -> Iterator[Any]:
        return (value for number in self._parts for value in self._of(number, name))

    def messages(self) -> list[tuple[int, int, bytes]]:
        told = ((name, part, each) for part, rows in self._parts.items() for name, each in rows)
        return [(int(name), part, each) for name, part, each in told if name != FACTS]

    def forget(self) -> None:
        self._parts = {}

    def _of(self, number: int, name: str) -> Iterator[Any]:
        return (pickle.loads(payload) for each, payload in self._parts[number] if each == name)


class Executors:
    version = "of a fake"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        _SENT.clear()

    def do(self, work: Any, parts: int, first: int = 0) -> Made:
        return Made({number: _done(work, number, iter(())) for number in range(first, first + parts)})

    def given(self, name: str, values: Sequence[Any], part: int) -> Made:
        return Made({part: [(name, pickle.dumps(value)) for value in values]})

    def share(self, value: Any) -> Shared:
        _SENT[len(_SENT)] = pickle.dumps(value)
        return Shared(len(_SENT) - 1)


def answered(messages: Any, meet: Callable[..., Any], buckets: int, parts: int) -> Iterator[tuple[int, list[Any]]]:
    """As `trakt.engine.spark.exchange.answered`."""
    met, answers = defaultdict(list), defaultdict(list)
    for bucket, part, told in sorted(messages, key=lambda message: message[:2]):
        assert bucket < buckets
        met[bucket].append((part, pickle.loads(told)))
    for bucket in sorted(met):
        for part, answer in meet(met[bucket]):
            answers[part].append(pickle.loads(pickle.dumps(answer)))
    assert all(part < parts for part in answers)
    yield from sorted(answers.items(), key=lambda each: each[0])


@contextlib.contextmanager
def in_this_process() -> Iterator[None]:
    """Runs with `engine: spark` go over parts, but on no Spark."""
    with (
        mock.patch.dict(sys.modules, {"pyspark": SimpleNamespace(cloudpickle=pickle)}),
        mock.patch("trakt.engine.spark.run.Executors", Executors),
        mock.patch("trakt.engine.spark.look.answered", answered),
    ):
        yield


def _done(work: Any, part: int, values: Iterator[Any]) -> list[tuple[str, bytes]]:
    work = pickle.loads(pickle.dumps(work))
    return [(name, pickle.dumps(value)) for name, value in work(part, values)]
