"""The records of a block, one by one: which line each begins on, and what it reads as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from trakt.formats.text.block import Block
from trakt.formats.text.line_ends import Positions

_CR, _LF = ord("\r"), ord("\n")


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a block that are not blank, in order.

    Attributes:
        data: the block.
        starts, ends: where each record begins and ends in it, its line end included.
        lines: the physical line on which each begins.
        blank_lines: how many lines between them hold nothing at all.
    """

    data: bytes
    starts: Positions
    ends: Positions
    lines: Positions
    blank_lines: int = 0

    @classmethod
    def ending_at(cls, block: Block, record_ends: Positions, line_ends: Positions) -> Records:
        """The records of a block, by where the line ends stand in it, and by those of them that end a record."""
        data, ends = block.data, record_ends + 1
        if len(data) > (ends[-1] if len(ends) else 0):
            ends = np.append(ends, len(data))
        starts = np.concatenate([[0], ends[:-1]]).astype(np.int64) if len(ends) else ends
        lines = block.first_line + np.searchsorted(line_ends, starts)
        blank = np.isin(np.frombuffer(data, np.uint8)[starts], (_CR, _LF))
        return cls(data, starts[~blank], ends[~blank], lines[~blank], int(blank.sum()))

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Block]:
        return map(self.record, range(len(self)))

    def record(self, position: int) -> Block:
        """One record as a block of its own."""
        start, end = int(self.starts[position]), int(self.ends[position])
        return Block(self.data[start:end], int(self.lines[position]), start)

    def only(self, these: npt.NDArray[Any]) -> Records:
        """Some of them, by a mask or by their positions."""
        return replace(self, starts=self.starts[these], ends=self.ends[these], lines=self.lines[these])

    def together(self) -> bytes:
        """Their bytes, one behind the other."""
        return b"".join(self.data[start:end] for start, end in zip(self.starts, self.ends, strict=True))


def line_ends_of(data: bytes) -> Positions:
    """Where the physical lines of a block end: of a CRLF the offset of its LF."""
    octets = np.frombuffer(data, np.uint8)
    line_ends = np.flatnonzero(octets == _LF)
    if b"\r" in data:
        lone = np.flatnonzero(octets == _CR)
        lone = lone[np.append(octets, 0)[lone + 1] != _LF]
        line_ends = np.sort(np.concatenate([line_ends, lone]))
    return line_ends


def lines_of(block: Block) -> Records:
    """Take a block apart in which each physical line is a record."""
    line_ends = line_ends_of(block.data)
    return Records.ending_at(block, line_ends, line_ends)
