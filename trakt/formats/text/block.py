"""Blocks: whole records as UTF-8 bytes, and where they stand in their file."""

from __future__ import annotations

from dataclasses import dataclass

from trakt.formats.text.line_ends import count_lines


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a record cannot be taken: a `reason` as a code, `what` is wrong and, as a `hint`, what to do."""

    reason: str
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records as UTF-8 bytes.

    Attributes:
        first_line: the physical line (from 1) of the first.
        first_byte: where a single record stands in the block it was taken from.
        flaw: what is wrong, for a block that is one bad record.
    """

    data: bytes
    first_line: int
    first_byte: int = 0
    flaw: Flaw | None = None

    @property
    def lines(self) -> int:
        """How many physical lines it has; the last of a file may lack its end."""
        return count_lines(self.data) + (bool(self.data) and not self.data.endswith((b"\n", b"\r")))


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file that is no row.

    Attributes:
        names: of the columns, where it has them.
        data: all of it, blank lines before the header included.
        lines: how many lines the header takes; blank ones before it do not count.
        rest: what follows it in its block, or None.
    """

    names: tuple[str, ...] = ()
    data: bytes = b""
    lines: int = 0
    rest: Block | None = None
