"""Values of all kinds as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 20


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it: numbers of numpy become numbers, what JSON does not know its text."""
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {_text(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value if value is None or isinstance(value, (str, int, float, bool)) else _text(value)


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:
        # a step's own object: the record of the run must not fail over it
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"
