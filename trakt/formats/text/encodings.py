"""Bytes and their encodings: how a file stores a text, and which bytes are none."""

from __future__ import annotations

import codecs
import sys

from trakt.errors import InputError


def is_utf8(encoding: str) -> bool:
    """Whether the bytes of a file pass as they are; whether they are right is looked at later."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def exact_encoding(encoding: str) -> str:
    """The name under which nothing but the text is written: the one without a byte order adds a mark."""
    name = codecs.lookup(encoding).name
    if name in ("utf-16", "utf-32"):
        return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"
    return "utf-8" if is_utf8(encoding) else name


def stored_as(data: bytes, encoding: str) -> bytes:
    """A part of what `Decoded.blocks` gave, as the file has it."""
    if is_utf8(encoding):
        return data
    return data.decode("utf-8", "surrogatepass").encode(exact_encoding(encoding), escape_of(encoding))


def escape_of(encoding: str) -> str:
    """How a character is kept that is none: where one takes two bytes or four, a single byte would shift all others."""
    return "surrogatepass" if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")) else "surrogateescape"


def is_text(data: bytes) -> bool:
    """Whether all of a part of what `Decoded.blocks` gave is text."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def bad_byte(data: bytes, encoding: str) -> int:
    """The first byte of a record that is no text in the encoding of its file."""
    try:
        # what UTF-16 keeps for half of a character is in UTF-8 no text from its first byte on
        text = data.decode("utf-8", "strict" if is_utf8(encoding) else "surrogatepass")
    except UnicodeDecodeError as fault:
        return data[fault.start]
    code = next((ord(each) for each in text if "\ud800" <= each <= "\udfff"), 0)
    # one that was kept for a byte, or half of a pair in UTF-16
    return code & 0xFF if 0xDC80 <= code <= 0xDCFF else code >> 8


ENCODING_HINT = "declare the file's encoding, `metadata: {encoding: ...}`, or mend the line"


def undecodable(uri: str, line: int, byte: int, encoding: str) -> InputError:
    """The error for a byte that is not text in `encoding`."""
    other = "cp1252 (Windows) or latin-1" if encoding == "utf-8" else "utf-8, cp1252 or the one its sender names"
    return InputError(
        f"byte 0x{byte:02x} is not {encoding}",
        where=f"{uri}:{line}",
        hint=f"declare the file's encoding, `metadata: {{encoding: ...}}`: often {other}",
    )
