"""Workbooks as frames: their sheets as lines of JSON, and these by the reader of JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from trakt.formats import BadRow, FileFacts, SourceFile, TableReader
from trakt.formats.excel.options import ExcelOptions
from trakt.formats.excel.sheet import Sheet
from trakt.formats.jsonl.layout import JsonLayout
from trakt.formats.text.read import TextReader, text_files
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema


def open_sheets(wanted: Input, options: ExcelOptions, files: Sequence[SourceFile]) -> OfSheets:
    """See `trakt.formats.Format.open_input`."""
    sheets = [Sheet(file, options.place) for file in files]
    lines = [as_lines(file, sheet) for file, sheet in zip(files, sheets, strict=True)]
    wanted = with_names(wanted, [sheet.columns for sheet in sheets], rows=sum(sheet.rows for sheet in sheets))
    return OfSheets(TextReader(wanted, options.values, text_files(lines, options.values, JsonLayout())), sheets)


class OfSheets:
    """See `trakt.formats.TableReader`: what is said of the lines is told of the rows of their sheets."""

    def __init__(self, lines: TableReader, sheets: Sequence[Sheet]) -> None:
        self._lines, self._sheets = lines, sheets
        self.files: Sequence[FileFacts] = [
            FileFacts(facts.uri, sheet.bytes, details=details_of(facts, sheet.name))
            for facts, sheet in zip(lines.files, sheets, strict=True)
        ]
        self._tell()
        self.types: Mapping[str, LogicalType] = lines.types
        self.blank: Collection[str] = lines.blank
        self.notes = lines.notes

    @property
    def nulls(self) -> Mapping[str, int]:
        """See `trakt.formats.TableReader.nulls`."""
        return self._lines.nulls

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        try:
            yield from self._lines.chunks(rows)
        finally:
            self._tell()

    def _tell(self) -> None:
        for told, known, sheet in zip(self._lines.files, self.files, self._sheets, strict=True):
            if told.lines is None:
                continue
            apart = sheet.counts
            blank = told.lines["blank"] - apart.header - apart.skipped - apart.rejected
            known.lines = {**told.lines, "blank": blank, "header": apart.header, "skipped": apart.skipped}
            known.rows, known.discarded = told.rows, told.discarded
            known.sha256, known.rejected = sheet.sha256, told.rejected + apart.rejected


def with_names(wanted: Input, names: Sequence[Sequence[str]], *, rows: int) -> Input:
    """An input that has the columns of the headers where no row names any."""
    if rows or wanted.schema:
        return wanted
    return replace(wanted, schema=Schema(tuple(dict.fromkeys(name for each in names for name in each))))


def as_lines(source: SourceFile, sheet: Sheet) -> SourceFile:
    """A sheet as the file of its lines."""
    take = source.set_aside
    return replace(
        source,
        bytes=sheet.size,
        open=sheet.open,
        seen=_scaled(source.seen, sheet),
        set_aside=_placed(take) if take else None,
        open_at=None,
    )


def details_of(lines: FileFacts, sheet: str) -> dict[str, Any]:
    """What was found of a sheet, of what was found of its lines."""
    return {"sheet": sheet, **{key: value for key, value in (lines.details or {}).items() if key == "columns"}}


def _scaled(seen: Callable[[int, int], None], sheet: Sheet) -> Callable[[int, int], None]:
    """Lines are longer than the packed bytes that they come from."""
    return lambda rows, read: seen(rows, min(sheet.bytes, sheet.bytes * read // max(sheet.size, 1)))


def _placed(take: Callable[[BadRow], None]) -> Callable[[BadRow], None]:
    """A row of a workbook has a number, and begins at no byte of it."""
    return lambda bad: take(replace(bad, byte=None))
