"""Values in pieces, which are small enough for a Spark job to carry: how they are cut, and put together again."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from trakt.errors import RunError

PIECE_BYTES = 1 << 19

Piece = tuple[str, bool, bytes]
"""A name, whether it ends its value, and so many bytes of that."""


@dataclass(frozen=True, slots=True)
class Named:
    """The pieces of one name."""

    name: str

    def __call__(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        return (piece for piece in pieces if piece[0] == self.name)


def cut(made: Iterable[tuple[str, Any]]) -> Iterator[Piece]:
    """The pieces of values, each with its name."""
    for name, value in made:
        payload = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        for start in range(0, len(payload), PIECE_BYTES):
            yield name, start + PIECE_BYTES >= len(payload), payload[start : start + PIECE_BYTES]


def whole(pieces: Iterable[Piece]) -> Iterator[Any]:
    """The values; see `loaded`."""
    return (loaded(payload) for _, payload in joined(pieces))


def loaded(payload: bytes) -> Any:
    """A value that another process has made.

    Raises:
        RunError: it holds an object of a class that only that process knows.
    """
    try:
        return pickle.loads(payload)
    except (ImportError, AttributeError) as error:
        what = f"a value that a step has made cannot leave the process that made it: {error}"
        hint = "let steps return and reject texts, numbers and dates, and no objects of their own classes"
        raise RunError(what, where="engine: spark", hint=hint) from error


def joined(pieces: Iterable[Piece]) -> Iterator[tuple[str, bytes]]:
    """The values as they were pickled, each with its name."""
    held: list[bytes] = []
    for name, is_last, payload in pieces:
        held.append(payload)
        if is_last:
            yield name, b"".join(held)
            held.clear()
