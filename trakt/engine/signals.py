"""Signals that wait: what is half published, or half cleared away, is finished first."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_Handler = Callable[[int, FrameType | None], Any]


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """While inside, SIGINT and SIGTERM wait for the end; whoever sends one twice is heard at once.

    Only where they would raise: what ends the process, or is ignored, stays as it is. Other threads than the main one
    never see them.
    """
    former: dict[int, _Handler] = {}
    came: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if came.count(number) > 1:
            former[number](number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if callable(handler):
            former[number] = handler
            try:
                signal.signal(number, wait)
            except ValueError:
                # a thread that signals never reach
                del former[number]
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)
        for first in came[:1]:
            former[first](first, None)
