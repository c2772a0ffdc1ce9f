"""What a run, its steps and the programs they start print while a display stands: put above it, line by line."""

from __future__ import annotations

import contextlib
import math
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

_STDOUT, _STDERR = 1, 2
_LOOKS_AGAIN = 0.1
"""Seconds; only once the display is over, for what a program that lives on might still say."""

_HEARS_OUT = 1.0
"""Seconds after the display is over; a program may never stop talking."""


class Overheard:
    """While inside, all that anybody writes to this process's stdout or stderr is handed to `say`, as whole lines.

    The file descriptors themselves lead into a pipe, so it does not matter who writes: `print`, `logging`, a library
    in C, or a program.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: dict[int, int] = {}
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        _flush()
        self._encoding = sys.stderr.encoding or "utf-8"
        self._pipe, writing = os.pipe()
        for each in (_STDOUT, _STDERR):
            # a process may have been started without one of them
            with contextlib.suppress(OSError):
                self._kept[each] = os.dup(each)
                os.dup2(writing, each)
        os.close(writing)
        self._thread = threading.Thread(target=self._listen, name="trakt-overheard", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _flush()
        for each, kept in self._kept.items():
            os.dup2(kept, each)
            os.close(kept)
        self._is_over.set()
        self._thread.join()
        os.close(self._pipe)

    def _listen(self) -> None:
        rest = b""
        until = math.inf
        while time.monotonic() < until:
            # a program that a step left behind keeps the pipe open, and nobody must wait for it
            if not select.select([self._pipe], [], [], _LOOKS_AGAIN)[0]:
                if self._is_over.is_set():
                    break
                continue
            if not (piece := os.read(self._pipe, 1 << 16)):
                break
            if self._is_over.is_set():
                until = min(until, time.monotonic() + _HEARS_OUT)
            *lines, rest = (rest + piece).split(b"\n")
            # a bar that draws itself anew in its line; only its last state counts
            rest = rest[rest.rfind(b"\r", 0, -1) + 1 :]
            self._tell(lines)
        if rest:
            self._tell([rest])

    def _tell(self, lines: list[bytes]) -> None:
        for line in lines:
            # the terminal may be gone, and the writers must not wait for ever
            with contextlib.suppress(Exception):
                self._say(line.decode(self._encoding, "backslashreplace"))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
