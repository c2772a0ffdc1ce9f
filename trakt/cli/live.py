"""A run drawn while it lasts, on a terminal, from a thread that looks at it four times a second."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from trakt.cli.overheard import Overheard
from trakt.cli.questions import Answers
from trakt.cli.terminal import has_rich, is_ci, is_terminal, terminal_size

if TYPE_CHECKING:
    from rich.console import Console

    from trakt.engine.progress import Progress

_PER_SECOND = 4

_SAID_WHERE_NOT_DRAWN = logging.getLogger("trakt.engine.progress")


class Display:
    """Lines that stand at the bottom of a terminal from `begin` to `close`; what is printed meanwhile goes above."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open = contextlib.ExitStack()
        self._live: Any = None

    def begin(self, progress: Progress) -> None:
        """Draw a run from now on."""
        from rich.live import Live
        from rich.text import Text

        from trakt.cli.lines import Lines

        lines = Lines(progress)

        def now() -> Any:
            # the display's own descriptor is asked, since stdout and stderr lead elsewhere meanwhile
            self._console.size = terminal_size(self._console.file)
            return lines.draw(self._console.width, self._console.height)

        def say(line: str) -> None:
            self._console.print(Text.from_ansi(line), soft_wrap=True)

        level = _SAID_WHERE_NOT_DRAWN.level
        _SAID_WHERE_NOT_DRAWN.setLevel(logging.WARNING)
        self._open.callback(_SAID_WHERE_NOT_DRAWN.setLevel, level)
        self._live = Live(
            console=self._console,
            refresh_per_second=_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
            get_renderable=now,
        )
        self._open.callback(self._stop)
        self._open.callback(setattr, sys, "breakpointhook", sys.breakpointhook)
        sys.breakpointhook = self._let_debug(sys.breakpointhook)
        if is_terminal(sys.stdin):
            self._open.callback(setattr, sys, "stdin", sys.stdin)
            sys.stdin = Answers(sys.stdin, partial(self.close, keep=True))
        self._open.enter_context(Overheard(say))
        self._live.start()

    def close(self, *, keep: bool) -> None:
        """Give the terminal back as it was; with `keep` the lines stay, as they were last."""
        if self._live is not None:
            self._live.transient = not keep
        self._open.close()
        with contextlib.suppress(OSError):
            self._console.file.close()

    def _let_debug(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """`breakpoint()` in a step ends the display: its author wants to see prompts now, and to type."""

        def stop_here(*arguments: Any, **named: Any) -> Any:
            self.close(keep=True)
            if hook is not sys.__breakpointhook__ or "PYTHONBREAKPOINT" in os.environ:
                return hook(*arguments, **named)
            import pdb

            # in the step's frame, and not in this one
            return pdb.Pdb().set_trace(sys._getframe(1))

        return stop_here

    def _stop(self) -> None:
        # the terminal may be gone, and that is no fault of the run
        with contextlib.suppress(OSError):
            self._live.stop()


def display_on_stderr() -> Display | None:
    """A display on the terminal that stderr leads to; None where there is none, or none that can move its cursor."""
    console = console_on_stderr()
    return Display(console) if console else None


def console_on_stderr() -> Console | None:
    """The terminal that stderr leads to, by a descriptor of its own; None as for a display."""
    if is_ci() or not is_terminal(sys.stderr) or not has_rich():
        return None
    # what is opened next would take the place of a standard stream that is closed
    if sys.__stdin__ is None or sys.__stdout__ is None:
        return None
    from rich.console import Console

    file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding, errors="backslashreplace")
    console = Console(file=file, highlight=False)
    # rich knows TERM=dumb, and in newer versions its own TTY_INTERACTIVE
    if console.is_interactive:
        return console
    file.close()
    return None
