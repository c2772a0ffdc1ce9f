"""Where records end: at a line end that stands outside quotes, and is not escaped."""

from __future__ import annotations

from trakt.formats.csv.options import Dialect
from trakt.formats.text.line_ends import Positions


def last_record_end(data: bytes, toggles: Positions, inside: bool, dialect: Dialect) -> int:
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


def _last_line_end(data: bytes, start: int, end: int, dialect: Dialect) -> int:
    while (found := max(data.rfind(b"\n", start, end), data.rfind(b"\r", start, end))) >= 0:
        if dialect.escapechar and _escapes_before(data, found, dialect.escapechar) % 2:
            end = found
            continue
        return found + 1
    return 0


def is_escaped(data: bytes, position: int, dialect: Dialect) -> bool:
    """Whether an escape character takes its meaning from the byte at `position`."""
    escape = dialect.escapechar
    return escape is not None and _escapes_before(data, position, escape) % 2 == 1


def _escapes_before(data: bytes, position: int, escapechar: str) -> int:
    start = position
    while start > 0 and data[start - 1] == ord(escapechar):
        start -= 1
    return position - start
