"""Files of an input read each by itself, in any process: footers say which types they have together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from trakt.formats import Everywhere, FileFacts, SourceFile
from trakt.formats.parquet.file import ParquetFile
from trakt.formats.parquet.options import ReadOptions
from trakt.formats.parquet.read import ParquetReader
from trakt.formats.parquet.rows import Rows, Settled
from trakt.formats.parquet.stretches import cut
from trakt.formats.part import Part
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


class ParquetApart:
    """See `trakt.formats.FilesApart`. Footers are read here, and no row is."""

    def __init__(
        self, wanted: Input, options: ReadOptions, files: Sequence[SourceFile], everywhere: Everywhere
    ) -> None:
        reader = ParquetReader(wanted, options, files)
        everywhere.cut(cut)
        self.files: Sequence[FileFacts] = reader.files
        self.types: Mapping[str, LogicalType] = reader.types
        self.blank: Collection[str] = reader.blank
        self.notes = reader.notes
        self.reading: Callable[[SourceFile], Part] = _Reading(options, reader.settled)


@dataclass(frozen=True, slots=True)
class _Reading:
    options: ReadOptions
    settled: Settled

    def __call__(self, source: SourceFile) -> Part:
        file = ParquetFile(source, self.options.columns)
        return Part(file.facts, self.settled.demands.columns, Rows([file], self.settled))
