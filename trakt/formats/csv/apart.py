"""Files of an input read each by itself, in any process, as they are read together: with the types of them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trakt.formats import Everywhere, FileFacts, SourceFile, Stretches
from trakt.formats.csv.file import CsvFile
from trakt.formats.csv.options import ReadOptions
from trakt.formats.csv.read import CsvReader
from trakt.formats.csv.rows import Rows, Settled
from trakt.formats.csv.survey import Survey
from trakt.pipeline.model import Input
from trakt.schema import LogicalType
from trakt.schema.infer import Inference


class CsvApart:
    """See `trakt.formats.FilesApart`. Heads are read here; what needs whole files is done everywhere."""

    def __init__(
        self, wanted: Input, options: ReadOptions, files: Sequence[SourceFile], everywhere: Everywhere
    ) -> None:
        checksums: dict[str, str | None] = {}

        everywhere.cut(_Cut(options))

        def surveying(survey: Survey, opened: Sequence[CsvFile]) -> Iterator[Inference]:
            uris = [file.uri for file in opened]
            said: Iterable[Sequence[_Seen]] = everywhere(_Look(survey, options), uris)
            for file, stretches in zip(opened, said, strict=True):
                together = survey.nothing()
                for seen in stretches:
                    together.add(seen.types)
                if len(stretches) == 1:
                    checksums[file.uri] = stretches[0].sha256
                file.facts.rows = sum(seen.rows for seen in stretches)
                yield together

        reader = CsvReader(wanted, options, files, surveying)
        self.files: Sequence[FileFacts] = reader.files
        self.types: Mapping[str, LogicalType] = reader.types
        self.blank: Collection[str] = reader.blank
        self.notes = reader.notes
        self.reading: Callable[[SourceFile], CsvPart] = _Reading(options, reader.settled, checksums)


class CsvPart:
    """See `trakt.formats.TableReader`: one file of an input."""

    def __init__(self, file: CsvFile, settled: Settled) -> None:
        self.files = [file.facts]
        self.types = {name: column.kind for name, column in settled.columns.items()}
        self.blank = frozenset(name for name, column in settled.columns.items() if column.empty)
        # they are told where all files are known
        self.notes: Sequence[tuple[str, Mapping[str, Any]]] = ()
        self._rows = Rows([file], settled)

    @property
    def nulls(self) -> Mapping[str, int]:
        """See `trakt.formats.TableReader.nulls`."""
        return self._rows.nulls

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        return self._rows.chunks(rows)


@dataclass(frozen=True, slots=True)
class _Cut:
    options: ReadOptions

    def __call__(self, source: SourceFile, size: int) -> Stretches:
        return CsvFile(source, self.options).stretches(size)


@dataclass(frozen=True, slots=True)
class _Seen:
    types: Inference
    rows: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class _Look:
    survey: Survey
    options: ReadOptions

    def __call__(self, source: SourceFile) -> _Seen:
        file = CsvFile(source, self.options)
        return _Seen(self.survey.of(file), file.facts.rows or 0, file.facts.sha256)


@dataclass(frozen=True, slots=True)
class _Reading:
    options: ReadOptions
    settled: Settled
    checksums: Mapping[str, str | None]

    def __call__(self, source: SourceFile) -> CsvPart:
        file = CsvFile(source, self.options)
        # that it has changed since its types were decided is found by who reads it
        file.facts.sha256 = file.facts.sha256 or self.checksums.get(source.uri)
        return CsvPart(file, self.settled)
