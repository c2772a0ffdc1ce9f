"""Metrics that a step tells of each part, as it would have told them of all rows; what cannot be known is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

from trakt.engine.plain import plain


def of_all(parts: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """The metrics of all parts, and the names of those that are left out.

    Whole numbers are counts, and added up, also within a mapping. Anything else is told if all parts say the same; a
    fraction never is: shares and means cannot be added, and of sums nobody knows that they are sums.
    """
    if len(parts) < 2:
        return dict(parts[0]) if parts else {}, []
    told: dict[str, Any] = {}
    left_out: list[str] = []
    for name in dict.fromkeys(name for part in parts for name in part):
        values = [part[name] for part in parts if name in part]
        if all(map(_is_count, values)):
            told[name] = sum(values)
        elif all(isinstance(value, Mapping) for value in values):
            told[name], within = of_all(values if len(values) > 1 else [*values, {}])
            left_out += [f"{name}.{each}" for each in within]
        elif not any(map(_is_fraction, values)) and all(plain(value) == plain(values[0]) for value in values):
            told[name] = values[0]
        else:
            left_out.append(name)
    return told, left_out


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_fraction(value: Any) -> bool:
    return isinstance(plain(value), float)
