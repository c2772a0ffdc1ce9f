"""Objects as columns of text."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa

from trakt.formats.jsonl.objects import Number, Object, compact
from trakt.formats.text.table import Mask

_NUMBERS = {Number, type(None)}
_TEXTS = {str, type(None)}
_BOOLS = {True: "true", False: "false", None: None}


def columns_of(
    objects: Sequence[Object], names: Sequence[str], missing: Sequence[str]
) -> tuple[pa.Table, dict[str, Mask]]:
    """The values of these keys as texts, and which of them are texts, or JSON, and so never numbers.

    What an object does not name, and `null`, is missing; so is a text that is one of `missing`.
    """
    if not names:
        # in Arrow only columns have rows
        return pa.table([pa.nulls(len(objects), pa.string())], [""]), {}
    arrays, words = [], {}
    gone = frozenset(missing)
    for name, given in zip(names, _transposed(objects, names), strict=True):
        kinds = set(map(type, given))
        values = given
        if gone and str in kinds:
            values = [None if type(value) is str and value in gone else value for value in given]
        if kinds <= _NUMBERS:
            arrays.append(pa.array(values, pa.string()))
        elif kinds <= _TEXTS:
            arrays.append(pa.array(values, pa.string()))
            words[name] = arrays[-1].is_valid().to_numpy(zero_copy_only=False)
        else:
            arrays.append(pa.array(list(map(_text, values)), pa.string()))
            words[name] = np.array([type(value) in (str, list, dict) for value in values], bool)
    words = {name: rows for name, rows in words.items() if rows.any()}
    return pa.table(arrays, list(names)), words


def _transposed(objects: Sequence[Object], names: Sequence[str]) -> Sequence[Sequence[Any]]:
    """The values of each key; None where an object does not name it."""
    if objects and len(names) > 1:
        # most files name all keys in each object
        with contextlib.suppress(KeyError):
            return list(zip(*map(itemgetter(*names), objects), strict=True))
    return [[each.get(name) for each in objects] for name in names]


def _text(value: Any) -> str | None:
    if type(value) in (dict, list):
        return compact(value)
    if type(value) is Number:
        return value.decode()
    return value if type(value) is str else _BOOLS[value]
