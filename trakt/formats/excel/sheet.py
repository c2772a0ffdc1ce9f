"""One sheet as lines of JSON, one for each of its rows, written to the disk as it is read.

A row of the sheet and the line that stands for it have the same number. What is no row of the table is a blank line.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from trakt.errors import Fault, InputError, MissingExtra, TraktError, counted, did_you_mean
from trakt.formats import BadRow, SourceFile
from trakt.formats.excel.cells import json_value
from trakt.formats.excel.options import SheetOptions
from trakt.formats.seekable import seekable
from trakt.spooled import kept

if TYPE_CHECKING:
    from trakt.formats.excel.rows import Row

_SHOWN = 20


@dataclass
class Counts:
    """What became of the rows of a sheet that are no rows of the table."""

    header: int = 0
    skipped: int = 0
    rejected: int = 0


class Sheet:
    """A sheet that was read once, row by row; `open` gives its lines, from the start each time.

    Attributes:
        columns: its names; `rows` how many rows it gives.
        counts: its rows that are none of the table.
        name, bytes, sha256: of the sheet, and of the file as stored.
        size: of the lines, in bytes.

    Raises:
        InputError: it is no workbook, there is no such sheet, or its rows cannot be taken; all of them are named.
        MissingExtra: openpyxl is not installed.
    """

    def __init__(self, source: SourceFile, options: SheetOptions) -> None:
        self._source, self._options = source, options
        self.counts, self._faults, self._bad, self.rows = Counts(), list[Fault](), 0, 0
        with seekable(source) as (stream, self.bytes, self.sha256):
            descriptor, path = tempfile.mkstemp(prefix="trakt-sheet-")
            os.unlink(path)
            self._descriptor = descriptor
            weakref.finalize(self, os.close, descriptor)
            with self._workbook(stream) as book:
                sheet = self._found(book)
                self.name = str(sheet.title)
                self.columns: tuple[str, ...] = ()
                with open(descriptor, "wb", closefd=False) as lines:
                    for line in self._lines(sheet):
                        _put(lines, line)
        if self._bad > len(self._faults):
            self._faults.append(Fault(f"and {self._bad - len(self._faults):,} more faults like these", source.uri))
        if self._faults:
            raise InputError.of(self._faults)
        if not self.counts.header:
            what = f"has no row {options.header_row}, where its names should be"
            raise InputError(what, where=f"{source.uri}:{self.name}", hint="set `header_row`, or another `sheet`")
        self.size = os.fstat(descriptor).st_size

    def open(self) -> IO[bytes]:
        """Its lines, from the first."""
        return cast("IO[bytes]", _Again(self, self._descriptor))

    @contextlib.contextmanager
    def _workbook(self, stream: Any) -> Iterator[Any]:
        try:
            import openpyxl
        except ModuleNotFoundError as missing:
            raise MissingExtra("`kind: excel`", "excel") from missing
        try:
            # the values that formulas had when the workbook was saved
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            try:
                yield book
            finally:
                book.close()
        except TraktError:
            raise
        # of its parts, XML and packing each has errors of its own, and a broken file meets any of them
        except Exception as fault:
            what = f"cannot be read as a workbook (.xlsx){_why(fault)}"
            hint = "open it in Excel and save it again, or name its `kind`"
            raise InputError(what, where=self._source.uri, hint=hint) from fault

    def _found(self, book: Any) -> Any:
        wanted = self._options.sheet
        if wanted is None:
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            return (shown or book.worksheets)[0]
        names = [sheet.title for sheet in book.worksheets]
        if wanted not in names:
            there = f"there is: {', '.join(names)}"
            hint = did_you_mean(wanted, names) or there
            told = Fault(f"has no sheet '{wanted}'", self._source.uri, "look at its sheets")
            raise InputError(f"has no sheet '{wanted}'", where=self._source.uri, hint=hint, unquoted=told)
        return book[wanted]

    def _lines(self, sheet: Any) -> Iterator[str]:
        from trakt.formats.excel.rows import rows_of

        first = self._options.header_row
        for row in rows_of(sheet):
            if row.number < first or first < row.number <= first + self._options.skiprows:
                self.counts.skipped += 1
                yield "\n"
            elif row.number == first:
                self.columns = self._names(row)
                self.counts.header += 1
                yield "\n"
            else:
                yield self._line(row) + "\n"

    def _names(self, row: Row) -> tuple[str, ...]:
        names = [None if value is None else str(json.loads(json_value(value))) for value in row.values]
        while names and names[-1] is None:
            names.pop()
        place = f"{self._source.uri}:{self._options.header_row}"
        hint = "mend the header, or set `header_row`"
        faults = [Fault(f"column {at} has no name", place, hint) for at, name in enumerate(names, 1) if name is None]
        said = [name for name in names if name is not None]
        twice = [name for name in dict.fromkeys(said) if said.count(name) > 1]
        faults += [Fault(f"the name '{name}' stands twice", place, hint, "a name stands twice") for name in twice]
        if faults or not names:
            raise InputError.of(faults or [Fault("holds no name", place, hint)])
        return tuple(said)

    def _line(self, row: Row) -> str:
        number, values, known = row.number, row.values, len(self.columns)
        if all(value is None for value in values):
            return ""
        told = [json_value(value) for value in values]
        members = list(zip(self.columns, [*told, *["null"] * known], strict=False))
        beyond = [at for at, value in enumerate(values[known:], known + 1) if value is not None]
        # so that a row that is set aside is told in full
        members += [(f"column {at}", told[at - 1]) for at in beyond]
        line = "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {value}" for name, value in members) + "}"
        if beyond:
            what = f"a value in column {beyond[0]}, and the header has {counted(known, 'name')}"
            hint = "mend the row, or the header"
            return self._bad_row(BadRow(number, None, "ragged_row", None, what, line, hint=hint))
        if row.wrong:
            at = min(row.wrong)
            name = self.columns[at]
            what, hint = f"column '{name}' holds {row.wrong[at]}", "mend the cell, or its formula"
            return self._bad_row(BadRow(number, None, "formula_error", name, what, line, hint=hint))
        self.rows += 1
        return line

    def _bad_row(self, bad: BadRow) -> str:
        if self._source.set_aside:
            self.counts.rejected += 1
            self._source.set_aside(bad)
        else:
            self._bad += 1
            if len(self._faults) < _SHOWN:
                self._faults.append(Fault(bad.what, f"{self._source.uri}:{bad.line}", bad.hint, bad.unquoted))
        return ""


def _why(fault: Exception) -> str:
    """What is wrong with it, where it is known and says nothing of its values."""
    from trakt.formats.excel.rows import BrokenCell, OutOfOrder

    if isinstance(fault, BrokenCell):
        return f": {fault} holds what is no value of its kind"
    return f": {fault}" if isinstance(fault, OutOfOrder) else ""


def _put(lines: IO[bytes], line: str) -> None:
    with kept("a sheet cannot be kept while it is read"):
        lines.write(line.encode("utf-8", "surrogatepass"))


class _Again(io.RawIOBase):
    """A file by its descriptor, with a place of its own in it."""

    def __init__(self, owner: object, descriptor: int) -> None:
        # who made the file closes it when nobody has it any more
        self._owner, self._descriptor, self._place = owner, descriptor, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = os.pread(self._descriptor, len(buffer), self._place)
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)
