"""Where a large file may be cut, so that others read it from there on: by the cutter all reading begins with."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
from dataclasses import dataclass

from trakt.formats import SourceFile, Stretch, Stretches, is_packed
from trakt.formats.text.decode import Decoded, Skipping
from trakt.formats.text.encodings import is_utf8
from trakt.formats.text.layout import Layout
from trakt.formats.text.options import TextOptions


@dataclass(frozen=True, slots=True)
class Cutting:
    """Finds the stretches of files of one kind, in any process."""

    options: TextOptions
    layout: Layout

    def __call__(self, source: SourceFile, size: int) -> Stretches:
        """The file in stretches of whole rows, of `size` stored bytes at least; none where it cannot be cut.

        Raises:
            InputError: it cannot be read, or a quote is not balanced.
        """
        if is_packed(source.uri):
            return Stretches(())
        aside = source.set_aside is not None
        found: list[Stretch] = []
        with contextlib.closing(source.open()) as stream:
            decoded = Decoded(source.uri, stream, self.options.encoding, self.layout.kind, aside=aside)
            skipped = Skipping(decoded.blocks(), self.options.skiprows)
            layout, text = self.layout.settled(iter(skipped), source.uri)
            start = end = 0
            first_line, digest = 1, hashlib.sha256()
            for block in layout.cut(text, source.uri, 1 + self.options.skiprows, aside=aside):
                if block.flaw or not is_utf8(decoded.encoding):
                    # what an open quote would swallow is told of all that follows
                    return Stretches(())
                if end == 0:
                    before = codecs.BOM_UTF8[: decoded.mark_bytes] + skipped.data
                    digest.update(before)
                    end = len(before)
                elif end - start >= size:
                    found.append(Stretch(start, end, first_line, digest.hexdigest()))
                    start, first_line, digest = end, block.first_line, hashlib.sha256()
                digest.update(block.data)
                end += len(block.data)
        # bytes that no block has would be lost
        if end != source.bytes:
            return Stretches(())
        return Stretches([*found, Stretch(start, end, first_line, digest.hexdigest())], decoded.sha256)
