"""Lines as JSON objects whose numbers keep their text, or why a line is none.

What is said of a bad line depends on the line alone, and so not on the words of Python's parser, which change with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from trakt.formats.text.block import Flaw

NOT_JSON, NOT_AN_OBJECT, DUPLICATE_KEY = "not_json", "not_an_object", "duplicate_key"
"""Why a line is bad."""

MAX_DEPTH = 100
"""How deep an object may be nested: far below where a parser gives up, which depends on who calls it."""

_BLANKS = " \t\r\n"
_MEND = 'mend the line: it must be one JSON object, such as {"id": 1}'
_KINDS = {list: "an array", bytes: "a number", str: "a text", bool: "true or false", type(None): "null"}


Number = bytes
"""A number as it stands there: the one thing of a line that is kept as bytes."""


class Bad(Exception):
    """A line that is no object that can be taken."""

    def __init__(self, reason: str, what: str, hint: str = _MEND) -> None:
        super().__init__(what)
        self.flaw = Flaw(reason, what, hint)


Object = dict[str, Any]


def is_blank(line: str) -> bool:
    """Whether it holds nothing but white space."""
    return not line.strip(_BLANKS)


def objects_of(lines: Sequence[str]) -> Iterator[Object | Flaw | None]:
    """The object of each line, or why it is none; None for a blank line."""
    quick = _DECODER.raw_decode
    for line in lines:
        try:
            found, end = quick(line)
            if end == len(line) and type(found) is dict and _is_simple(line):
                yield found
                continue
        except (ValueError, RecursionError, Bad):
            # why is said by who looks closer
            pass
        yield _looked_at(line)


def _is_simple(line: str) -> bool:
    return "\\u" not in line and "[" not in line and line.count("{") <= MAX_DEPTH


def _looked_at(line: str) -> Object | Flaw | None:
    if is_blank(line):
        return None
    try:
        found = value_of(line)
        if type(found) is not dict:
            raise Bad(NOT_AN_OBJECT, f"this is {_KINDS[type(found)]}, not an object")
    except Bad as bad:
        return bad.flaw
    return found


def value_of(text: str) -> Any:
    """What a text of JSON stands for: a text, `Number`, true, false, None, or a list or object of these.

    Raises:
        Bad: it is no JSON.
    """
    try:
        found = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Bad(NOT_JSON, "this is no JSON", _cause(text)) from None
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(found) > MAX_DEPTH:
        raise _too_deep()
    if "\\u" in text:
        _require_whole_characters(found)
    return found


def _too_deep() -> Bad:
    return Bad(NOT_JSON, f"nested more than {MAX_DEPTH} levels deep", "ask for it flatter, or as text")


def _cause(text: str) -> str:
    stripped = text.strip()
    if stripped[:1] in ("[", "]", "{", "}") and len(stripped) <= 2:
        return "each object must stand on one line of its own: `jq -c` writes it so (of a list: `jq -c '.[]'`)"
    if stripped.startswith("{'"):
        return 'JSON has double quotes: {"id": 1}'
    if stripped.startswith("{") and not stripped.endswith("}"):
        return "mend the line: its end is missing, or stands on another line"
    return _MEND


def _pairs(pairs: list[tuple[str, Any]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Bad(DUPLICATE_KEY, f"the key {twice!r} stands twice in one object", "mend the line: keep one of them")
    return found


def _no_constant(name: str) -> Any:
    raise Bad(NOT_JSON, f"{name} is no JSON", "write null for a missing number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=str.encode, parse_float=str.encode, parse_constant=_no_constant
)


def _depth(value: Any) -> int:
    """How many arrays and objects stand in one another."""
    depth, level = 0, [value]
    while level:
        depth += 1
        held = [each for outer in level for each in (outer.values() if type(outer) is dict else outer)]
        level = [each for each in held if type(each) in (dict, list)]
    return depth


def _require_whole_characters(value: Any) -> None:
    try:
        compact(value).encode()
    except UnicodeEncodeError as fault:
        code = ord(fault.object[fault.start])
        what = f"\\u{code:04x} is half of a character"
        raise Bad(NOT_JSON, what, "mend the line: write the character itself, or both of its halves") from None


def compact(value: Any) -> str:
    """A value as JSON in its shortest form, its numbers as they stood there."""
    if type(value) is Number:
        return value.decode()
    if type(value) is dict:
        return "{" + ",".join(f"{_quoted(key)}:{compact(each)}" for key, each in value.items()) + "}"
    if type(value) is list:
        return "[" + ",".join(map(compact, value)) + "]"
    return _quoted(value) if type(value) is str else _CONSTANTS[value]


_CONSTANTS = {True: "true", False: "false", None: "null"}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
