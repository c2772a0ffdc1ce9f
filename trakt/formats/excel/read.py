"""Workbooks as frames: their sheets as lines of JSON, and these by the reader of JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from trakt.formats import FileFacts, SourceFile
from trakt.formats.excel.options import ExcelOptions
from trakt.formats.excel.sheet import Sheet
from trakt.formats.jsonl.layout import JsonLayout
from trakt.formats.text.read import TextReader, text_files
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema


class ExcelReader:
    """See `trakt.formats.TableReader`."""

    def __init__(self, wanted: Input, options: ExcelOptions, files: Sequence[SourceFile]) -> None:
        self._sheets = [Sheet(file, options.place) for file in files]
        if not any(sheet.rows for sheet in self._sheets) and not wanted.schema:
            # no row names a column, and the header does
            names = dict.fromkeys(name for sheet in self._sheets for name in sheet.columns)
            wanted = replace(wanted, schema=Schema(tuple(names)))
        sources = [_as_lines(file, sheet) for file, sheet in zip(files, self._sheets, strict=True)]
        self._reader = TextReader(wanted, options.values, text_files(sources, options.values, JsonLayout()))
        self.types: Mapping[str, LogicalType] = self._reader.types
        self.blank: Collection[str] = self._reader.blank
        self.notes = self._reader.notes

    @property
    def nulls(self) -> Mapping[str, int]:
        """See `trakt.formats.TableReader.nulls`."""
        return self._reader.nulls

    @property
    def files(self) -> Sequence[FileFacts]:
        """See `trakt.formats.TableReader.files`."""
        return [_facts(facts, sheet) for facts, sheet in zip(self._reader.files, self._sheets, strict=True)]

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        return self._reader.chunks(rows)


def _as_lines(source: SourceFile, sheet: Sheet) -> SourceFile:
    return replace(source, bytes=sheet.size, open=sheet.open, seen=_scaled(source.seen, sheet))


def _scaled(seen: Callable[[int, int], None], sheet: Sheet) -> Callable[[int, int], None]:
    """Lines are longer than the packed bytes that they come from."""
    return lambda rows, read: seen(rows, min(sheet.bytes, sheet.bytes * read // max(sheet.size, 1)))


def _facts(facts: FileFacts, sheet: Sheet) -> FileFacts:
    """What is known of the lines, as what is known of the rows of the sheet."""
    details: dict[str, Any] = {key: value for key, value in (facts.details or {}).items() if key == "columns"}
    known = replace(facts, bytes=sheet.bytes, details={"sheet": sheet.name, **details})
    if facts.lines is None:
        return known
    apart = sheet.counts
    blank = facts.lines["blank"] - apart.header - apart.skipped - apart.rejected
    lines = {**facts.lines, "blank": blank, "header": apart.header, "skipped": apart.skipped}
    return replace(known, sha256=sheet.sha256, rejected=facts.rejected + apart.rejected, lines=lines)
