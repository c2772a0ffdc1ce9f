"""Which keys stand in several parts of the rows: found out bucket by bucket, so that no place has to know all keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

RowNumbers = np.ndarray[Any, np.dtype[np.int64]]
Digests = np.ndarray[Any, np.dtype[np.uint64]]
"""16 bytes per row, as two numbers."""


@dataclass(frozen=True, slots=True)
class KeyRows:
    """Keys of one part, each once, with a row that has it."""

    keys: Digests
    rows: RowNumbers

    @classmethod
    def of(cls, keys: Sequence[bytes], rows: Sequence[int] | RowNumbers) -> Self:
        """What `trakt.steps.keys.digests` has made of rows."""
        halves = np.frombuffer(b"".join(keys), ">u8").astype(np.uint64)
        return cls(halves.reshape(-1, 2), np.asarray(rows, np.int64))

    @classmethod
    def joined(cls, pieces: Iterable[Self]) -> Self:
        """All of them."""
        each = [cls.of((), ()), *pieces]
        return cls(np.concatenate([one.keys for one in each]), np.concatenate([one.rows for one in each]))

    def take(self, at: RowNumbers) -> KeyRows:
        """Those at these places."""
        return KeyRows(self.keys[at], self.rows[at])

    def in_buckets(self, buckets: int) -> Iterator[tuple[int, RowNumbers]]:
        """Each bucket that any of the keys falls into, and the places of those."""
        yield from _groups((self.keys[:, 0] % np.uint64(buckets)).astype(np.int64))


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """The rows of one part whose keys stand in other parts too.

    Attributes:
        rows: as the part has numbered them.
        first_parts, first_rows: where each one's key stands first.
        last_parts: the last part in which it stands.
    """

    rows: RowNumbers
    first_parts: RowNumbers
    first_rows: RowNumbers
    last_parts: RowNumbers

    @classmethod
    def joined(cls, answers: Sequence[SharedKeys]) -> SharedKeys:
        """What several buckets have found of one part."""
        nothing = np.array([], np.int64)
        each = [cls(nothing, nothing, nothing, nothing), *answers]
        return cls(*(np.concatenate(columns) for columns in zip(*(one.columns for one in each), strict=True)))

    @property
    def columns(self) -> tuple[RowNumbers, RowNumbers, RowNumbers, RowNumbers]:
        """All that is known of them."""
        return self.rows, self.first_parts, self.first_rows, self.last_parts

    def take(self, which: np.ndarray[Any, np.dtype[np.bool_]]) -> SharedKeys:
        """Some of them."""
        return SharedKeys(*(column[which] for column in self.columns))


def repeated_keys(told: Sequence[tuple[int, KeyRows]]) -> Mapping[int, SharedKeys]:
    """As `shared_keys`, but only of rows whose key stands in a part before theirs."""
    found = {part: shared.take(shared.first_parts < part) for part, shared in shared_keys(told).items()}
    return {part: repeated for part, repeated in found.items() if len(repeated.rows)}


def shared_keys(told: Sequence[tuple[int, KeyRows]]) -> Mapping[int, SharedKeys]:
    """What each part is to know of the keys of one bucket, given what all parts, in order, have in it."""
    all_of_them = KeyRows.joined(each for _, each in told)
    parts = np.repeat([part for part, _ in told], [len(each.rows) for _, each in told]).astype(np.int64)
    keys, rows = all_of_them.keys, all_of_them.rows
    # stable, and so each key's parts stay in order
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    keys, rows, parts = keys[order], rows[order], parts[order]
    starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)][: len(keys)])
    sizes = np.diff(np.r_[starts, len(keys)])
    first, last = np.repeat(starts, sizes), np.repeat(starts + sizes - 1, sizes)
    at = np.flatnonzero(np.repeat(sizes > 1, sizes))
    return {
        part: SharedKeys(rows[each], parts[first[each]], rows[first[each]], parts[last[each]])
        for part, each in ((part, at[places]) for part, places in _groups(parts[at]))
    }


def _groups(numbers: RowNumbers) -> Iterator[tuple[int, RowNumbers]]:
    """Each number that stands there, and the places where it does."""
    order = numbers.argsort(kind="stable")
    found, starts = np.unique(numbers[order], return_index=True)
    # what is split at no place is one piece still
    yield from zip(found.tolist(), np.split(order, starts)[1:], strict=True)
