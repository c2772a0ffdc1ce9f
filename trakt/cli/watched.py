"""A run that somebody may look at: drawn while it lasts, and summed up at its end."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from trakt.cli.answer import Answer
from trakt.cli.summary import summary

if TYPE_CHECKING:
    from trakt.cli.live import Display
    from trakt.engine.progress import Progress


class Watched:
    """One run; `begin` is for whoever runs it."""

    def __init__(self, display: Display | None) -> None:
        self._display = display
        self._progress: Progress | None = None
        self._began = time.perf_counter()

    def begin(self, progress: Progress) -> None:
        """The run has begun."""
        self._progress = progress
        if self._display:
            self._display.begin(progress)

    def answer(self, result: Mapping[str, Any]) -> Answer:
        """What to say of it: the result, and the same in words."""
        parts = self._progress.parts() if self._progress else []
        return Answer(result, text=partial(summary, result, parts, time.perf_counter() - self._began))


@contextlib.contextmanager
def watching(options: argparse.Namespace) -> Iterator[Watched]:
    """A run inside is drawn where somebody looks; the terminal is given back however it ends.

    Not with `--quiet` or `--json`, nor with `--verbose`, whose lines are to be read along.
    """
    display = None
    if not (options.quiet or options.json or options.verbose):
        from trakt.cli.live import display_on_stderr

        display = display_on_stderr()
    try:
        yield Watched(display)
    except BaseException as error:
        if display:
            # how far it came belongs to an error; who interrupts a run has seen it
            display.close(keep=isinstance(error, Exception))
        raise
    if display:
        display.close(keep=False)
