"""Files of an input read each by itself, in any process, as they are read together: with the types of them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trakt.formats import Everywhere, FileFacts, SourceFile
from trakt.formats.part import Part
from trakt.formats.text.file import TextFile
from trakt.formats.text.layout import Known, Layout
from trakt.formats.text.options import TextOptions
from trakt.formats.text.read import TextReader, text_files
from trakt.formats.text.rows import Rows, Settled
from trakt.formats.text.stretches import Cutting
from trakt.formats.text.survey import Found, Survey
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


def files_apart(
    files: Sequence[SourceFile], options: TextOptions, layout: Layout, everywhere: Everywhere
) -> list[TextFile]:
    """The files of an input, the large ones cut, ready for `TextApart`.

    Raises:
        InputError: the names of one are not as they must be.
    """
    everywhere.cut(Cutting(options, layout))
    if not layout.by_name:
        # they stand in their heads, which are short
        return text_files(files, options, layout)
    said = everywhere(_Names(options, layout), [file.uri for file in files])
    return [_joined(file, each, options, layout) for file, each in zip(files, said, strict=True)]


def _joined(source: SourceFile, stretches: Sequence[Known], options: TextOptions, layout: Layout) -> TextFile:
    columns = tuple(dict.fromkeys(name for each in stretches for name in each.columns))
    if layout.most_columns is not None and len(columns) > layout.most_columns:
        # no stretch has too many, and all of them have: where that shows is told by who reads it from its start
        return TextFile(source, options, layout)
    return TextFile(source, options, layout, stretches[0]._replace(columns=columns))


class TextApart:
    """See `trakt.formats.FilesApart`. What needs whole files is done everywhere."""

    def __init__(self, wanted: Input, options: TextOptions, files: Sequence[TextFile], everywhere: Everywhere) -> None:
        checksums: dict[str, str | None] = {}
        opening = _Opening(options, {file.uri: file.known for file in files})

        def surveying(survey: Survey, opened: Sequence[TextFile]) -> Iterator[Found]:
            uris = [file.uri for file in opened]
            said: Iterable[Sequence[_Seen]] = everywhere(_Look(survey, opening), uris)
            for file, stretches in zip(opened, said, strict=True):
                together = survey.nothing()
                for seen in stretches:
                    together.add(seen.types)
                if len(stretches) == 1:
                    checksums[file.uri] = stretches[0].sha256
                file.facts.rows = sum(seen.rows for seen in stretches)
                yield together

        reader = TextReader(wanted, options, files, surveying)
        self.files: Sequence[FileFacts] = reader.files
        self.types: Mapping[str, LogicalType] = reader.types
        self.blank: Collection[str] = reader.blank
        self.notes = reader.notes
        self.reading: Callable[[SourceFile], Part] = _Reading(opening, reader.settled, checksums)


@dataclass(frozen=True, slots=True)
class _Names:
    options: TextOptions
    layout: Layout

    def __call__(self, source: SourceFile) -> Known:
        return TextFile(source, self.options, self.layout).known


@dataclass(frozen=True, slots=True)
class _Opening:
    """Opens files, or stretches of them, of which everything but the rows is known."""

    options: TextOptions
    known: Mapping[str, Known]

    def __call__(self, source: SourceFile) -> TextFile:
        known = self.known[source.uri]
        return TextFile(source, self.options, known.layout, known)


@dataclass(frozen=True, slots=True)
class _Seen:
    types: Found
    rows: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class _Look:
    survey: Survey
    opening: _Opening

    def __call__(self, source: SourceFile) -> _Seen:
        file = self.opening(source)
        return _Seen(self.survey.of(file), file.facts.rows or 0, file.facts.sha256)


@dataclass(frozen=True, slots=True)
class _Reading:
    opening: _Opening
    settled: Settled
    checksums: Mapping[str, str | None]

    def __call__(self, source: SourceFile) -> Part:
        file = self.opening(source)
        # that it has changed since its types were decided is found by who reads it
        file.facts.sha256 = file.facts.sha256 or self.checksums.get(source.uri)
        return Part(file.facts, self.settled.columns, Rows([file], self.settled))
