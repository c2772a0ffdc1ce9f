"""What became of each block of a file, and the sums of a pass over it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Generic, TypeVar

from trakt.formats import FileFacts
from trakt.formats.text.bad_rows import Findings
from trakt.formats.text.block import Block, Head

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """What became of a block: its rows, what was made of them, and its lines that are no row of their own."""

    block: Block
    found: Findings
    rows: int
    result: T | None = None
    blank: int = 0
    continued: int = 0


class Count:
    """What a pass over a file has counted so far."""

    def __init__(self) -> None:
        self.rows = 0
        self.rejected = 0
        self._lines = Counter[str]()
        self._discarded = Counter[str]()

    def begin(self, head: Head) -> None:
        """The header was read, and blank lines before it."""
        lines = Block(head.data, 1).lines
        self._lines.update(total=lines, header=head.lines, blank=lines - head.lines)

    def add(self, made: Made[T], *, aside: bool) -> None:
        """A block was read."""
        self.rows += made.rows
        self.rejected += made.found.records if aside else 0
        self._discarded += made.found.discarded
        self._lines.update(total=made.block.lines, blank=made.blank, continued=made.continued)

    def tell(self, facts: FileFacts, skipped: int) -> None:
        """The file was read to its end."""
        self._lines.update(total=skipped, skipped=skipped)
        facts.rows, facts.rejected, facts.discarded = self.rows, self.rejected, dict(self._discarded)
        facts.lines = {name: self._lines[name] for name in ("total", "header", "skipped", "blank", "continued")}
