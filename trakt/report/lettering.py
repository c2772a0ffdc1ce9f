"""Text in drawings: what may stand in XML, about how wide it is, and how it is shortened.

Which font a reader has is not known, so widths are those of a wide one (DejaVu Sans), and a little more.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What XML 1.0 cannot hold (2.2, Characters), and what would break lines or turn the text around it."""

_NARROW, _WIDE = frozenset("iljtfI.,:;'|!()[]{}/ "), frozenset("mwMW@%&")


def readable(text: str) -> str:
    """The text as a page or a drawing can hold it: what cannot be shown is U+FFFD, and blanks are plain ones."""
    return " ".join(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text).split())


def marked_up(text: str) -> str:
    """The text as a part of XML or HTML, between tags or in a quoted attribute."""
    return escape(readable(text))


def width_of(text: str, size: float) -> float:
    """About how wide it is in a font of `size` pixels, in pixels; hardly ever less than it really is."""
    return size * sum(map(_share, text))


def shortened(text: str, room: float, size: float, *, keep_end: bool = False) -> str:
    """As much of the text as `room` pixels hold; of a path the end says more than the beginning."""
    text = readable(text)
    if width_of(text, size) <= room:
        return text
    left = room - width_of(ELLIPSIS, size)
    kept: list[str] = []
    for each in reversed(text) if keep_end else text:
        left -= size * _share(each)
        if left < 0:
            break
        kept.append(each)
    return ELLIPSIS + "".join(reversed(kept)).lstrip() if keep_end else "".join(kept).rstrip() + ELLIPSIS


def _share(each: str) -> float:
    """Of the font's size."""
    if unicodedata.combining(each):
        return 0.0
    if unicodedata.east_asian_width(each) in "WF" or ord(each) > 0xFFFF:
        return 1.1
    if each in _NARROW:
        return 0.42
    if each in _WIDE:
        return 1.0
    return 0.74 if each.isupper() else 0.66
