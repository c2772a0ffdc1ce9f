"""The rows of a sheet as the file has them, each with its number; none is passed over.

`iter_rows` of openpyxl leaves out rows and cells that do not stand in their order, without a word. So its parser is
asked itself, and a sheet that is out of order is refused: Excel takes such a file for a broken one too (ECMA-376,
18.3.1.73).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from openpyxl.worksheet._reader import VALUE_TAG, WorkSheetParser

MOST_ROWS = 1_048_576
"""Excel has no more."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row, with its number from 1.

    Attributes:
        values: of its cells, from the first column on.
        wrong: what is wrong with the value at a position, from 0.
    """

    number: int
    values: list[Any] = field(default_factory=list)
    wrong: Mapping[int, str] = field(default_factory=dict)


class OutOfOrder(Exception):
    """A row or a cell does not stand where it says."""


class BrokenCell(Exception):
    """A cell holds what is no value; its name is the message."""


def rows_of(sheet: Any) -> Iterator[Row]:
    """All rows up to the last that is there; one without cells is empty.

    Raises:
        OutOfOrder: rows or cells stand twice, or behind later ones.
        BrokenCell: a cell cannot be read.
    """
    book, last = sheet.parent, 0
    with sheet._get_source() as source, warnings.catch_warnings():
        # that a number is no date is told with its row
        warnings.filterwarnings("ignore", module="openpyxl")
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            if not last < number <= MOST_ROWS:
                raise OutOfOrder(f"row {number:,} stands behind row {last:,}")
            yield from (Row(missing) for missing in range(last + 1, number))
            yield _row(number, cells)
            last = number


class _Parser(WorkSheetParser):  # type: ignore[misc]
    """openpyxl's, which says where it stumbles, and keeps a number that it cannot take for a date."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        try:
            cell: dict[str, Any] = super().parse_cell(element)
        except Exception as fault:
            raise BrokenCell(element.get("r") or "a cell") from fault
        if cell["data_type"] == "e" and element.get("t", "n") == "n":
            cell |= {"value": element.findtext(VALUE_TAG), "data_type": "n"}
            cell["wrong"] = f"the date {cell['value']}, which there is not"
        elif cell["data_type"] == "e":
            cell["wrong"] = f"the error {cell['value']} of a formula"
        elif isinstance(cell["value"], float) and not math.isfinite(cell["value"]):
            cell |= {"value": element.findtext(VALUE_TAG), "wrong": "a number that is too large"}
        return cell


def _row(number: int, cells: list[dict[str, Any]]) -> Row:
    places = [cell["column"] for cell in cells]
    if any(one >= other for one, other in pairwise(places)):
        raise OutOfOrder(f"the cells of row {number:,} are out of order")
    values: list[Any] = [None] * (places[-1] if places else 0)
    for cell in cells:
        values[cell["column"] - 1] = cell["value"]
    return Row(number, values, {cell["column"] - 1: cell["wrong"] for cell in cells if "wrong" in cell})
