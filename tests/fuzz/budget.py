"""How long is searched: a few seconds for each kind of input in CI, `FUZZ_SECONDS` for all of them in `make fuzz`.

The search of CI is the same each time: a build that fails, fails again. A longer one begins elsewhere each time, and
hypothesis prints the example it fails with.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SECONDS_IN_CI = 4.0
KINDS = 7
"""Searches that share FUZZ_SECONDS."""
SECONDS_OF_ONE = 20
"""An example that takes longer hangs."""

_AT_A_TIME = 25


class HangError(AssertionError):
    """An example does not come to an end."""


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Raise HangError after so long; where even that is not heard, end the process with the stacks of all threads."""

    def late(number: int, frame: FrameType | None) -> None:
        raise HangError(f"still at it after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    faulthandler.dump_traceback_later(2 * seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def search(examples: st.SearchStrategy[Any], check: Callable[[Any], None]) -> int:
    """Check examples until the time is over; returns how many there were."""
    given_seconds = os.environ.get("FUZZ_SECONDS")
    seconds = float(given_seconds) / KINDS if given_seconds else SECONDS_IN_CI
    first = random.SystemRandom().randrange(10**6) if given_seconds else 0
    until, count = time.monotonic() + seconds, 0

    def checked(example: Any) -> None:
        nonlocal count
        count += 1
        with no_longer_than(SECONDS_OF_ONE):
            check(example)

    while time.monotonic() < until:
        rounds = settings(
            max_examples=_AT_A_TIME,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
        )
        first += 1
        seed(first)(rounds(given(examples)(checked)))()
    return count
