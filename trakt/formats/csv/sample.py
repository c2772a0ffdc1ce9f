"""How many rows the head of a file has, cut as they will be when it is read."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from trakt.errors import InputError
from trakt.formats import HeadRows
from trakt.formats.csv.blocks import cut
from trakt.formats.csv.header import take_header
from trakt.formats.csv.layout import KIND
from trakt.formats.csv.options import AUTO, Dialect, ReadOptions
from trakt.formats.csv.records import records_of
from trakt.formats.csv.sniff import sniff_delimiter
from trakt.formats.text.block import Block
from trakt.formats.text.decode import Decoded, Skipping


def rows_in(options: ReadOptions, head: bytes, is_whole: bool) -> HeadRows | None:
    """See `trakt.formats.Format.rows_in_head`."""
    try:
        text = _text(options, head if is_whole else _whole_characters(head))
        stored_per_byte = len(head) / max(1, len(text))
        return _counted(options, text if is_whole else _whole_lines(text), stored_per_byte)
    except InputError:
        return None


def _text(options: ReadOptions, head: bytes) -> bytes:
    return b"".join(Skipping(Decoded("", io.BytesIO(head), options.encoding, KIND).blocks(), options.skiprows))


def _whole_characters(head: bytes) -> bytes:
    """Without the character that the end of the head may cut: in UTF-16 and UTF-32, or in any other encoding."""
    return head[: len(head) - len(head) % 4] if 0 in head[:4096] else _whole_lines(head)


def _whole_lines(head: bytes) -> bytes:
    return head[: head.rfind(b"\n") + 1] or head


def _counted(options: ReadOptions, text: bytes, stored_per_byte: float) -> HeadRows:
    dialect = options.dialect(options.delimiter)
    if options.delimiter == AUTO:
        dialect = options.dialect(sniff_delimiter(text, dialect, ""))
    blocks = _whole_blocks(text, dialect)
    if options.header:
        rest = take_header(blocks, dialect, "", given=options.names).rest
        blocks = iter([*([rest] if rest else []), *blocks])
    rows, taken = 0, 0
    for block in blocks:
        rows += len(records_of(block, dialect))
        taken += len(block.data)
    return HeadRows(rows, taken * stored_per_byte)


def _whole_blocks(text: bytes, dialect: Dialect) -> Iterator[Block]:
    # a record that the end of the head cuts looks like a quote that never closes
    with contextlib.suppress(InputError):
        yield from cut(iter([text]), dialect, "")
