"""Steps that ask a person something: whoever reads stdin wants to be seen asking, and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TextIO

_READING = frozenset({"read", "readline", "readlines", "buffer"})


class Answers:
    """Stands for stdin while a display stands, and calls `before_reading` before the first thing is read of it.

    `input` reads this way too, since stdout is no terminal meanwhile: it has written its prompt by then.
    """

    def __init__(self, stream: TextIO, before_reading: Callable[[], None]) -> None:
        self._stream = stream
        self._before_reading = before_reading

    def __getattr__(self, name: str) -> Any:
        if name in _READING:
            self._before_reading()
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[str]:
        self._before_reading()
        return iter(self._stream)
