"""Delimited text (RFC 4180 and what clients make of it).

    csv/
      options    what an author may set, checked before anything is read (output_options: or written)
      layout     what this kind of text says of its files (`trakt.formats.text`, which reads them), by means of
      blocks     UTF-8 bytes -> blocks of whole records, quotes checked (cutter, record_ends)
      header     the first record -> column names
      sniff      which delimiter a sample has
      split      blocks -> columns of text (records: of a block, one by one)
      write      frames -> bytes
      inspection a file nobody has told anything of -> what it is like
      supplement rows that were rejected -> files of them

The data's path is that list, read down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from trakt.formats import Everywhere, FilesApart, HeadRows, Rendering, SourceFile, TableReader, TableWriter
from trakt.formats.csv.options import READ_FIELDS, check_input, describe_input, read_options
from trakt.formats.csv.output_options import WRITE_FIELDS, check_output, write_options
from trakt.formats.csv.supplement import files_of, pinned
from trakt.formats.inspection import Inspection
from trakt.pipeline.json_schema import MetadataKeys
from trakt.pipeline.model import Input, Output

SUFFIXES = (".csv", ".csv.gz")
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
    "rendering",
    "rows_in_head",
]


def rows_in_head(wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:
    """See `trakt.formats.Format.rows_in_head`."""
    from trakt.formats.csv.layout import CsvLayout
    from trakt.formats.text.sample import rows_in

    options = read_options(wanted)
    return rows_in(options, CsvLayout.of(options), head, is_whole)


def inspect(source: SourceFile, rows: int | None) -> Inspection:
    """See `trakt.formats.Format.inspect`."""
    from trakt.formats.csv.inspection.whole import inspect

    return inspect(source, rows)


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:
    """See `trakt.formats.Format.open_input`."""
    from trakt.formats.csv.layout import CsvLayout
    from trakt.formats.text.read import TextReader, text_files

    options = read_options(wanted)
    return TextReader(wanted, options, text_files(files, options, CsvLayout.of(options)))


def open_apart(wanted: Input, files: Sequence[SourceFile], everywhere: Everywhere) -> FilesApart:
    """See `trakt.formats.open_apart`."""
    from trakt.formats.csv.layout import CsvLayout
    from trakt.formats.text.apart import TextApart, files_apart

    options = read_options(wanted)
    return TextApart(wanted, options, files_apart(files, options, CsvLayout.of(options), everywhere), everywhere)


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:
    """See `trakt.formats.Format.open_output`."""
    from trakt.formats.csv.write import CsvRows
    from trakt.formats.text.write import TextWriter

    options = write_options(wanted)
    return TextWriter(wanted, options.encoding, CsvRows(wanted.name, options), stream)


def rendering(wanted: Output) -> Rendering:
    """See `trakt.formats.rendering_of`."""
    from trakt.formats.csv.write import CsvRows
    from trakt.formats.text.write import TextRendering

    return TextRendering(wanted.name, CsvRows(wanted.name, write_options(wanted)))
