"""A cell as a value that JSON has: what Excel holds, not how it shows it."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ESCAPES = re.compile("[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")


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
    if isinstance(value, dt.timedelta):
        return _hours(value)
    return unescaped(str(value))


def _hours(value: dt.timedelta) -> str:
    """A span of time as Excel shows it: in hours, more than a day of them too."""
    sign, span = ("-", -value) if value < dt.timedelta() else ("", value)
    seconds, parts = divmod(span, dt.timedelta(seconds=1))
    fraction = f".{parts.microseconds:06d}" if parts else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def unescaped(text: str) -> str:
    """The text of which some characters stand as `_x000D_`, which XML cannot hold (ECMA-376, 22.9.2.19)."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    try:
        # a character beyond the first 65,536 stands there in two halves
        return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return text


def escaped(text: str) -> str:
    """The text as a workbook holds it."""
    return _ESCAPES.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
