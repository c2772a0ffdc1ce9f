"""Frames as JSON Lines: whether a value is written in quotes depends on the value alone, as its text does."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import Fault, OutputError, did_you_mean
from trakt.formats.jsonl.objects import Bad, value_of
from trakt.formats.jsonl.options import WriteOptions
from trakt.pipeline.fields import shown
from trakt.schema import LogicalType
from trakt.schema.frames import logical_types
from trakt.schema.octets import rows_with
from trakt.schema.render import render_text, value_text

_ESCAPED = bytes([*range(0x20), ord('"'), ord("\\")])
"""RFC 8259, 7: what must not stand in a text as it is."""

_NUMBERS = (LogicalType.INT, LogicalType.FLOAT, LogicalType.DECIMAL)


class JsonRows:
    """See `trakt.formats.text.write.Rows`."""

    def __init__(self, name: str, options: WriteOptions) -> None:
        self._name = name
        self._options = options

    def head(self, columns: Sequence[str]) -> pa.Array | None:
        """No line: each row has the names."""
        unknown = [name for name in self._options.json_columns if name not in columns]
        if unknown:
            where = f"output '{self._name}'"
            raise OutputError.of(
                Fault(
                    f"`json_columns` names '{name}', which is no column",
                    where,
                    did_you_mean(name, columns) or f"its columns: {', '.join(columns)}",
                    Fault(f"`json_columns` names '{name}', which is no column", where),
                )
                for name in unknown
            )
        return None

    def lines(self, frame: pd.DataFrame) -> pa.Array:
        """Each row as an object."""
        if not len(frame.columns):
            return pa.array(["{}\n"] * len(frame), pa.string())
        parts: list[Any] = []
        for position, name in enumerate(frame.columns):
            parts += [f"{',' if position else '{'}{json.dumps(value_text(name), ensure_ascii=False)}:"]
            parts += [pc.fill_null(self._values(frame, position), "null")]
        return pc.binary_join_element_wise(*parts, "}\n", "")

    def _values(self, frame: pd.DataFrame, position: int) -> pa.Array:
        """One column as JSON, null where missing."""
        column: Any = frame.iloc[:, position]
        name = value_text(frame.columns[position]) or ""
        try:
            if name in self._options.json_columns:
                return _each_text(render_text(column), self._json_of)
            return _json_of_column(column)
        except (TypeError, ValueError) as fault:
            where = f"output '{self._name}', column '{name}'"
            if isinstance(fault, _NoJson):
                raise OutputError(str(fault), where=where, hint=fault.hint, unquoted=fault.unquoted) from fault
            hint = "turn the values into text in a step; a column of JSON as text goes under `json_columns`"
            raise OutputError(str(fault), where=where, hint=hint) from fault

    def _json_of(self, text: str) -> str:
        try:
            value_of(text)
        except Bad as bad:
            told = f"`json_columns` wants JSON: {bad.flaw.what}"
            raise _NoJson(f"{told} ({shown(text)})", "take the column out, or make JSON of it in a step", told) from bad
        # JSON may stand on several lines, an object here must not; in a text a line end is always escaped
        return text.replace("\r", " ").replace("\n", " ")


class _NoJson(ValueError):
    """A value that JSON cannot hold."""

    def __init__(self, what: str, hint: str, unquoted: str) -> None:
        super().__init__(what)
        self.hint = hint
        self.unquoted = unquoted


def _json_of_column(column: pd.Series[Any]) -> pa.Array:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_object_dtype(column.dtype) and pd.api.types.infer_dtype(column, skipna=True) != "string":
        missing = column.isna().tolist()
        values = zip(column.tolist(), missing, strict=True)
        return pa.array([None if gone else _json_of_value(value) for value, gone in values], pa.string())
    texts = render_text(column)
    kind = logical_types(column.to_frame("value"))["value"]
    if kind is LogicalType.BOOL:
        return pc.utf8_lower(texts)
    if kind in _NUMBERS:
        if kind is not LogicalType.INT and pc.any(pc.match_substring(texts, "inf")).as_py():
            raise _infinite()
        return texts
    return _quoted(texts)


def _json_of_value(value: Any) -> str | None:
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0 and not isinstance(value, (dt.date, dt.timedelta)):
        value = value.item()
    text = value_text(value)
    if text is None or isinstance(value, bool):
        return text and text.lower()
    if isinstance(value, (int, float, Decimal)):
        if not math.isfinite(value):
            raise _infinite()
        return text
    return json.dumps(text, ensure_ascii=False)


def _infinite() -> _NoJson:
    told = "infinity is no number in JSON"
    return _NoJson(told, "replace it in a step; a missing value is written as null", told)


def _quoted(texts: pa.Array) -> pa.Array:
    needs = rows_with(pc.fill_null(texts, ""), _ESCAPED)
    plain = pc.binary_join_element_wise('"', texts, '"', "")
    if needs is None:
        return plain
    mask = pa.array(np.asarray(needs, bool))
    return pc.replace_with_mask(plain, mask, _each_text(texts.filter(mask), _escaped))


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _each_text(texts: pa.Array, made_of: Any) -> pa.Array:
    return pa.array([None if text is None else made_of(text) for text in texts.to_pylist()], pa.string())
