"""Workbooks of Excel (.xlsx), read row by row with openpyxl; they are not written.

excel/
  options    what an author may set, checked before anything is read
  rows       a sheet -> its rows, each with its number
  cells      a cell -> a value that JSON has
  sheet      a sheet -> one line of JSON for each of its rows, so that line and row are the same number
  read       all files of an input -> frames, by the reader of JSON Lines (apart: each file by itself)
  supplement rows that were rejected -> workbooks of them
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from trakt.errors import InputError, OutputError
from trakt.formats import Everywhere, FilesApart, HeadRows, SourceFile, TableReader, TableWriter
from trakt.formats.excel.options import (
    READ_FIELDS,
    SUFFIXES,
    check_input,
    check_output,
    describe_input,
    read_options,
)
from trakt.formats.excel.supplement import files_of, pinned
from trakt.formats.inspection import Inspection
from trakt.pipeline.json_schema import MetadataKeys
from trakt.pipeline.model import Input, Output

INPUT_METADATA = MetadataKeys("read_options", READ_FIELDS)
OUTPUT_METADATA = MetadataKeys("write_options", ())

__all__ = [
    "INPUT_METADATA",
    "OUTPUT_METADATA",
    "SUFFIXES",
    "check_input",
    "check_output",
    "describe_input",
    "files_of",
    "inspect",
    "open_apart",
    "open_input",
    "open_output",
    "pinned",
    "rows_in_head",
]


def rows_in_head(wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:  # noqa: ARG001
    """See `trakt.formats.Format.rows_in_head`: a workbook is packed, and tells nothing before it is read."""
    return None


def inspect(source: SourceFile, rows: int | None) -> Inspection:  # noqa: ARG001
    """See `trakt.formats.Format.inspect`."""
    hint = "read it with `kind: excel`; the manifest of a run has its columns, types and bad rows"
    raise InputError("only delimited text is inspected", where=source.uri, hint=hint)


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:
    """See `trakt.formats.Format.open_input`."""
    from trakt.formats.excel.read import open_sheets

    return open_sheets(wanted, read_options(wanted), files)


def open_apart(wanted: Input, files: Sequence[SourceFile], everywhere: Everywhere) -> FilesApart:
    """See `trakt.formats.open_apart`."""
    from trakt.formats.excel.apart import ExcelApart

    return ExcelApart(wanted, read_options(wanted), files, everywhere)


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:  # noqa: ARG001
    """See `trakt.formats.Format.open_output`; `check_output` lets no output come here."""
    raise OutputError("workbooks are not written", where=f"output '{wanted.name}'", hint="write csv or parquet")
