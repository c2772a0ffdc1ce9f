"""Workbooks made of single rows: what was rejected and mended."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from trakt.errors import InputError, MissingExtra
from trakt.formats import Row
from trakt.formats.excel.cells import escaped
from trakt.formats.excel.options import read_options
from trakt.formats.text.supplement import with_types
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


def files_of(
    wanted: Input,
    columns: Sequence[str],
    rows: Sequence[Row],
    details: Mapping[str, str],  # noqa: ARG001 - the place of the table is that of the input
) -> list[bytes]:
    """See `trakt.formats.Format.files_of`."""
    try:
        import openpyxl
    except ModuleNotFoundError as missing:
        raise MissingExtra("`kind: excel`", "excel") from missing
    place = read_options(wanted).place
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(place.sheet or "rows")
    for _ in range(place.header_row - 1):
        sheet.append([])
    sheet.append([escaped(name) for name in columns])
    for _ in range(place.skiprows):
        sheet.append([])
    for row in rows:
        told = _values(row, columns, wanted)
        sheet.append([_stored(sheet, told.get(name)) for name in columns])
    content = io.BytesIO()
    book.save(content)
    return [content.getvalue()]


def _stored(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("="):
        return escaped(value) if isinstance(value, str) else value
    from openpyxl.cell import WriteOnlyCell

    # a text, and no formula
    cell = WriteOnlyCell(sheet, value=escaped(value))
    cell.data_type = "s"
    return cell


def _values(row: Row, columns: Sequence[str], wanted: Input) -> Mapping[str, str | None]:
    if isinstance(row, Mapping):
        return row
    hint = f"write it as a JSON object of these columns: {', '.join(columns)}"
    try:
        told = json.loads(row)
    except (ValueError, RecursionError) as fault:
        raise InputError("a row is no JSON object", where=f"input '{wanted.name}'", hint=hint) from fault
    if not isinstance(told, dict) or not set(told) <= set(columns):
        raise InputError("a row is no JSON object of these columns", where=f"input '{wanted.name}'", hint=hint)
    return told


def pinned(
    wanted: Input,
    details: Mapping[str, str],  # noqa: ARG001
    types: Mapping[str, LogicalType],
) -> Input:
    """See `trakt.formats.Format.pinned`."""
    return with_types(wanted, read_options(wanted).values, types)
