"""Frames as delimited text, rendered column by column in Arrow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import Fault, OutputError, did_you_mean
from trakt.formats.csv.output_options import WriteOptions
from trakt.pipeline.fields import shown
from trakt.schema import LogicalType
from trakt.schema.frames import logical_types
from trakt.schema.octets import rows_with
from trakt.schema.render import render_text, value_text


class CsvRows:
    """See `trakt.formats.text.write.Rows`."""

    def __init__(self, name: str, options: WriteOptions) -> None:
        self._name = name
        self._options = options

    def head(self, columns: Sequence[str]) -> pa.Array | None:
        """The header, if there is to be one."""
        self._require_formatted(columns)
        return self._joined([pa.array([column]) for column in columns]) if self._options.header else None

    def lines(self, frame: pd.DataFrame) -> pa.Array:
        """Each row as text."""
        return self._joined([self._texts(frame, position) for position in range(len(frame.columns))])

    def _require_formatted(self, columns: Sequence[str]) -> None:
        unknown = [name for name in self._options.float_format if name not in columns]
        if unknown:
            raise OutputError.of(
                Fault(
                    f"`float_format` names '{name}', which is no column",
                    f"output '{self._name}'",
                    did_you_mean(name, columns) or f"its columns: {', '.join(columns)}",
                    Fault(f"`float_format` names '{name}', which is no column", f"output '{self._name}'"),
                )
                for name in unknown
            )

    def _texts(self, frame: pd.DataFrame, position: int) -> pa.Array:
        """One column as text, before quoting."""
        column: Any = frame.iloc[:, position]
        try:
            special = self._formatted(column)
            texts = render_text(column) if special is None else special
        except TypeError as fault:
            where = f"output '{self._name}', column '{frame.columns[position]}'"
            raise OutputError(str(fault), where=where, hint="turn the values into text in a step") from fault
        return pc.fill_null(texts, self._options.na_rep) if self._options.na_rep else texts

    def _formatted(self, column: pd.Series[Any]) -> pa.Array | None:
        """A column for whose values the options have a form of their own, or None.

        Like all text it depends on the value alone, never on the dtype that its chunk happens to have.
        """
        options = self._options
        if number_format := options.float_format.get(str(column.name)):
            return _each(column, lambda value: self._number_in_form(number_format, value, column.name))
        if options.decimal == "." and not options.date_format:
            return None
        if pd.api.types.is_object_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
            return _each(column, self._value_in_form)
        kind = logical_types(column.to_frame("value"))["value"]
        if kind in (LogicalType.FLOAT, LogicalType.DECIMAL):
            return pc.replace_substring(render_text(column), ".", options.decimal)
        if options.date_format and kind in (LogicalType.DATE, LogicalType.TIMESTAMP):
            return _each(column, self._value_in_form)
        return None

    def _number_in_form(self, number_format: str, value: Any, column: Any) -> str:
        try:
            return str(number_format % value).replace(".", self._options.decimal)
        except (TypeError, ValueError) as fault:
            where = f"output '{self._name}', column '{column}'"
            hint = "take the column out of `float_format`, or make numbers of it in a step"
            what = f"`float_format` wants numbers, not {shown(value)}"
            told = "`float_format` wants numbers"
            raise OutputError(what, where=where, hint=hint, unquoted=told) from fault

    def _value_in_form(self, value: Any) -> str | None:
        if self._options.date_format and isinstance(value, dt.date):
            return value.strftime(self._options.date_format)
        text = value_text(value)
        is_number = isinstance(value, (float, Decimal)) or hasattr(value, "dtype")
        return text.replace(".", self._options.decimal) if text and is_number else text

    def _joined(self, columns: Sequence[pa.Array]) -> pa.Array:
        """One text per row: fields quoted where they must be, delimiters between, the line's end behind."""
        end = self._options.lineterminator
        if not columns:
            return pa.array([end])
        fields = [self._quoted(column, alone=len(columns) == 1) for column in columns]
        fields[-1] = pc.binary_join_element_wise(fields[-1], end, "")
        return pc.binary_join_element_wise(*fields, self._options.delimiter)

    def _quoted(self, column: pa.Array, *, alone: bool) -> pa.Array:
        options = self._options
        texts = pc.fill_null(column, "")
        if options.quoting == "all":
            return self._in_quotes(texts)
        # RFC 4180 2.6; and a lone blank would be an empty line, which readers skip
        special = f"\r\n{options.delimiter}{options.quotechar}{options.escapechar or ''}"
        needs = rows_with(texts, special.encode("ascii"))
        if alone:
            blank = pc.equal(texts, "").to_numpy(zero_copy_only=False)
            needs = blank if needs is None else needs | blank
        if needs is None:
            return texts
        mask = pa.array(needs)
        return pc.replace_with_mask(texts, mask, self._in_quotes(texts.filter(mask)))

    def _in_quotes(self, texts: pa.Array) -> pa.Array:
        quote, escape = self._options.quotechar, self._options.escapechar
        if escape:
            texts = pc.replace_substring(texts, escape, escape * 2)
        texts = pc.replace_substring(texts, quote, (escape or quote) + quote)
        return pc.binary_join_element_wise(quote, texts, quote, "")


def _each(column: pd.Series[Any], text: Any) -> pa.Array:
    missing = column.isna().tolist()
    values = column.astype(object).tolist()
    return pa.array([None if gone else text(value) for value, gone in zip(values, missing, strict=True)], pa.string())
