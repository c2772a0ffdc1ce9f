"""How many rows the head of a file has, cut as they will be when it is read."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from itertools import chain

from trakt.errors import InputError
from trakt.formats import HeadRows
from trakt.formats.text.block import Block
from trakt.formats.text.decode import Decoded, Skipping
from trakt.formats.text.layout import Layout
from trakt.formats.text.options import TextOptions


def rows_in(options: TextOptions, layout: Layout, head: bytes, is_whole: bool) -> HeadRows | None:
    """See `trakt.formats.Format.rows_in_head`."""
    try:
        text = _text(options, layout, head if is_whole else _whole_characters(head))
        stored_per_byte = len(head) / max(1, len(text))
        return _counted(layout, text if is_whole else _whole_lines(text), stored_per_byte)
    except InputError:
        return None


def _text(options: TextOptions, layout: Layout, head: bytes) -> bytes:
    decoded = Decoded("", io.BytesIO(head), options.encoding, layout.kind)
    return b"".join(Skipping(decoded.blocks(), options.skiprows))


def _whole_characters(head: bytes) -> bytes:
    """Without the character that the end of the head may cut: in UTF-16 and UTF-32, or in any other encoding."""
    return head[: len(head) - len(head) % 4] if 0 in head[:4096] else _whole_lines(head)


def _whole_lines(head: bytes) -> bytes:
    return head[: head.rfind(b"\n") + 1] or head


def _counted(layout: Layout, text: bytes, stored_per_byte: float) -> HeadRows:
    layout = layout.settled(iter([text]), "")[0]
    blocks = _whole_blocks(text, layout)
    rest = layout.take_head(blocks, "").rest
    rows, taken = 0, 0
    for block in chain([rest] if rest else [], blocks):
        rows += len(layout.records_of(block))
        taken += len(block.data)
    return HeadRows(rows, taken * stored_per_byte)


def _whole_blocks(text: bytes, layout: Layout) -> Iterator[Block]:
    # a record that the end of the head cuts looks like a quote that never closes
    with contextlib.suppress(InputError):
        yield from layout.cut(iter([text]), "", 1, aside=False)
