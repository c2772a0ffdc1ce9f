"""Where physical lines and records end: LF, CRLF or a lone CR each end one line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trakt.formats.csv.options import Dialect

Positions = npt.NDArray[np.int64]
_LF = ord("\n")


def count_lines(data: bytes) -> int:
    """How many line ends stand in `data`."""
    ends = data.count(b"\n")
    if b"\r" in data:
        ends += data.count(b"\r") - data.count(b"\r\n")
    return ends


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


def line_end(data: bytes, start: int, *, is_last: bool) -> int | None:
    """The offset after the physical line that goes on at `start`; None while its end is not known."""
    found = [at for end in (b"\n", b"\r") if (at := data.find(end, start)) >= 0]
    if not found:
        return len(data) if is_last else None
    at = min(found)
    if data[at] == _LF or is_last or at + 1 < len(data):
        return at + 1 + data.startswith(b"\r\n", at)
    return None


def is_escaped(data: bytes, position: int, dialect: Dialect) -> bool:
    """Whether an escape character takes its meaning from the byte at `position`."""
    escape = dialect.escapechar
    return escape is not None and _escapes_before(data, position, escape) % 2 == 1


def _escapes_before(data: bytes, position: int, escapechar: str) -> int:
    start = position
    while start > 0 and data[start - 1] == ord(escapechar):
        start -= 1
    return position - start
