"""UTF-8 bytes cut into blocks of whole lines, for kinds of text in which each physical line is a record."""

from __future__ import annotations

from collections.abc import Iterator

from trakt.errors import InputError
from trakt.formats.text.block import Block
from trakt.formats.text.line_ends import count_lines

MAX_LINE_BYTES = 256 << 20
"""A line longer than this is taken for a file without lines: memory must stay bounded."""


def cut_lines(text: Iterator[bytes], uri: str, first_line: int) -> Iterator[Block]:
    """Cut a stream into blocks of whole lines. The last one may lack its end.

    Raises:
        InputError: a line is too long.
    """
    held: list[bytes] = []
    size, line = 0, first_line
    for data in text:
        # a CR at the end may be half of a CRLF
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        if end:
            block = Block(b"".join((*held, data[:end])), line)
            held, size = [], 0
            yield block
            line += count_lines(block.data)
        held.append(data[end:])
        size += len(data) - end
        if size > MAX_LINE_BYTES:
            what = f"the line that begins here is over {MAX_LINE_BYTES >> 20} MiB long"
            raise InputError(what, where=f"{uri}:{line}", hint="ask for a file with one record per line")
    if rest := b"".join(held):
        yield Block(rest, line)


def lines_in(data: bytes) -> list[str]:
    """The physical lines, without their ends; bytes that are no text stand for themselves (PEP 383)."""
    if b"\r" in data:
        return [line.decode("utf-8", "surrogateescape") for line in data.splitlines()]
    # `str.splitlines` knows more ends than those of lines
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return lines if lines[-1] else lines[:-1]
