"""UTF-8 bytes cut into blocks of whole records, with quotes checked and physical lines counted.

Every record lies in exactly one block, so blocks can be split into fields one by one, in any
number of threads, with the same result. Where a file obeys RFC 4180 this costs one vector search
for quotes per block; only a block with a quote in an odd place is looked at quote by quote.

A quote that opens or closes nothing is where other readers lose lines in silence:

    5" pipe       a quote inside an unquoted field is text                        read as it stands
    "abc"def      text after a closing quote                                      a fault
    "abc ... EOF  a field that never closes would swallow the rest of the file    a fault

A fault ends the reading, or it costs one line: where bad rows are to be set aside, the line on which the quote opens
is one of them, and reading goes on after it as if a file began there.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from trakt.formats.csv.cutter import Cutter, Unbalanced
from trakt.formats.csv.options import Dialect
from trakt.formats.text.block import Block

MAX_RECORD_BYTES = 256 << 20
"""A record larger than this is taken for an unbalanced quote: memory must stay bounded."""

MAX_RECORD_BYTES_ASIDE = 16 << 20
"""The same where bad rows are set aside: what an unbalanced quote has swallowed is read again."""

_PIECE = 1 << 16


def cut(
    stream: Iterator[bytes], dialect: Dialect, uri: str, first_line: int = 1, *, aside: bool = False
) -> Iterator[Block]:
    """Cut a stream of UTF-8 bytes into blocks of whole records. The last record may lack its line end.

    Args:
        aside: a line with an unbalanced quote becomes a block of its own, with a `flaw`.

    Raises:
        InputError: a quoted field goes on after its closing quote, or never closes, and it is not to be set aside; or
            a record is too long.
    """
    cutter = Cutter(dialect, uri, first_line, MAX_RECORD_BYTES_ASIDE if aside else MAX_RECORD_BYTES)
    for data in chain(stream, [None]):
        # what follows a bad line is read in small pieces, because the next one may be near
        pieces: list[bytes | None] = [data]
        while pieces:
            piece = pieces.pop()
            try:
                yield from cutter.finish() if piece is None else cutter.feed(piece)
            except Unbalanced as found:
                if not aside:
                    raise cutter.error(found) from None
                good, bad, rest = cutter.set_aside(found)
                yield from (block for block in (good, bad) if block.data)
                if piece is None:
                    pieces.append(None)
                pieces += reversed([rest[at : at + _PIECE] for at in range(0, len(rest), _PIECE)])
