"""Whether a person looks at a stream, and how wide what they look at is."""

from __future__ import annotations

import importlib.util
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import ConsoleDimensions


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person reads it."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def has_rich() -> bool:
    """Whether the extra `cli` is installed, which draws."""
    return importlib.util.find_spec("rich") is not None


def is_ci() -> bool:
    """Whether this is a job whose log is read later, whatever its terminal pretends to be."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def terminal_size(stream: IO[str]) -> ConsoleDimensions:
    """Columns and lines of the terminal that a stream leads to; COLUMNS and LINES go before what it says."""
    from rich.console import ConsoleDimensions

    try:
        found = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        found = os.terminal_size((0, 0))
    given = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    columns, lines = (int(told) if told.isdecimal() else 0 for told in given)
    return ConsoleDimensions(columns or found.columns or 80, lines or found.lines or 25)
