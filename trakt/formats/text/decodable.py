"""Records that are text, and those that are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from trakt.formats.text.bad_rows import UNDECODABLE, Finding, Findings
from trakt.formats.text.block import Block
from trakt.formats.text.encodings import ENCODING_HINT, bad_byte, undecodable
from trakt.formats.text.line_ends import count_lines
from trakt.formats.text.records import Records


def is_utf8(data: bytes) -> bool:
    """Whether all of it is: by Arrow, which is faster than Python, and lets other threads work meanwhile."""
    buffers = [None, pa.array([0, len(data)], pa.int32()).buffers()[1], pa.py_buffer(data)]
    try:
        pa.Array.from_buffers(pa.string(), 1, buffers).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def text_of(block: Block, uri: str) -> str:
    """A block as text.

    Raises:
        InputError: a byte is not UTF-8; the error names its line.
    """
    try:
        return block.data.decode()
    except UnicodeDecodeError as fault:
        line = block.first_line + count_lines(block.data[: fault.start])
        raise undecodable(uri, line, block.data[fault.start], "utf-8") from fault


def as_text(
    block: Block, records: Callable[[], Records], found: Findings, encoding: str, uri: str
) -> tuple[bytes, Callable[[], Records]]:
    """The bytes of a block that are text, and the records in them; records that are none are noted.

    Raises:
        InputError: there are some, and they are not to be set aside.
    """
    if is_utf8(block.data):
        return block.data, records
    if not found.aside:
        text_of(block, uri)
    texts = decodable(records(), found, encoding)
    return texts.together(), lambda: texts


def decodable(records: Records, found: Findings, encoding: str) -> Records:
    """The records that are text; the others are noted."""
    is_text = np.array([is_utf8(record.data) for record in records], bool)
    for record in records.only(~is_text):
        what = f"byte 0x{bad_byte(record.data, encoding):02x} is not {encoding}"
        found.add(Finding(record, UNDECODABLE, what, ENCODING_HINT))
    return records.only(is_text)
