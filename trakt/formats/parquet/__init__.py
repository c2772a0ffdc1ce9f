"""Apache Parquet: a table that says itself which columns it has, and of which types.

parquet/
  options    what an author may set, checked before anything is read
  footer     the end of a file, which says what it holds (stretches: where a large one may be cut)
  file       one file: its columns, and its rows in batches
  columns    Arrow's types -> ours (values: their values; int96: timestamps of older writers)
  combine    several files as one table
  demands    what an author demands of their rows
  read       all files of an input -> frames (rows: the pass that gives them; apart: each file by itself)
  frames     columns of frames -> what they are written as
  spool      frames, kept until the types of all of them are known
  write      frames -> row groups
  supplement rows that were rejected -> files of them
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from trakt.errors import InputError
from trakt.formats import Everywhere, FilesApart, HeadRows, SourceFile, TableReader, TableWriter
from trakt.formats.inspection import Inspection
from trakt.formats.parquet.options import (
    READ_FIELDS,
    SUFFIXES,
    WRITE_FIELDS,
    check_input,
    check_output,
    describe_input,
    read_options,
    write_options,
)
from trakt.formats.parquet.supplement import files_of, pinned
from trakt.pipeline.json_schema import MetadataKeys
from trakt.pipeline.model import Input, Output

INPUT_METADATA = MetadataKeys("read_options", READ_FIELDS)
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
    "open_apart",
    "open_input",
    "open_output",
    "pinned",
    "rows_in_head",
]


def rows_in_head(wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:  # noqa: ARG001
    """See `trakt.formats.Format.rows_in_head`."""
    if not is_whole:
        # a file says at its end how many rows it has
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return HeadRows(pq.read_metadata(pa.BufferReader(head)).num_rows, len(head))
    except (pa.ArrowException, OSError):
        return None


def inspect(source: SourceFile, rows: int | None) -> Inspection:  # noqa: ARG001
    """See `trakt.formats.Format.inspect`."""
    raise InputError(
        "only delimited text is inspected; a Parquet file says itself what its columns are",
        where=source.uri,
        hint="read it with `kind: parquet`; the manifest of a run has its columns, types and bad rows",
    )


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:
    """See `trakt.formats.Format.open_input`."""
    from trakt.formats.parquet.read import ParquetReader

    return ParquetReader(wanted, read_options(wanted), files)


def open_apart(wanted: Input, files: Sequence[SourceFile], everywhere: Everywhere) -> FilesApart:
    """See `trakt.formats.open_apart`."""
    from trakt.formats.parquet.apart import ParquetApart

    return ParquetApart(wanted, read_options(wanted), files, everywhere)


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:
    """See `trakt.formats.Format.open_output`."""
    from trakt.formats.parquet.write import ParquetOutput

    return ParquetOutput(wanted.name, write_options(wanted), stream)
