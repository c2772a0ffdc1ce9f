"""JSON Lines: one JSON object on each physical line (RFC 8259; https://jsonlines.org).

jsonl/
  options    what an author may set, checked before anything is read or written
  layout     what this kind of text says of its files (`trakt.formats.text`, which reads them), by means of
  objects    lines -> objects, or why a line is none
  columns    objects -> columns of text
  write      frames -> bytes
  supplement rows that were rejected -> files of them
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from trakt.formats import Everywhere, FilesApart, HeadRows, Rendering, SourceFile, TableReader, TableWriter
from trakt.formats.inspection import Inspection
from trakt.formats.jsonl.options import (
    READ_FIELDS,
    SUFFIXES,
    WRITE_FIELDS,
    check_input,
    check_output,
    describe_input,
    read_options,
    write_options,
)
from trakt.formats.jsonl.supplement import files_of, pinned
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
    from trakt.formats.jsonl.layout import JsonLayout
    from trakt.formats.text.sample import rows_in

    return rows_in(read_options(wanted), JsonLayout(), head, is_whole)


def inspect(source: SourceFile, rows: int | None) -> Inspection:
    """See `trakt.formats.Format.inspect`."""
    from trakt.formats.jsonl.inspection import inspect

    return inspect(source, rows)


def open_input(wanted: Input, files: Sequence[SourceFile]) -> TableReader:
    """See `trakt.formats.Format.open_input`."""
    from trakt.formats.jsonl.layout import JsonLayout
    from trakt.formats.text.read import TextReader, text_files

    options = read_options(wanted)
    return TextReader(wanted, options, text_files(files, options, JsonLayout()))


def open_apart(wanted: Input, files: Sequence[SourceFile], everywhere: Everywhere) -> FilesApart:
    """See `trakt.formats.open_apart`."""
    from trakt.formats.jsonl.layout import JsonLayout
    from trakt.formats.text.apart import TextApart, files_apart

    options = read_options(wanted)
    return TextApart(wanted, options, files_apart(files, options, JsonLayout(), everywhere), everywhere)


def open_output(wanted: Output, stream: IO[bytes]) -> TableWriter:
    """See `trakt.formats.Format.open_output`."""
    from trakt.formats.jsonl.write import JsonRows
    from trakt.formats.text.write import TextWriter

    return TextWriter(wanted, "utf-8", JsonRows(wanted.name, write_options(wanted)), stream)


def rendering(wanted: Output) -> Rendering:
    """See `trakt.formats.rendering_of`."""
    from trakt.formats.jsonl.write import JsonRows
    from trakt.formats.text.write import TextRendering

    return TextRendering(wanted.name, JsonRows(wanted.name, write_options(wanted)))
