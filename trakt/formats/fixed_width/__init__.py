"""Text in which each field has its place on the line, counted in characters.

fixed_width/
  options    what an author may set, checked before anything is read (output_options: or written)
  places     where each column stands
  layout     what this kind of text says of its files (`trakt.formats.text`, which reads them)
  write      frames -> bytes
  supplement rows that were rejected -> files of them
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from trakt.errors import InputError
from trakt.formats import Everywhere, FilesApart, HeadRows, Rendering, SourceFile, TableReader, TableWriter
from trakt.formats.fixed_width.options import READ_FIELDS, SUFFIXES, check_input, describe_input, read_options
from trakt.formats.fixed_width.output_options import WRITE_FIELDS, check_output, write_options
from trakt.formats.fixed_width.supplement import files_of, pinned
from trakt.formats.inspection import Inspection
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
    "rendering",
    "rows_in_head",
]


def rows_in_head(wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:
    """See `trakt.formats.Format.rows_in_head`."""
    from trakt.formats.fixed_width.layout import FixedLayout
    from trakt.formats.text.sample import rows_in

    options = read_options(wanted)
    return rows_in(options, FixedLayout.of(options), head, is_whole)


def inspect(source: SourceFile, rows: int | None) -> Inspection:  # noqa: ARG001
    """See `trakt.formats.Format.inspect`."""
    raise InputError(
        "where the columns of a line begin cannot be seen from the file",
        where=source.uri,
        hint="ask its sender for the record layout, and declare `columns`",
    )


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:
    """See `trakt.formats.Format.open_input`."""
    from trakt.formats.fixed_width.layout import FixedLayout
    from trakt.formats.text.read import TextReader, text_files

    options = read_options(wanted)
    return TextReader(wanted, options, text_files(files, options, FixedLayout.of(options)))


def open_apart(wanted: Input, files: Sequence[SourceFile], everywhere: Everywhere) -> FilesApart:
    """See `trakt.formats.open_apart`."""
    from trakt.formats.fixed_width.layout import FixedLayout
    from trakt.formats.text.apart import TextApart, files_apart

    options = read_options(wanted)
    return TextApart(wanted, options, files_apart(files, options, FixedLayout.of(options), everywhere), everywhere)


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:
    """See `trakt.formats.Format.open_output`."""
    from trakt.formats.fixed_width.write import FixedRows
    from trakt.formats.text.write import TextWriter

    options = write_options(wanted)
    return TextWriter(wanted, options.encoding, FixedRows(wanted.name, options), stream)


def rendering(wanted: Output) -> Rendering:
    """See `trakt.formats.rendering_of`."""
    from trakt.formats.fixed_width.write import FixedRows
    from trakt.formats.text.write import TextRendering

    return TextRendering(wanted.name, FixedRows(wanted.name, write_options(wanted)))
