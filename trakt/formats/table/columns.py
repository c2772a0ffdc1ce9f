"""What a column is written as where the table it belongs to has decided that: all files of a table have its types."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import OutputError, counted
from trakt.formats.parquet.frames import Column
from trakt.formats.table.types import MOST_DIGITS, arrow_of, is_written, room_of, word_of
from trakt.schema import LogicalType
from trakt.schema.render import render_text

_NUMBERS = (LogicalType.INT, LogicalType.FLOAT)


class TableColumn(Column):
    """See `trakt.formats.parquet.frames.Column`.

    Args:
        word: its type in the table, by the catalog's word; None: the table has no such column yet.
    """

    def __init__(self, where: str, word: str | None) -> None:
        super().__init__(where)
        self._word = word

    @property
    def arrow(self) -> pa.DataType:
        """What Arrow writes it as.

        Raises:
            OutputError: that is not what the table has, or nothing that a table can have.
        """
        if self._word is None:
            return self._new()
        if not is_written(self._word):
            # others have made it, with a type that loses something, or that no column of ours has
            raise self.error(f"is {self._word} in the table, which is not written")
        fixed = arrow_of(self._word)
        if self.kind is not None and not _fits(self.kind, fixed):
            raise self.error(f"holds {_told(self.kind)}, and the table has it as {self._word}")
        if self.kind is LogicalType.TIMESTAMP and pa.types.is_timestamp(fixed):
            return pa.timestamp("us", super().arrow.tz)
        return fixed

    def _new(self) -> pa.DataType:
        found = super().arrow
        if pa.types.is_timestamp(found):
            # Athena reads no nanoseconds
            return pa.timestamp("us", found.tz)
        if pa.types.is_decimal(found):
            if found.precision > MOST_DIGITS:
                raise self.error(f"holds decimals of {found.precision} digits, and a table has room for {MOST_DIGITS}")
            # the numbers of later batches may be larger, and the table keeps its types
            return pa.decimal128(MOST_DIGITS, found.scale)
        return found

    def written(self, array: Any) -> Any:
        """See `trakt.formats.parquet.frames.Column.written`."""
        arrow = self.arrow
        try:
            if pa.types.is_string(arrow):
                return self._with_room(render_text(array))
            # Arrow makes decimals of whole numbers only where there is room for the largest there could be
            return (render_text(array) if pa.types.is_decimal(arrow) else array).cast(arrow)
        except pa.ArrowException as fault:
            raise self.error(
                f"holds a value that is no {self._word or word_of(arrow)}, which the table has it as"
            ) from fault

    def _with_room(self, texts: Any) -> Any:
        """The texts, of which Athena would cut off what is too long for a `varchar(n)`, without a word."""
        room = room_of(self._word or "")
        if room is not None and (pc.max(pc.utf8_length(texts)).as_py() or 0) > room:
            raise self.error(f"holds a text of over {counted(room, 'character')}, and the table has it as {self._word}")
        return texts

    def error(self, what: str) -> OutputError:
        """What is wrong with it."""
        hint = "make it that with trakt.steps.cast, or give the column another name: a table keeps the types it has"
        return OutputError(what, where=self._where, hint=hint)


def _fits(kind: LogicalType, fixed: pa.DataType) -> bool:
    """Whether values of our type may be written so; of numbers, each is looked at when it is written."""
    if pa.types.is_string(fixed):
        return True
    if pa.types.is_integer(fixed) or pa.types.is_floating(fixed):
        return kind in _NUMBERS
    if pa.types.is_decimal(fixed):
        # a float is what its shortest text says
        return kind in (*_NUMBERS, LogicalType.DECIMAL)
    tests = {LogicalType.BOOL: pa.types.is_boolean, LogicalType.DATE: pa.types.is_date}
    return bool(tests.get(kind, pa.types.is_timestamp)(fixed)) and kind in (*tests, LogicalType.TIMESTAMP)


def _told(kind: LogicalType) -> str:
    return "text" if kind is LogicalType.STRING else f"values of type {kind}"
