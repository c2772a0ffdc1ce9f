"""One pass over the bytes of a file: what encoding they are in, and how its lines end."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from trakt.errors import counted
from trakt.formats.inspection import Encoding
from trakt.formats.text.decode import Decoded, marked

_UNDEFINED_IN_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_HEAD = 4096


class LineEnds:
    """Counts them, wherever the blocks are cut."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._after_cr = False

    def see(self, data: bytes) -> None:
        """Take in the next block."""
        if self._after_cr and data.startswith(b"\n"):
            self._counts.update(CR=-1, LF=-1, CRLF=1)
        pairs = data.count(b"\r\n")
        self._counts.update(CRLF=pairs, LF=data.count(b"\n") - pairs, CR=data.count(b"\r") - pairs)
        self._after_cr = data.endswith(b"\r") if data else self._after_cr

    @property
    def found(self) -> dict[str, int]:
        """The kinds that occur, the most frequent one first."""
        return {kind: count for kind, count in self._counts.most_common() if count > 0}


class _Utf8:
    """How much of a stream is UTF-8: characters of several bytes, and bytes that are none."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.characters = 0
        self.bad_bytes = 0
        self.seen: npt.NDArray[np.int64] = np.zeros(256, np.int64)

    def see(self, data: bytes, *, final: bool) -> None:
        if data.isascii() and not self._decoder.getstate()[0]:
            return
        self.seen += np.bincount(np.frombuffer(data, np.uint8), minlength=256)
        text = self._decoder.decode(data, final).encode("utf-32-le", "surrogatepass")
        points = np.frombuffer(text, np.uint32)
        # what is no UTF-8 is a lone surrogate here (PEP 383)
        bad = int(((points >= 0xDC80) & (points <= 0xDCFF)).sum())
        self.bad_bytes += bad
        self.characters += int((points >= 0x80).sum()) - bad


def look_at(decoded: Decoded, *, whole: bool) -> tuple[Encoding, dict[str, int]]:
    """The encoding of a file and its line ends.

    Args:
        whole: look at all of it; else at its first block.
    """
    blocks = decoded.unpacked()
    first = next(blocks, b"")
    while 0 < len(first) < _HEAD and (more := next(blocks, b"")):
        first += more
    ends = LineEnds()
    known = _from_first_bytes(first)
    if known and not known.is_utf8:
        _count_wide(known.name, first, blocks if whole else iter(()), ends)
        return known, ends.found
    utf8 = _Utf8()
    data: bytes | None = first
    while data is not None:
        following = next(blocks, None) if whole else None
        ends.see(data)
        utf8.see(data, final=whole and following is None)
        data = following
    seen = "all of it" if whole else "its beginning"
    return _of_single_bytes(utf8, seen, mark=known is not None), ends.found


def _from_first_bytes(first: bytes) -> Encoding | None:
    if found := marked(first):
        name = found[1]
        return Encoding(name, True, name == "utf-8", f"its byte order mark says {name}", False)
    head = first[: _HEAD - _HEAD % 2]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if (even + odd) * 3 > len(head):
        name = "utf-16-le" if odd > even else "utf-16-be"
        return Encoding(name, False, False, "every other byte is NUL, and there is no byte order mark", True)
    return None


def _count_wide(name: str, first: bytes, rest: Iterator[bytes], ends: LineEnds) -> None:
    decoder = codecs.getincrementaldecoder(name)("replace")
    ends.see(decoder.decode(first).encode("utf-8", "replace"))
    for block in rest:
        ends.see(decoder.decode(block).encode("utf-8", "replace"))


def _of_single_bytes(utf8: _Utf8, seen: str, *, mark: bool) -> Encoding:
    if mark or not utf8.bad_bytes:
        told = f"{seen} is {'valid UTF-8' if utf8.seen.any() else 'ASCII'}"
        if utf8.bad_bytes:
            told = f"its byte order mark says utf-8, and {counted(utf8.bad_bytes, 'byte')} of it cannot be"
        return Encoding("utf-8", mark, not utf8.bad_bytes, told, False)
    if utf8.characters > utf8.bad_bytes:
        told = f"{utf8.characters:,} characters are valid UTF-8, {utf8.bad_bytes:,} bytes are not: these lines are bad"
        return Encoding("utf-8", False, False, told, False)
    undefined = [byte for byte in _UNDEFINED_IN_CP1252 if utf8.seen[byte]]
    if undefined:
        told = f"not UTF-8, and byte 0x{undefined[0]:02x} is no character in cp1252"
        return Encoding("latin-1", False, False, f"a guess: {told}", True)
    told = "not UTF-8, and every byte is a character in cp1252 (Windows)"
    if not utf8.seen[0x80:0xA0].any():
        told += "; latin-1 would read the same"
    return Encoding("cp1252", False, False, f"a guess: {told}", True)
