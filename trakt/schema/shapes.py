"""Shapes of numbers, over all texts of a column at once: what nearly every column of numbers is made of.

A yes is a proof, a no is none: who gets one looks closer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trakt.schema.octets import holds_only, offsets_of, table_of, text_buffer

_DIGITS = b"0123456789"
_INTEGER = table_of(_DIGITS + b"-")
_DECIMAL = table_of(_DIGITS + b"-.")
_MINUS, _POINT, _ZERO = b"-.0"
_MOST_DIGITS = 18
"""All numbers of so many digits fit 64 bits."""


def are_plain_integers(texts: pa.StringArray) -> bool:
    """Whether each text, none of them null, is `0` or `-?[1-9][0-9]{0,17}`: how a whole number is written."""
    found = _unsigned(texts, _INTEGER)
    if found is None:
        return False
    octets, starts, lengths, minus = found
    leading_zero = (octets[starts] == _ZERO) & (lengths + minus > 1)
    return bool(np.max(lengths) <= _MOST_DIGITS and not leading_zero.any())


def are_plain_decimals(texts: pa.StringArray, longest: int) -> bool:
    """Whether each text, none of them null, is `-?(0|[1-9][0-9]*)?(.[0-9]+)?`, at most `longest` characters long."""
    found = _unsigned(texts, _DECIMAL)
    if found is None:
        return False
    octets, starts, lengths, minus = found
    ends = starts + lengths
    points = np.flatnonzero(octets == _POINT)
    rows = np.searchsorted(ends, points, side="right")
    several_points = (rows[1:] == rows[:-1]).any()
    # behind the last text there is nothing to look at
    following = octets[np.minimum(starts + 1, len(octets) - 1)]
    leading_zero = (octets[starts] == _ZERO) & (lengths > 1) & (following != _POINT)
    too_long = np.max(lengths + minus) > longest
    return not (several_points or too_long or leading_zero.any() or (octets[ends - 1] == _POINT).any())


_Numbers = npt.NDArray[np.int64]
_Unsigned = tuple[npt.NDArray[np.uint8], _Numbers, _Numbers, _Numbers]


def _unsigned(texts: pa.StringArray, allowed: npt.NDArray[np.bool_]) -> _Unsigned | None:
    """The octets; where each text begins behind its minus, how long it is from there, and how many minuses it has.

    None when a text is blank, holds what is not allowed, or a minus that is not its first character.
    """
    if not len(texts) or not holds_only(texts, allowed):
        return None
    octets = np.frombuffer(text_buffer(texts), np.uint8)
    offsets = offsets_of(texts)
    starts, lengths = offsets[:-1].astype(np.int64) - offsets[0], np.diff(offsets).astype(np.int64)
    if not lengths.all():
        return None
    minus: _Numbers = (octets[starts] == _MINUS).astype(np.int64)
    if np.count_nonzero(octets == _MINUS) != minus.sum():
        return None
    starts, lengths = starts + minus, lengths - minus
    return (octets, starts, lengths, minus) if lengths.all() else None
