"""A block of records split into columns of text, and the faults found on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from trakt.errors import Fault, InputError
from trakt.formats.csv.blocks import Block, cut_records, is_blank
from trakt.formats.csv.header import text_of
from trakt.formats.csv.options import Dialect

_SHOWN = 20


@dataclass
class Faults:
    """What is wrong with one file: the first faults in full, the rest counted."""

    uri: str
    shown: list[Fault] = field(default_factory=list)
    count: int = 0

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def room(self) -> int:
        """How many more faults will be shown."""
        return _SHOWN - len(self.shown)

    def add(self, line: int, what: str, hint: str, unquoted: str | None = None) -> None:
        """Note a fault on a physical line."""
        self.count += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(Fault(what, f"{self.uri}:{line}", hint, unquoted))

    def take(self, others: Faults) -> None:
        """Note the faults of what comes next in the file."""
        self.count += others.count
        self.shown += others.shown[: self.room]

    def raise_any(self, last: InputError | None = None) -> None:
        """Raise all of them as one error, if there is any, and `last` with them."""
        if not self.count and not last:
            return
        more = self.count - len(self.shown)
        rest = [Fault(f"and {more} more faults like these", self.uri)] if more else []
        raise InputError.of([*sorted(self.shown, key=_line), *rest, *(last.faults if last else ())]) from last


def _line(fault: Fault) -> int:
    return int(str(fault.where).rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text: missing values are null, everything else is as it stands in the file.

    Attributes:
        lines: gives the physical line of each row; called only to name a place.
    """

    names: tuple[str, ...]
    table: pa.Table
    lines: Callable[[], Sequence[int]]

    @classmethod
    def empty(cls, names: tuple[str, ...]) -> TextTable:
        """No rows of these columns."""
        return cls(names, pa.table([pa.array([], pa.string()) for _ in names], list(names)), list)

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> Any:
        """The texts of one column."""
        return self.table.column(name)


@dataclass(frozen=True, slots=True)
class Splitter:
    """Splits the blocks of one file into the columns of its header."""

    uri: str
    names: tuple[str, ...]
    dialect: Dialect
    missing: tuple[str, ...] = ("",)

    def split(self, block: Block, faults: Faults) -> TextTable:
        """A block as text; rows with more or fewer fields than the header are noted and left out.

        Raises:
            InputError: the block holds bytes that are not UTF-8.
        """
        if not _is_utf8(block.data):
            text_of(block, self.uri)
        ragged: list[Any] = []

        def note(row: Any) -> str:
            ragged.append(row)
            return "skip"

        table = self._parsed(block, note)
        if ragged:
            lines = self._lines(block)
            for row in ragged:
                self._explain(row, lines, faults)
        skipped = {row.number - 1 for row in ragged}
        return TextTable(self.names, table, cache(lambda: self._lines(block, skipped)))

    def _parsed(self, block: Block, note: Callable[[Any], str]) -> pa.Table:
        if not block.data.strip(b"\r\n"):
            return TextTable.empty(self.names).table
        try:
            # not read_csv, which has the bytes read by a thread of its own and waits for it
            reader = pacsv.open_csv(
                pa.BufferReader(block.data),
                # single-threaded: only then does Arrow number the rows it hands to `note`
                read_options=pacsv.ReadOptions(
                    column_names=list(self.names), use_threads=False, block_size=len(block.data) + 1
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=self.dialect.delimiter,
                    quote_char=self.dialect.quotechar or False,
                    escape_char=self.dialect.escapechar or False,
                    # a block that ends with a line end is whole: no need to look for where its records end
                    newlines_in_values=not block.data.endswith((b"\n", b"\r")),
                    invalid_row_handler=note,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(self.names, pa.string()),
                    check_utf8=False,
                    strings_can_be_null=True,
                    null_values=list(self.missing),
                ),
            )
            return reader.read_all()
        except pa.ArrowInvalid as fault:
            raise InputError(
                f"cannot be read as delimited text ({fault})",
                where=f"{self.uri}:{block.first_line}",
                unquoted="cannot be read as delimited text",
            ) from fault

    def _explain(self, row: Any, lines: Sequence[int], faults: Faults) -> None:
        many = row.actual_columns > row.expected_columns
        quote = self.dialect.quotechar or '"'
        cause = (
            f"a field that holds '{self.dialect.delimiter}' needs {quote}quotes{quote}"
            if many
            else "fields are missing"
        )
        what = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        faults.add(lines[row.number - 1], what, f"mend the line: {cause}")

    def _lines(self, block: Block, skipped: frozenset[int] | set[int] = frozenset()) -> list[int]:
        records = (record for record in cut_records(block, self.dialect) if not is_blank(record))
        return [record.first_line for position, record in enumerate(records) if position not in skipped]


def _is_utf8(data: bytes) -> bool:
    """Asked before Arrow splits: it would fail to show us the ragged rows among others, with a traceback on stderr."""
    buffers = [None, pa.array([0, len(data)], pa.int32()).buffers()[1], pa.py_buffer(data)]
    try:
        pa.Array.from_buffers(pa.string(), 1, buffers).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
