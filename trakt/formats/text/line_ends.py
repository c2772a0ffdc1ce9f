"""Where physical lines end: LF, CRLF or a lone CR each end one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
_LF = ord("\n")


def count_lines(data: bytes) -> int:
    """How many line ends stand in `data`."""
    ends = data.count(b"\n")
    if b"\r" in data:
        ends += data.count(b"\r") - data.count(b"\r\n")
    return ends


def line_end(data: bytes, start: int, *, is_last: bool) -> int | None:
    """The offset after the physical line that goes on at `start`; None while its end is not known."""
    found = [at for end in (b"\n", b"\r") if (at := data.find(end, start)) >= 0]
    if not found:
        return len(data) if is_last else None
    at = min(found)
    if data[at] == _LF or is_last or at + 1 < len(data):
        return at + 1 + data.startswith(b"\r\n", at)
    return None
