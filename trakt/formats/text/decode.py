"""Stored bytes, packed or not and in any encoding, as UTF-8 bytes."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import IO, NamedTuple, cast

from trakt.errors import InputError
from trakt.formats import is_packed
from trakt.formats.text.encodings import escape_of, is_utf8, undecodable

READ_BYTES = 1 << 20

# The longer marks first: UTF-32's begins with UTF-16's
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
)


class Kind(NamedTuple):
    """How messages call files of one kind: `title` in the middle of a sentence, `short` where there is a choice."""

    title: str
    short: str


class Decoded:
    """One file as UTF-8 text, read once from its start.

    Attributes:
        length: how many stored bytes are to be read; None: all.
        encoding: what the bytes are in; known after the first block.
        mark_bytes: of the byte order mark, which `blocks` leaves out.
        bytes: stored ones read so far.
        sha256: of the stored bytes; known once `blocks` is exhausted.
    """

    def __init__(self, uri: str, stream: IO[bytes], encoding: str | None, kind: Kind, *, aside: bool = False) -> None:
        self._uri = uri
        self._kind = kind
        self.length: int | None = None
        self._aside = aside
        self._stream = stream
        self._declared = encoding
        self._digest = hashlib.sha256()
        self.encoding = encoding or "utf-8"
        self.mark_bytes = 0
        self.bytes = 0
        self.sha256: str | None = None

    def blocks(self) -> Iterator[bytes]:
        """UTF-8 bytes without byte order mark, about a mebibyte at a time. UTF-8 itself is not checked here.

        Where bad rows are set aside (`aside`), a byte that is no text becomes one that is no UTF-8, if the encoding
        tells where the next character begins; `stored_as` finds it again.

        Raises:
            InputError: the file cannot be read, unpacked or decoded.
        """
        blocks = self.unpacked()
        first = next(blocks, b"")
        # a stream may deal out its first bytes one by one; a mark or a magic number needs a few
        while 0 < len(first) < 4 and (more := next(blocks, b"")):
            first += more
        first = self._recognise(first)
        yield from self._in_utf8(first, blocks)
        self.sha256 = self._digest.hexdigest()

    def from_the_middle(self) -> Iterator[bytes]:
        """The bytes of a stretch that does not hold the head of its file, as they are."""
        yield from self._stored()
        self.sha256 = self._digest.hexdigest()

    def unpacked(self) -> Iterator[bytes]:
        """The bytes as they are, not packed any more.

        Raises:
            InputError: the file cannot be read or unpacked.
        """
        stored = self._stored()
        return _unpacked(self._uri, stored) if is_packed(self._uri) else stored

    def _stored(self) -> Iterator[bytes]:
        try:
            while block := self._stream.read(self._room):
                self._digest.update(block)
                self.bytes += len(block)
                yield block
        except OSError as fault:
            raise InputError(
                str(fault.strerror or fault), where=self._uri, hint="check the file and its disk"
            ) from fault

    @property
    def _room(self) -> int:
        return READ_BYTES if self.length is None else min(READ_BYTES, self.length - self.bytes)

    def _recognise(self, first: bytes) -> bytes:
        for magic, name in _FOREIGN:
            if first.startswith(magic):
                hint = (
                    "name it with the ending .gz"
                    if "gzip" in name
                    else f"export it as {self._kind.short}, or give its kind"
                )
                raise InputError(f"this is {name}, not {self._kind.title}", where=self._uri, hint=hint)
        if found := marked(first):
            mark, encoding = found
            if self._declared and not _same(self._declared, encoding):
                raise InputError(
                    f"its byte order mark says {encoding}, its declaration {self._declared}",
                    where=self._uri,
                    hint=f"take `encoding` away, or declare {encoding}",
                )
            self.encoding, self.mark_bytes = encoding, len(mark)
            return first[len(mark) :]
        head = first[:4096]
        if self._declared is None and head.count(0) * 3 > len(head):
            raise InputError(
                "every other byte is NUL: this looks like UTF-16",
                where=f"{self._uri}:1",
                hint="declare it: `metadata: {encoding: utf-16-le}` (or utf-16-be)",
            )
        return first

    def _in_utf8(self, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
        if is_utf8(self.encoding):
            yield first
            yield from rest
            return
        decoder = codecs.getincrementaldecoder(self.encoding)(escape_of(self.encoding) if self._aside else "strict")
        line = 1
        for block, final in _marked_last(first, rest):
            try:
                text = decoder.decode(block, final)
            except UnicodeDecodeError as fault:
                line += fault.object[: fault.start].decode(self.encoding, "replace").count("\n")
                raise undecodable(self._uri, line, fault.object[fault.start], self.encoding) from fault
            except UnicodeError as fault:
                where = f"{self._uri}:{line}"
                hint = "declare another `encoding`: this one is made for single words, not for files"
                raise InputError(f"cannot be read as {self.encoding} ({fault})", where=where, hint=hint) from fault
            line += text.count("\n")
            yield text.encode("utf-8", "surrogatepass")


def marked(first: bytes) -> tuple[bytes, str] | None:
    """The byte order mark with which a file begins, and the encoding it stands for."""
    return next((each for each in _MARKS if first.startswith(each[0])), None)


class Skipping:
    """A stream of text without its first physical lines: how many of them there were (`lines`), and their `data`."""

    def __init__(self, stream: Iterator[bytes], lines: int) -> None:
        self._stream = stream
        self._wanted = lines
        self.lines = 0
        self.data = b""

    def __iter__(self) -> Iterator[bytes]:
        head = b""
        while self.lines < self._wanted and (data := next(self._stream, None)) is not None:
            # a CR at the end may be half of a CRLF
            whole = (head + data).splitlines(keepends=True)
            kept = whole[:-1] if len(whole) <= self._wanted - self.lines else whole
            taken = kept[: self._wanted - self.lines]
            self._take(taken)
            head = b"".join(whole[len(taken) :])
        if self.lines < self._wanted and head:
            self._take([head])
        elif head:
            yield head
        yield from self._stream

    def _take(self, lines: list[bytes]) -> None:
        self.lines += len(lines)
        self.data += b"".join(lines)


def _same(declared: str, marked: str) -> bool:
    """Whether a declared encoding is the marked one: `utf-16` leaves the byte order to the mark."""
    name = codecs.lookup(declared).name
    return name == marked or marked.startswith(f"{name}-") or (name == "utf-8-sig" and marked == "utf-8")


def _marked_last(first: bytes, rest: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    block = first
    for following in rest:
        yield block, False
        block = following
    yield block, True


class _Pulled:
    """An iterator of blocks as the file object that gzip reads from."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            self._left = next(self._blocks, b"")
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def _unpacked(uri: str, stored: Iterator[bytes]) -> Iterator[bytes]:
    first = next(stored, b"")
    try:
        if not first:
            # GzipFile takes no bytes at all for nothing packed; a delivery that was cut off is more likely
            raise EOFError("it has no bytes")
        with gzip.GzipFile(fileobj=cast("IO[bytes]", _Pulled(chain([first], stored))), mode="rb") as unpacked:
            while block := unpacked.read(READ_BYTES):
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise InputError(
            f"this is no complete gzip file ({str(fault).lower()})",
            where=uri,
            hint="ask for the file again, or rename it",
        ) from fault
