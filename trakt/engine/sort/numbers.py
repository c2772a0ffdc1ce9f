"""Numbers of several kinds in one order: by their value, as `dedupe` and `join` compare them.

Columns of one kind are compared as Arrow holds them. Where kinds meet, each number is written as bytes whose order is
that of the values, which is exact for all of them: a float stands for the shortest decimal that reads back as it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa

DECIMALS = pa.decimal256(76, 38)
"""Holds most decimals, and compares them quickly."""

EXACT = pa.large_binary()
"""Holds any number, as bytes."""

_BIAS = 1 << 63
_COMPLEMENT = bytes(255 - octet for octet in range(256))


def exact(values: Iterable[Any]) -> pa.Array:
    """Numbers, None where missing, as bytes in the order of their values."""
    return pa.array([None if value is None else _octets(_decimal(value)) for value in values], EXACT)


def decimals(values: list[Any]) -> pa.Array:
    """Decimals and whole numbers, None where missing; as bytes where there is no room for one of them."""
    try:
        return pa.array(values, DECIMALS)
    except (pa.ArrowException, ValueError, OverflowError):
        return exact(values)


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)


def _octets(value: Decimal) -> bytes:
    if value.is_infinite():
        return b"\x00" if value < 0 else b"\x04"
    if not value:
        return b"\x02"
    digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
    size = (value.adjusted() + _BIAS).to_bytes(8, "big") + digits.encode("ascii")
    # of two negative numbers the one with more digits is the smaller one
    return b"\x03" + size if value > 0 else b"\x01" + size.translate(_COMPLEMENT) + b"\xff"
