"""The result of a query in Amazon Athena, which leaves it in S3 as delimited text; who asks is `trakt.tables.athena`.

athena/
  options    what an author may set, checked before anything is asked
  result     how the result is read

An input of this kind has no file before its query has run. From then on it is one of delimited text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO

from trakt.errors import OutputError
from trakt.formats import HeadRows, Row, SourceFile, TableReader, TableWriter, csv
from trakt.formats.athena.options import READ_FIELDS, check_input, describe_input
from trakt.formats.athena.result import as_text
from trakt.formats.inspection import Inspection
from trakt.pipeline.fields import FieldFault
from trakt.pipeline.json_schema import MetadataKeys
from trakt.pipeline.model import Input, Output
from trakt.schema import LogicalType

SUFFIXES = (".csv",)
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
    "open_input",
    "open_output",
    "pinned",
    "rows_in_head",
]

_HINT = "for a table that Athena can query, write `kind: table`"


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:  # noqa: ARG001
    """See `trakt.formats.Format.check_output`."""
    return [FieldFault(("kind",), "queries are read, and not written", _HINT)]


def rows_in_head(wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:
    """See `trakt.formats.Format.rows_in_head`."""
    return csv.rows_in_head(as_text(wanted), head, is_whole)


def inspect(source: SourceFile, rows: int | None) -> Inspection:
    """See `trakt.formats.Format.inspect`."""
    return csv.inspect(source, rows)


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:
    """See `trakt.formats.Format.open_input`."""
    return csv.open_input(as_text(wanted), files)


def files_of(wanted: Input, columns: Sequence[str], rows: Sequence[Row], details: Mapping[str, str]) -> Sequence[bytes]:
    """See `trakt.formats.Format.files_of`."""
    return csv.files_of(as_text(wanted), columns, rows, details)


def pinned(wanted: Input, details: Mapping[str, str], types: Mapping[str, LogicalType]) -> Input:
    """See `trakt.formats.Format.pinned`."""
    return replace(wanted, schema=csv.pinned(as_text(wanted), details, types).schema)


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:  # noqa: ARG001
    """See `trakt.formats.Format.open_output`; `check_output` lets no output come here."""
    raise OutputError("queries are read, and not written", where=f"output '{wanted.name}'", hint=_HINT)
