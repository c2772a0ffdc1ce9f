"""When two keys are equal: one rule for every step that compares rows.

A key value is written as text that says its kind and its value, so the answer does not depend on
how pandas happens to store the column in this chunk: 5, 5.0 and `Int64` 5 are one key, and so are
1.5 and `Decimal("1.50")`; the text "5" is another, and so is True.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

SLICE_ROWS = 50_000
"""Keys are written out for so many rows at a time, to bound memory when a frame is large."""

KINDS = {"t": "text", "n": "a number", "b": "true or false", "d": "a date", "s": "a timestamp", "o": "of another kind"}
"""The first letter of a key text, in words."""


def key_texts(column: pd.Series[Any]) -> list[str | None]:
    """The key text of every value; None where the value is missing."""
    values = column.tolist()
    if isinstance(column.dtype, pd.StringDtype):
        return [f"t{value}" if isinstance(value, str) else None for value in values]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return [f"n{value}" for value in values]
    return [_key_text(value) for value in values]


def matching_keys(texts: Sequence[Sequence[str | None]]) -> list[str | None]:
    """A text per row, of the key texts of one or several columns.

    It is None where any part is missing: such a key matches nothing (the rule of SQL).
    """
    if len(texts) == 1:
        return list(texts[0])
    return [None if None in parts else _joined(parts) for parts in zip(*texts, strict=True)]


def digests(frame: pd.DataFrame, columns: Sequence[str]) -> list[bytes]:
    """16 bytes per row, the same for equal keys; here missing parts are equal to each other."""
    texts = [key_texts(frame[column]) for column in columns]
    rows: Iterable[str] = (
        (text or "" for text in texts[0]) if len(texts) == 1 else map(_joined, zip(*texts, strict=True))
    )
    # a lone surrogate cannot come from a file, but can from a step
    return [blake2b(row.encode("utf-8", "surrogatepass"), digest_size=16).digest() for row in rows]


def kinds_of(texts: Iterable[str | None]) -> set[str]:
    """The kinds of value that stand in a key column, as letters of `KINDS`."""
    return {text[0] for text in texts if text}


def in_slices(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in pieces of at most `SLICE_ROWS` rows; an empty frame is one piece."""
    for start in range(0, max(len(frame), 1), SLICE_ROWS):
        yield frame.iloc[start : start + SLICE_ROWS]


def _joined(parts: Iterable[str | None]) -> str:
    # lengths, not a separator: any separator may stand in the data
    return "".join(f"{len(part)}:{part}" if part else "0:" for part in parts)


def _key_text(value: Any) -> str | None:
    write = _WRITERS.get(type(value))
    if write:
        return write(value)
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        # what numpy cannot turn into a Python value (timedelta64[ns] in part) is told apart by its own text
        plain = value.item()
        return f"o{value.dtype}:{value}" if isinstance(plain, np.generic) else _key_text(plain)
    return f"o{type(value).__name__}:{value!r}"


def _number_text(value: float | Decimal) -> str | None:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if exact.is_nan():
        return None
    if not exact.is_finite():
        return f"n{exact}"
    sign, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # finite, as seen above
    if exact == 0:
        return "n0"
    whole = f"{'-' if sign else ''}{''.join(map(str, digits))}"
    stripped = whole.rstrip("0")
    exponent += len(whole) - len(stripped)
    # an exponent beyond that of any float must not be written out in zeros
    return f"n{stripped}{'0' * exponent}" if 0 <= exponent <= 400 else f"n{stripped}e{exponent}"


def _float_text(value: float) -> str | None:
    return f"n{int(value)}" if value.is_integer() else _number_text(value)


def _timestamp_text(value: datetime) -> str:
    return f"s{(value.astimezone(UTC) if value.tzinfo else value).isoformat()}"


_WRITERS: dict[type, Callable[[Any], str | None]] = {
    str: lambda value: f"t{value}",
    int: lambda value: f"n{value}",
    bool: lambda value: f"b{value}",
    float: _float_text,
    Decimal: _number_text,
    date: lambda value: f"d{value.isoformat()}",
    datetime: _timestamp_text,
    pd.Timestamp: _timestamp_text,
    type(None): lambda _: None,
}
