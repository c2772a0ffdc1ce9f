"""Rejected rows, mended or as they were, read back from a dataset of them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from trakt.errors import Fault, InputError
from trakt.formats import Row
from trakt.storage import storage_for

_HINT = "each line is a JSON object as in the rejected dataset: with `input` and `raw`, or with `step` and `row`"


@dataclass(frozen=True, slots=True)
class Correction:
    """One row to be taken once more.

    Attributes:
        where: the line it stands on.
        input, file: what it was rejected from; None for a row that a step rejected.
        step: the step that rejected it, or None.
        row: its text, its bytes, or its columns' texts.
    """

    where: str
    input: str | None
    file: str | None
    step: str | None
    row: Row


def read_corrections(uri: str) -> list[Correction]:
    """The rows of a JSON Lines file.

    Raises:
        InputError: there is no such file, or lines of it are no such rows; all of them are named.
    """
    files = storage_for(uri).find(uri, ()).files
    if not files:
        raise InputError("there is no file of corrected rows", where=uri, hint="name one with --rows")
    faults: list[Fault] = []
    found: list[Correction] = []
    with closing(storage_for(uri).open_read(files[0])) as stream:
        # iterating would cut at LF alone as well, but not every storage's stream is a file
        lines = stream.read().split(b"\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            found += _read(line, f"{uri}:{number}", faults)
    if faults:
        raise InputError.of(faults)
    return found


def _read(line: bytes, where: str, faults: list[Fault]) -> Iterator[Correction]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        faults.append(Fault("this is no JSON", where, _HINT))
        return
    if not isinstance(told, dict):
        faults.append(Fault("this is no JSON object", where, _HINT))
        return
    row = _row(told)
    if row is None:
        hint = "give the row as text: `raw`" if told.get("input") else _HINT
        faults.append(Fault("this line holds no row", where, hint))
        return
    texts = {key: told.get(key) for key in ("input", "file", "step")}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str | None)]:
        faults.append(Fault(f"'{wrong[0]}' must be a text or null", where, _HINT))
        return
    yield Correction(where, texts["input"], texts["file"], texts["step"], row)


def _row(told: Mapping[str, Any]) -> Row | None:
    raw, row = told.get("raw"), told.get("row")
    if isinstance(raw, str):
        return _stored(raw, told.get("raw_base64")) or raw
    is_row = isinstance(row, dict) and row and all(isinstance(value, str | None) for value in row.values())
    return row if is_row else None


def _stored(raw: str, encoded: Any) -> bytes | None:
    """The bytes that are no text, unless somebody has mended the text beside them."""
    try:
        stored = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except (binascii.Error, ValueError):
        return None
    return stored if stored.decode("utf-8", "backslashreplace") == raw else None
