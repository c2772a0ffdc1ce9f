"""Text packed with gzip: the same text gives the same bytes, whenever and however it is written."""

from __future__ import annotations

import zlib
from typing import IO

_BLOCK = 1 << 18
_GZIP = zlib.MAX_WBITS + 16
"""What tells zlib to write the header and the end of a gzip file (RFC 1952)."""


class Packed:
    """A stream that packs what is written to it; `finish` writes the rest, and leaves the stream below open.

    No name and no time stand in the header. The text is packed in blocks of one size, because a packer may look at how
    it is dealt out; which packer there is (zlib and its kin) still decides over the bytes, and never over the text.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        # not GzipFile, which writes its end when it is forgotten, after a run that failed too
        self._packer = zlib.compressobj(wbits=_GZIP)
        self._held = bytearray()

    def write(self, data: bytes | memoryview) -> int:
        """Take more text."""
        self._held += data
        whole = len(self._held) - len(self._held) % _BLOCK
        if whole:
            for start in range(0, whole, _BLOCK):
                self._stream.write(self._packer.compress(bytes(self._held[start : start + _BLOCK])))
            del self._held[:whole]
        return len(data)

    def finish(self) -> None:
        """All of it was written."""
        self._stream.write(self._packer.compress(bytes(self._held)) + self._packer.flush())
        self._held.clear()
