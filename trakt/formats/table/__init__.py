"""Tables of a data catalog, such as Athena reads: Parquet whose columns are those that the catalog knows.

table/
  options    what an author may set, checked before anything is read
  names      names that a catalog keeps as they are
  types      the catalog's words for types
  columns    what a column is written as where its table has decided that
  write      frames -> Parquet with such columns

Where a table stands in a catalog, and is changed there, is not known here: see `trakt.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from trakt.errors import InputError
from trakt.formats import HeadRows, SourceFile, TableReader, TableWriter
from trakt.formats.inspection import Inspection
from trakt.formats.parquet import SUFFIXES
from trakt.formats.table.options import WRITE_FIELDS, check_output, table_options
from trakt.pipeline.fields import FieldFault
from trakt.pipeline.json_schema import MetadataKeys
from trakt.pipeline.model import Input, Output
from trakt.schema import LogicalType

INPUT_METADATA = MetadataKeys("read_options", ())
OUTPUT_METADATA = MetadataKeys("write_options", WRITE_FIELDS)

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

_HINT = "read its files with `kind: parquet`"


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:  # noqa: ARG001
    """See `trakt.formats.Format.check_input`."""
    return [FieldFault(("kind",), "tables are written, and not read", _HINT)]


def describe_input(wanted: Input) -> Mapping[str, Any]:  # noqa: ARG001
    """See `trakt.formats.Format.describe_input`."""
    return {}


def rows_in_head(wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:  # noqa: ARG001
    """See `trakt.formats.Format.rows_in_head`."""
    return None


def inspect(source: SourceFile, rows: int | None) -> Inspection:  # noqa: ARG001
    """See `trakt.formats.Format.inspect`."""
    raise _not_read(source.uri)


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:  # noqa: ARG001
    """See `trakt.formats.Format.open_input`; `check_input` lets no input come here."""
    raise _not_read(f"input '{wanted.name}'")


def files_of(wanted: Input, *_: object) -> Sequence[bytes]:
    """See `trakt.formats.Format.files_of`."""
    raise _not_read(f"input '{wanted.name}'")


def pinned(wanted: Input, details: Mapping[str, str], types: Mapping[str, LogicalType]) -> Input:  # noqa: ARG001
    """See `trakt.formats.Format.pinned`."""
    return wanted


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:
    """See `trakt.formats.Format.open_output`."""
    from trakt.formats.table.write import TableOutput

    return TableOutput(wanted.name, table_options(wanted), stream)


def _not_read(where: str) -> InputError:
    return InputError("tables are written, and not read", where=where, hint=_HINT)
