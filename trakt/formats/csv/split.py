"""A block of delimited text split into columns, and the faults found on the way."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from trakt.errors import InputError
from trakt.formats.csv.options import Dialect
from trakt.formats.csv.records import records_of
from trakt.formats.text.bad_rows import Finding, Findings
from trakt.formats.text.block import Block
from trakt.formats.text.decodable import as_text
from trakt.formats.text.table import TextTable

RAGGED = "ragged_row"
"""Why a row is bad."""


@dataclass(frozen=True, slots=True)
class Splitter:
    """Splits the blocks of one file into the columns of its header."""

    uri: str
    names: tuple[str, ...]
    dialect: Dialect
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("",)

    def split(self, block: Block, found: Findings) -> TextTable:
        """A block as text; rows with more or fewer fields than the header are noted and left out.

        Raises:
            InputError: the block holds bytes that are no text, and such rows are not to be set aside.
        """
        # before Arrow splits: it would fail to show us the ragged rows among others, with a traceback on stderr
        data, records = as_text(block, cache(lambda: records_of(block, self.dialect)), found, self.encoding, self.uri)
        block = replace(block, data=data)
        ragged: list[Any] = []

        def note(row: Any) -> str:
            ragged.append(row)
            return "skip"

        table = self._parsed(block, note)
        if not ragged:
            return TextTable(self.names, table, records)
        for row in ragged:
            found.add(self._explained(row, records().record(row.number - 1)))
        whole = np.delete(np.arange(len(records())), [row.number - 1 for row in ragged])
        return TextTable(self.names, table, lambda: records().only(whole))

    def _parsed(self, block: Block, note: Callable[[Any], str]) -> pa.Table:
        if not block.data.strip(b"\r\n"):
            return TextTable.empty(self.names).table
        # Arrow takes a byte order mark at the start of what it is given for no text; in a row it is text
        data = codecs.BOM_UTF8 + block.data if block.data.startswith(codecs.BOM_UTF8) else block.data
        try:
            # not read_csv, which has the bytes read by a thread of its own and waits for it
            reader = pacsv.open_csv(
                pa.BufferReader(data),
                # single-threaded: only then does Arrow number the rows it hands to `note`
                read_options=pacsv.ReadOptions(
                    column_names=list(self.names), use_threads=False, block_size=len(data) + 1
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

    def _explained(self, row: Any, record: Block) -> Finding:
        many = row.actual_columns > row.expected_columns
        quote = self.dialect.quotechar or '"'
        cause = (
            f"a field that holds '{self.dialect.delimiter}' needs {quote}quotes{quote}"
            if many
            else "fields are missing"
        )
        what = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        return Finding(record, RAGGED, what, f"mend the line: {cause}")
