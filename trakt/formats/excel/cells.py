"""A cell as a value that JSON has: what Excel holds, not how it shows it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any


def json_value(value: Any) -> str:
    """The value as JSON text. Numbers have Excel's own 15 digits, dates the form of ISO 8601, and text stays text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # a number with more digits is one that Excel has computed, and shows with 15
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(f"{value:.15g}"))
    return json.dumps(_text(value), ensure_ascii=False)


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        # a cell holds a moment, also where it means a day
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def is_error(cell: Any) -> bool:
    """Whether a cell holds what a formula gives in place of a value."""
    return bool(cell.data_type == "e")
