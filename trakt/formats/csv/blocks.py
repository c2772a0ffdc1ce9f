"""UTF-8 bytes cut into blocks of whole records, with quotes checked and physical lines counted.

Every record lies in exactly one block, so blocks can be split into fields one by one, in any
number of threads, with the same result. Where a file obeys RFC 4180 this costs one vector search
for quotes per block; only a block with a quote in an odd place is looked at quote by quote.

A quote that opens or closes nothing is where other readers lose lines in silence:

    5" pipe       a quote inside an unquoted field is text                        read as it stands
    "abc"def      text after a closing quote                                      a fault
    "abc ... EOF  a field that never closes would swallow the rest of the file    a fault
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trakt.errors import InputError
from trakt.formats.csv.options import Dialect

MAX_RECORD_BYTES = 256 << 20
"""A record larger than this is taken for an unbalanced quote: memory must stay bounded."""

Positions = npt.NDArray[np.int64]
_NONE: Positions = np.empty(0, np.int64)
_CR, _LF = ord("\r"), ord("\n")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records as UTF-8 bytes; `first_line` is the physical line (from 1) of the first."""

    data: bytes
    first_line: int


def count_lines(data: bytes) -> int:
    """How many line ends stand in `data`: LF, CRLF or a lone CR each end one line."""
    ends = data.count(b"\n")
    if b"\r" in data:
        ends += data.count(b"\r") - data.count(b"\r\n")
    return ends


def cut(stream: Iterator[bytes], dialect: Dialect, uri: str, first_line: int = 1) -> Iterator[Block]:
    """Cut a stream of UTF-8 bytes into blocks of whole records. The last record may lack its line end.

    Raises:
        InputError: a quoted field goes on after its closing quote, or never closes.
    """
    cutter = _Cutter(dialect, uri, first_line)
    for data in stream:
        yield from cutter.feed(data)
    yield from cutter.finish()


def cut_records(block: Block, dialect: Dialect) -> Iterator[Block]:
    """The records of a block, each a block of its own. Slow: for messages and for heads of files."""
    cutter = _Cutter(dialect, "", block.first_line)
    lines = block.data.splitlines(keepends=True)
    for line, following in zip(lines, [*lines[1:], b""], strict=True):
        yield from cutter.take(line, following)
    yield from cutter.finish()


def is_blank(record: Block) -> bool:
    """Whether a record is an empty line, which holds no row."""
    return not record.data.strip(b"\r\n")


def skip_lines(stream: Iterator[bytes], lines: int) -> Iterator[bytes]:
    """The stream without its first physical `lines`."""
    head = b""
    while lines and (data := next(stream, b"")):
        # a CR at the end may be half of a CRLF
        whole = (head + data).splitlines(keepends=True)
        kept = whole[:-1] if len(whole) <= lines else whole
        head = b"".join(whole[min(lines, len(kept)) :])
        lines -= min(lines, len(kept))
    if not lines and head:
        yield head
    yield from stream


class _Cutter:
    """Holds the record under way: its `parts`, whether it stands inside quotes, and since where."""

    def __init__(self, dialect: Dialect, uri: str, first_line: int) -> None:
        self._dialect = dialect
        self._uri = uri
        self._line = first_line
        self._parts: list[bytes] = []
        self._held = 0
        self._inside = False
        self._opened = 0
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
        if self._is_escaped(self._undecided, len(self._undecided)):
            raise self._ends_escaped()
        if self._undecided:
            yield from self.take(self._undecided, following=b"")
        if self._inside:
            opened = self._line_at(self._opened)
            raise InputError(
                f"the quoted field that opens here never closes (the file ends on line {self._last_line()})",
                where=f"{self._uri}:{opened}",
                hint=_QUOTE_HINT,
            )
        if self._held:
            if self._dialect.escapechar and self._parts[-1].endswith((b"\n", b"\r")):
                # the line end is escaped, or the record would have been released
                raise self._ends_escaped()
            yield self._release(b"")

    def take(self, data: bytes, following: bytes) -> Iterator[Block]:
        """As `feed`, for bytes whose end is no hinge, or whose `following` bytes are known."""
        toggles = self._toggles(data, following)
        end = _last_record_end(data, toggles, self._inside, self._dialect)
        inside = self._inside ^ bool(len(toggles) % 2)
        if end:
            block = self._release(data[:end])
            self._opened = int(toggles[-1]) - end if inside and len(toggles) else 0
            yield block
        elif inside and len(toggles):
            self._opened = self._held + int(toggles[-1])
        self._inside = inside
        # a delimiter or line end that is escaped begins no field
        self._previous = b"x" if self._is_escaped(data, len(data) - 1) else data[-1:]
        rest = data[end:]
        if rest:
            self._parts.append(rest)
            self._held += len(rest)
        if self._held > MAX_RECORD_BYTES:
            raise InputError(
                f"the record that begins here is over {MAX_RECORD_BYTES >> 20} MiB long",
                where=f"{self._uri}:{self._line_at(self._opened) if self._inside else self._line}",
                hint=_QUOTE_HINT,
            )

    def _release(self, tail: bytes) -> Block:
        block = Block(b"".join((*self._parts, tail)), self._line)
        self._parts, self._held = [], 0
        self._line += count_lines(block.data)
        return block

    def _toggles(self, data: bytes, following: bytes) -> Positions:
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
                self._raise_unclosed(data, toggles, position)
        return np.array(toggles, np.int64)

    def _is_escaped(self, data: bytes, position: int) -> bool:
        escape = self._dialect.escapechar
        return escape is not None and _escapes_before(data, position, escape) % 2 == 1

    def _raise_unclosed(self, data: bytes, toggles: list[int], position: int) -> None:
        opened = self._held + toggles[-1] if toggles else self._opened
        self._parts.append(data)
        line = self._line_at(self._held + position)
        raise InputError(
            f"the quoted field that opens on line {self._line_at(opened)} goes on after its closing quote",
            where=f"{self._uri}:{line}",
            hint=_QUOTE_HINT,
        )

    def _ends_escaped(self) -> InputError:
        return InputError(
            f"the file ends with the escape character {self._dialect.escapechar!r}, which escapes nothing",
            where=f"{self._uri}:{self._last_line()}",
            hint="ask for the file again: its end is missing",
        )

    def _line_at(self, offset: int) -> int:
        return self._line + count_lines(b"".join(self._parts)[:offset])

    def _last_line(self) -> int:
        held = b"".join(self._parts)
        return self._line + count_lines(held.rstrip(b"\r\n"))


_QUOTE_HINT = 'write a quote inside a quoted field twice (""), or set `quotechar: null` if quotes mean nothing here'


def _last_record_end(data: bytes, toggles: Positions, inside: bool, dialect: Dialect) -> int:
    """The offset after the last line end that stands outside quotes, or 0."""
    left, end = len(toggles), len(data)
    quoted = inside ^ bool(left % 2)
    while True:
        left -= 1
        start = int(toggles[left]) if left >= 0 else 0
        if not quoted and (found := _last_line_end(data, start, end, dialect)):
            return found
        if start == 0 and left <= 0:
            return 0
        end, quoted = start, not quoted


def _escapes_before(data: bytes, position: int, escapechar: str) -> int:
    start = position
    while start > 0 and data[start - 1] == ord(escapechar):
        start -= 1
    return position - start


def _last_line_end(data: bytes, start: int, end: int, dialect: Dialect) -> int:
    while (found := max(data.rfind(b"\n", start, end), data.rfind(b"\r", start, end))) >= 0:
        if dialect.escapechar and _escapes_before(data, found, dialect.escapechar) % 2:
            end = found
            continue
        return found + 1
    return 0
