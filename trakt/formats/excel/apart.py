"""Workbooks of an input read each by itself, in any process: each that needs a sheet makes lines of it anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, Generic, TypeVar

from trakt.errors import InputError
from trakt.formats import BadRow, Everywhere, FileFacts, SourceFile, Stretches, TableReader
from trakt.formats.excel.options import ExcelOptions, SheetOptions
from trakt.formats.excel.read import OfSheets, as_lines, details_of, with_names
from trakt.formats.excel.sheet import Sheet
from trakt.formats.jsonl.layout import JsonLayout
from trakt.formats.text.apart import TextApart
from trakt.formats.text.file import TextFile
from trakt.formats.text.layout import Known
from trakt.pipeline.model import Input
from trakt.schema import LogicalType

T = TypeVar("T")


class ExcelApart:
    """See `trakt.formats.FilesApart`. A workbook is never cut, and read by executors only."""

    def __init__(
        self, wanted: Input, options: ExcelOptions, files: Sequence[SourceFile], everywhere: Everywhere
    ) -> None:
        looks: dict[str, _Looked] = {}
        said = everywhere(_Look(options), [file.uri for file in files])
        for file, (look,) in zip(files, said, strict=True):
            looks[file.uri] = look
            for bad in look.bad:
                if file.set_aside:
                    file.set_aside(bad)
        wanted = with_names(
            wanted, [look.columns for look in looks.values()], rows=sum(look.rows for look in looks.values())
        )
        layout, values = JsonLayout(), options.values
        lines = [
            TextFile(_lines_later(file, options.place, looks[file.uri]), values, layout, looks[file.uri].known)
            for file in files
        ]
        apart = TextApart(wanted, values, lines, _OverLines(everywhere, options.place))
        self.files: Sequence[FileFacts] = [
            FileFacts(file.uri, file.bytes, rows=told.rows, details=details_of(told, looks[file.uri].name))
            for file, told in zip(files, apart.files, strict=True)
        ]
        self.types: Mapping[str, LogicalType] = apart.types
        self.blank: Collection[str] = apart.blank
        self.notes = apart.notes
        checksums = {uri: look.sha256 for uri, look in looks.items()}
        self.reading: Callable[[SourceFile], OfSheets] = _Reading(options.place, apart.reading, checksums)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a sheet says of itself, and its rows that cannot even be lines; `known` is of its lines."""

    name: str
    columns: tuple[str, ...]
    rows: int
    size: int
    sha256: str
    bad: Sequence[BadRow]
    known: Known


@dataclass(frozen=True, slots=True)
class _Look:
    options: ExcelOptions

    def __call__(self, source: SourceFile) -> _Looked:
        bad: list[BadRow] = []
        sheet = Sheet(replace(source, set_aside=bad.append if source.set_aside else None), self.options.place)
        known = TextFile(as_lines(source, sheet), self.options.values, JsonLayout()).known
        return _Looked(sheet.name, sheet.columns, sheet.rows, sheet.size, sheet.sha256, bad, known)


@dataclass(frozen=True, slots=True)
class _OverLines:
    """See `trakt.formats.Everywhere`: what is asked of files of lines is done with sheets."""

    everywhere: Everywhere
    place: SheetOptions

    def cut(self, find: Callable[[SourceFile, int], Stretches]) -> None:
        """A workbook is read from its end, and as a whole."""

    def __call__(self, work: Callable[[SourceFile], T], uris: Sequence[str]) -> Iterable[Sequence[T]]:
        return self.everywhere(_OverLine(self.place, work), uris)


@dataclass(frozen=True, slots=True)
class _OverLine(Generic[T]):
    place: SheetOptions
    work: Callable[[SourceFile], T]

    def __call__(self, source: SourceFile) -> T:
        return self.work(as_lines(source, _sheet_again(source, self.place)))


@dataclass(frozen=True, slots=True)
class _Reading:
    place: SheetOptions
    reading: Callable[[SourceFile], TableReader]
    checksums: Mapping[str, str]

    def __call__(self, source: SourceFile) -> OfSheets:
        sheet = _sheet_again(source, self.place)
        if sheet.sha256 != self.checksums[source.uri]:
            hint = "run again when its sender is done"
            raise InputError("changed while it was being read", where=source.uri, hint=hint)
        return OfSheets(self.reading(as_lines(source, sheet)), [sheet])


def _sheet_again(source: SourceFile, place: SheetOptions) -> Sheet:
    """A sheet that was looked at before: its own bad rows have been told."""
    return Sheet(replace(source, set_aside=_told_before if source.set_aside else None), place)


def _told_before(bad: BadRow) -> None:
    """They were set aside when the sheet was looked at first."""


def _lines_later(source: SourceFile, place: SheetOptions, look: _Looked) -> SourceFile:
    """The lines of a sheet, should this process need them after all."""
    return replace(source, bytes=look.size, open=partial(_opened, source, place), open_at=None)


def _opened(source: SourceFile, place: SheetOptions) -> IO[bytes]:
    return _sheet_again(source, place).open()
