"""Faults gathered from several looks at one pipeline, told in the order they stand in the file."""

from __future__ import annotations

from trakt.errors import Fault
from trakt.pipeline.fields import KeyPath
from trakt.pipeline.model import Pipeline

_AFTER_THE_FILE = (2, 0, 0)


class Report:
    """Collects faults of `pipeline` by key path."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._entries: list[tuple[tuple[int, int, int], Fault]] = []

    def add(self, path: KeyPath, what: str, hint: str | None = None, *, where: str | None = None) -> None:
        """Note a fault at a key path; `where` names another place, such as a line of the step's module."""
        place = where or self._pipeline.where(*path)
        self._entries.append((self._position(path), Fault(what, place, hint)))

    def add_outside(self, where: str, what: str, hint: str | None = None) -> None:
        """Note a fault of the command line."""
        self._entries.append((_AFTER_THE_FILE, Fault(what, where, hint)))

    def faults(self) -> list[Fault]:
        """Everything noted, each fault once, in the order of the file."""
        return list(dict.fromkeys(fault for _, fault in sorted(self._entries, key=lambda entry: entry[0])))

    def _position(self, path: KeyPath) -> tuple[int, int, int]:
        mark = self._pipeline.origin.mark(*path)
        return mark.position if mark else (0, 0, 0)
