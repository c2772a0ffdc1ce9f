"""Columns in which some values say that they are text, and some are none."""

from __future__ import annotations

from collections.abc import Iterable

from trakt.formats.text.table import TextTable


class Mixtures:
    """Watches the columns of an input go by, block after block."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._others: set[str] = set()

    def observe(self, text: TextTable, names: Iterable[str]) -> None:
        """Take in some columns of one block."""
        for name in names:
            words = int(text.words[name].sum()) if name in text.words else 0
            if words:
                self._texts.add(name)
            if words < text.rows - text.column(name).null_count:
                self._others.add(name)

    def add(self, other: Mixtures) -> None:
        """Take in what another one has observed."""
        self._texts |= other._texts
        self._others |= other._others

    def among(self, names: Iterable[str]) -> list[str]:
        """Which of these columns have both."""
        return [name for name in names if name in self._texts & self._others]
