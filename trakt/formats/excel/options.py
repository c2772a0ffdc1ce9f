"""What an author may set for workbooks that are read, and what each setting may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trakt.formats.jsonl.options import ReadOptions
from trakt.formats.text.options import (
    DATE_COLUMNS,
    DATE_FORMAT,
    DTYPE,
    NA_VALUES,
    name_faults,
    read_group,
)
from trakt.pipeline.fields import Field, FieldFault, Problem
from trakt.pipeline.model import Input, Output

SUFFIXES = (".xlsx",)
ENDINGS = (".xlsx", ".xlsm")
"""Endings a file named by its author may have."""


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """Where the table is.

    Attributes:
        sheet: its name; None: the first that is not hidden.
        header_row: the row of the names, from 1.
        skiprows: how many rows below it are no rows of the table.
    """

    sheet: str | None = None
    header_row: int = 1
    skiprows: int = 0


@dataclass(frozen=True, slots=True)
class ExcelOptions:
    """The settings of an input, checked: where the table is, and how its values are read."""

    place: SheetOptions
    values: ReadOptions


def _row(value: int) -> Problem | None:
    return None if value >= 1 else (f"'header_row' counts from 1, not {value}", None)


def _not_negative(value: int) -> Problem | None:
    return None if value >= 0 else (f"'skiprows' must be 0 or more, not {value}", None)


_PLACE = (
    Field("sheet", (str, type(None)), "the name of a sheet"),
    Field("header_row", (int,), "the number of a row", check=_row, default=1, limits={"minimum": 1}),
    Field("skiprows", (int,), "a number of rows", check=_not_negative, default=0, limits={"minimum": 0}),
)
_VALUES = (
    Field("types", (str,), choices=("infer", "text"), default="infer"),
    NA_VALUES,
    DATE_COLUMNS,
    DATE_FORMAT,
    DTYPE,
)
READ_FIELDS = (*_PLACE, *_VALUES)


def check_input(wanted: Input, strict: bool = True) -> list[FieldFault]:
    """See `trakt.formats.Format.check_input`."""
    faults = read_group(wanted.metadata, "read_options", READ_FIELDS, strict)[1]
    if wanted.uri.lower().endswith(".xls"):
        hint = "save it as .xlsx; the older format is another one"
        return [*faults, FieldFault(("uri",), f"'{wanted.uri}' is a workbook of before 2007", hint)]
    return faults + name_faults(wanted, ENDINGS, "a workbook (.xlsx)")


def check_output(wanted: Output, strict: bool = True) -> list[FieldFault]:  # noqa: ARG001
    """See `trakt.formats.Format.check_output`."""
    hint = "write csv, which Excel opens, or parquet"
    return [FieldFault(("kind",), "workbooks are read, and not written", hint)]


def describe_input(wanted: Input) -> Mapping[str, Any]:
    """See `trakt.formats.Format.describe_input`."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    usual = {entry.name: entry.default for entry in READ_FIELDS}
    return {name: value for name, value in values.items() if value != usual[name]}


def read_options(wanted: Input) -> ExcelOptions:
    """The options of an input that `check_input` found right."""
    values = read_group(wanted.metadata, "read_options", READ_FIELDS)[0]
    place = SheetOptions(*(values.pop(entry.name) for entry in _PLACE))
    if isinstance(values["dtype"], str):
        values |= {"types": "text"}
    return ExcelOptions(place, ReadOptions(**values))
