"""Files of an input read each by itself, in any process, as they are read together: with the types of them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trakt.formats import Everywhere, FileFacts, SourceFile, Stretches
from trakt.formats.text.file import TextFile
from trakt.formats.text.layout import Layout
from trakt.formats.text.options import TextOptions
from trakt.formats.text.read import TextReader
from trakt.formats.text.rows import Rows, Settled
from trakt.formats.text.survey import Found, Survey
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


class TextApart:
    """See `trakt.formats.FilesApart`. Heads are read here; what needs whole files is done everywhere."""

    def __init__(
        self,
        wanted: Input,
        options: TextOptions,
        layout: Layout,
        files: Sequence[SourceFile],
        everywhere: Everywhere,
    ) -> None:
        checksums: dict[str, str | None] = {}

        everywhere.cut(_Cut(options, layout))

        def surveying(survey: Survey, opened: Sequence[TextFile]) -> Iterator[Found]:
            uris = [file.uri for file in opened]
            said: Iterable[Sequence[_Seen]] = everywhere(_Look(survey, options, layout), uris)
            for file, stretches in zip(opened, said, strict=True):
                together = survey.nothing()
                for seen in stretches:
                    together.add(seen.types)
                if len(stretches) == 1:
                    checksums[file.uri] = stretches[0].sha256
                file.facts.rows = sum(seen.rows for seen in stretches)
                yield together

        reader = TextReader(wanted, options, layout, files, surveying)
        self.files: Sequence[FileFacts] = reader.files
        self.types: Mapping[str, LogicalType] = reader.types
        self.blank: Collection[str] = reader.blank
        self.notes = reader.notes
        self.reading: Callable[[SourceFile], TextPart] = _Reading(options, layout, reader.settled, checksums)


class TextPart:
    """See `trakt.formats.TableReader`: one file of an input."""

    def __init__(self, file: TextFile, settled: Settled) -> None:
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
    options: TextOptions
    layout: Layout

    def __call__(self, source: SourceFile, size: int) -> Stretches:
        return TextFile(source, self.options, self.layout).stretches(size)


@dataclass(frozen=True, slots=True)
class _Seen:
    types: Found
    rows: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class _Look:
    survey: Survey
    options: TextOptions
    layout: Layout

    def __call__(self, source: SourceFile) -> _Seen:
        file = TextFile(source, self.options, self.layout)
        return _Seen(self.survey.of(file), file.facts.rows or 0, file.facts.sha256)


@dataclass(frozen=True, slots=True)
class _Reading:
    options: TextOptions
    layout: Layout
    settled: Settled
    checksums: Mapping[str, str | None]

    def __call__(self, source: SourceFile) -> TextPart:
        file = TextFile(source, self.options, self.layout)
        # that it has changed since its types were decided is found by who reads it
        file.facts.sha256 = file.facts.sha256 or self.checksums.get(source.uri)
        return TextPart(file, self.settled)
