"""Frames as delimited text, rendered column by column in Arrow."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import Fault, OutputError, did_you_mean
from trakt.formats.csv.output_options import WriteOptions
from trakt.overlap import ahead
from trakt.pipeline.fields import shown
from trakt.schema import LogicalType
from trakt.schema.frames import logical_types
from trakt.schema.octets import rows_with, text_buffer
from trakt.schema.render import render_text, value_text

_ROWS_AT_ONCE = 1 << 14
# Joined rows must fit one Arrow string, which holds 2 GiB, and quoting may double them
_BYTES_AT_ONCE = 1 << 28


class CsvWriter:
    """See `trakt.formats.TableWriter`. The first frame decides the columns; the index is never written."""

    def __init__(self, name: str, options: WriteOptions, stream: IO[bytes]) -> None:
        self._name = name
        self._options = options
        self._stream = stream
        self._encoder = codecs.getincrementalencoder(options.encoding)()
        self._is_utf8 = codecs.lookup(options.encoding).name == "utf-8"
        self._columns: list[str] | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """See `trakt.formats.TableWriter.write`."""
        columns = [value_text(column) or "" for column in frame.columns]
        if self._columns is None:
            self._columns = columns
            self._require_formatted(columns)
            if self._options.header:
                self._put(self._joined([pa.array([column]) for column in columns]))
        elif columns != self._columns:
            raise OutputError(
                f"the columns changed from {', '.join(self._columns)} to {', '.join(columns)}",
                where=f"output '{self._name}'",
                hint="give every chunk the same columns in the same order",
                unquoted=f"the columns changed from {len(self._columns)} to {len(columns)}, or their names or order",
            )
        with closing(ahead(self._rows, _parts(frame), few=len(frame) <= _ROWS_AT_ONCE)) as parts:
            for rows in parts:
                self._put(rows)

    def _rows(self, frame: pd.DataFrame) -> pa.Array:
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

    def close(self) -> None:
        """See `trakt.formats.TableWriter.close`."""
        self._stream.write(self._encoder.encode("", final=True))

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

    def _put(self, rows: pa.Array) -> None:
        try:
            whole = text_buffer(rows)
            plain = self._is_utf8
            self._stream.write(memoryview(whole) if plain else self._encoder.encode(whole.to_pybytes().decode("utf-8")))
        except UnicodeEncodeError as fault:
            character = fault.object[fault.start]
            raise OutputError(
                f"{character!r} cannot be written in {self._options.encoding}",
                unquoted=f"a character cannot be written in {self._options.encoding}",
                where=f"output '{self._name}'",
                hint="set `metadata: {write_options: {encoding: utf-8}}`",
            ) from fault


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The frame in pieces that are small enough to be joined; a single row always is."""
    if len(frame) > _ROWS_AT_ONCE or (len(frame) > 1 and _text_bytes(frame) > _BYTES_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, len(frame) // 2)
        for start in range(0, len(frame), rows):
            yield from _parts(frame.iloc[start : start + rows])
    elif len(frame):
        yield frame


def _text_bytes(frame: pd.DataFrame) -> int:
    """About how many bytes of text the frame holds."""
    columns = [frame.iloc[:, position] for position in range(len(frame.columns))]
    return sum(
        sum(len(value) for value in column if isinstance(value, str))
        if pd.api.types.is_object_dtype(column.dtype)
        else int(column.nbytes)
        for column in columns
    )


def _each(column: pd.Series[Any], text: Any) -> pa.Array:
    missing = column.isna().tolist()
    values = column.astype(object).tolist()
    return pa.array([None if gone else text(value) for value, gone in zip(values, missing, strict=True)], pa.string())
