"""How a stream of bytes is cut where records end, quote by quote where it must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from trakt.errors import InputError
from trakt.formats.csv.options import Dialect
from trakt.formats.csv.record_ends import is_escaped, last_record_end
from trakt.formats.text.block import Block, Flaw
from trakt.formats.text.line_ends import Positions, count_lines, line_end

_NONE: Positions = np.empty(0, np.int64)
_CR, _LF = ord("\r"), ord("\n")
UNBALANCED = "unbalanced_quote"
"""Why a line is bad."""

QUOTE_HINT = 'write a quote inside a quoted field twice (""), or set `quotechar: null` if quotes mean nothing here'


@dataclass(eq=False)
class Unbalanced(Exception):
    """A quote that opens and never closes, or closes where it must not.

    Attributes:
        what, line: in words, and where to look for it.
        pending: the bytes that no block has yet; in them the record begins at `start`, and the fault at `opened`.
        hint: what to do.
        is_last: nothing follows.
    """

    what: str
    line: int
    pending: bytes
    start: int
    opened: int
    hint: str = QUOTE_HINT
    is_last: bool = False


class Cutter:
    """Holds the record under way: its `parts`, whether it stands inside quotes, and since where."""

    def __init__(self, dialect: Dialect, uri: str, first_line: int, longest: int) -> None:
        self._dialect = dialect
        self._uri = uri
        self._longest = longest
        self._line = first_line
        self._parts: list[bytes] = []
        self._held = 0
        self._inside = False
        self._previous = b"\n"
        self._undecided = b""
        # the role of these depends on the byte that follows
        self._hinges = bytes({_CR, *(dialect.quotechar or "").encode(), *(dialect.escapechar or "").encode()})

    def feed(self, data: bytes) -> Iterator[Block]:
        """Add bytes; yields the block they complete, if any."""
        data = self._undecided + data
        decided = data.rstrip(self._hinges)
        self._undecided = data[len(decided) :]
        if decided:
            yield from self.take(decided, following=self._undecided)

    def finish(self) -> Iterator[Block]:
        """The stream is over: yields what is left."""
        try:
            yield from self._finish()
        except Unbalanced as found:
            raise replace(found, is_last=True) from None

    def _finish(self) -> Iterator[Block]:
        if self._is_escaped(self._undecided, len(self._undecided)):
            raise self._ends_escaped()
        undecided, self._undecided = self._undecided, b""
        if undecided:
            yield from self.take(undecided, following=b"")
        if self._inside:
            told = f"the quoted field that opens here never closes (the file ends on line {self._last_line()})"
            raise self._unbalanced(told, b"".join(self._parts))
        if self._held:
            if self._dialect.escapechar and self._parts[-1].endswith((b"\n", b"\r")):
                # the line end is escaped, or the record would have been released
                raise self._ends_escaped()
            yield self._release(b"")

    def error(self, found: Unbalanced) -> InputError:
        """What was found, as the error that ends the reading."""
        return InputError(found.what, where=f"{self._uri}:{found.line}", hint=found.hint)

    def set_aside(self, found: Unbalanced) -> tuple[Block, Block, bytes]:
        """What was found, as a bad line, between the good records before it and the bytes after it; begin anew there.

        The bad line is empty as long as its end is not known.
        """
        rest = found.pending + self._undecided
        self._parts, self._held, self._undecided = [], 0, b""
        self._inside, self._previous = False, b"\n"
        good, bad = self._release(rest[: found.start]), Block(b"", self._line)
        end = line_end(rest, found.opened, is_last=found.is_last)
        if end is None and len(rest) - found.start > self._longest:
            raise self.error(found)
        if end is None:
            # read again when more of it is there
            self._undecided = rest[found.start :]
            return good, bad, b""
        bad = replace(self._release(rest[found.start : end]), flaw=Flaw(UNBALANCED, found.what, QUOTE_HINT))
        return good, bad, rest[end:]

    def take(self, data: bytes, following: bytes) -> Iterator[Block]:
        """As `feed`, for bytes whose end is no hinge, or whose `following` bytes are known."""
        toggles = self.toggles(data, following)
        end = last_record_end(data, toggles, self._inside, self._dialect)
        inside = self._inside ^ bool(len(toggles) % 2)
        if end:
            yield self._release(data[:end])
        self._inside = inside
        # a delimiter or line end that is escaped begins no field
        self._previous = b"x" if self._is_escaped(data, len(data) - 1) else data[-1:]
        rest = data[end:]
        if rest:
            self._parts.append(rest)
            self._held += len(rest)
        if self._held > self._longest:
            what = f"the record that begins here is over {self._longest >> 20} MiB long"
            if self._inside:
                raise self._unbalanced(what, b"".join(self._parts))
            raise InputError(what, where=f"{self._uri}:{self._line}", hint=QUOTE_HINT)

    def _release(self, tail: bytes) -> Block:
        block = Block(b"".join((*self._parts, tail)), self._line)
        self._parts, self._held = [], 0
        self._line += count_lines(block.data)
        return block

    def toggles(self, data: bytes, following: bytes) -> Positions:
        """Where quoting begins and ends in `data`, in turn."""
        quote = self._dialect.quotechar
        if quote is None or (quote.encode() not in data):
            return _NONE
        found = np.flatnonzero(np.frombuffer(data, np.uint8) == ord(quote))
        if not self._dialect.escapechar and self._is_plain(data, found, following):
            return found
        return self._one_by_one(data, found, following)

    def _is_plain(self, data: bytes, found: Positions, following: bytes) -> bool:
        """Whether each quote opens after, or closes before, a delimiter or line end (or is one of a pair)."""
        octets = np.frombuffer(self._previous + data + (following[:1] or b"\n"), np.uint8)
        bounds = np.zeros(256, bool)
        bounds[[_CR, _LF, ord(self._dialect.delimiter), ord(self._dialect.quotechar or "")]] = True
        opens, closes = (found[1::2], found[0::2]) if self._inside else (found[0::2], found[1::2])
        # octets[i] is the byte before data[i], octets[i + 2] the one after
        return bool(bounds[octets[opens]].all() and bounds[octets[closes + 2]].all())

    def _one_by_one(self, data: bytes, found: Positions, following: bytes) -> Positions:
        """The same by the letter, for blocks with quotes in odd places."""
        bounds = {_CR, _LF, ord(self._dialect.delimiter)}
        before, after = self._previous + data, data + (following[:1] or b"\n")
        inside, skipped = self._inside, -1
        toggles = []
        for position in found.tolist():
            if position == skipped or self._is_escaped(data, position):
                continue
            if not inside:
                if before[position] in bounds and not self._is_escaped(data, position - 1):
                    inside = True
                    toggles.append(position)
            elif after[position + 1] == data[position]:
                skipped = position + 1
            elif after[position + 1] in bounds:
                inside = False
                toggles.append(position)
            else:
                raise self._goes_on(data, toggles, position)
        return np.array(toggles, np.int64)

    def _is_escaped(self, data: bytes, position: int) -> bool:
        return is_escaped(data, position, self._dialect)

    def _goes_on(self, data: bytes, toggles: list[int], position: int) -> Unbalanced:
        pending = b"".join((*self._parts, data))
        start = 0
        if toggles:
            before = np.array(toggles[:-1], np.int64)
            end = last_record_end(data[: toggles[-1]], before, self._inside, self._dialect)
            start = self._held + end if end else 0
        opened = start + self._opening(pending[start : self._held + position])
        line, opens = (self._line + count_lines(pending[:at]) for at in (self._held + position, opened))
        what = f"the quoted field that opens on line {opens} goes on after its closing quote"
        return Unbalanced(what, line, pending, start, opened)

    def _unbalanced(self, what: str, pending: bytes) -> Unbalanced:
        """For a record under way that ends within quotes: the place is where they open."""
        opened = self._opening(pending)
        return Unbalanced(what, self._line + count_lines(pending[:opened]), pending, 0, opened)

    def _opening(self, record: bytes) -> int:
        """Where the quoted field opens in which `record` ends. By the letter: it must not matter how it was cut."""
        anew = Cutter(self._dialect, "", 1, 0)
        quotes = np.flatnonzero(np.frombuffer(record, np.uint8) == ord(self._dialect.quotechar or ""))
        return int(anew._one_by_one(record, quotes, b"x")[-1])

    def _ends_escaped(self) -> Unbalanced:
        pending = b"".join((*self._parts, self._undecided))
        self._undecided = b""
        what = f"the file ends with the escape character {self._dialect.escapechar!r}, which escapes nothing"
        opened = self._opening(pending) if self._inside else len(pending)
        return Unbalanced(what, self._last_line(), pending, 0, opened, "ask for the file again: its end is missing")

    def _last_line(self) -> int:
        held = b"".join(self._parts)
        return self._line + count_lines(held.rstrip(b"\r\n"))


def toggles_of(data: bytes, dialect: Dialect) -> Positions:
    """Where quoting begins and ends in whole records, in turn."""
    return Cutter(dialect, "", 1, 0).toggles(data, b"")
