"""Workbooks read apart, by other processes, are the table that they are together."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.everywhere import InTurn, apart, same_apart, together
from trakt.errors import InputError
from trakt.formats import open_apart
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema

openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel`")

CELL = st.sampled_from([None, 1, 2.5, "x", "02", "#N/A", True])
ROW = st.lists(CELL, max_size=4)
DECLARED = Schema(types={"a": LogicalType.INT, "b": LogicalType.STRING})


def workbook(rows: list[list]) -> bytes:
    book = openpyxl.Workbook()
    for row in [["a", "b"], *rows]:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@given(st.lists(st.lists(ROW, max_size=12), min_size=1, max_size=3), st.sampled_from([None, DECLARED]))
@settings(max_examples=60, deadline=None)
def test_the_rows_the_types_the_bad_rows_and_the_books_are_the_same(files, schema) -> None:
    wanted = Input("i", "i", kind="excel", on_bad_rows="quarantine", schema=schema)
    same_apart(wanted, {f"{at}.xlsx": workbook(rows) for at, rows in enumerate(files)}, size=1)


def test_rows_that_cannot_be_taken_are_told_in_the_words_of_one_machine() -> None:
    wanted = Input("i", "i", kind="excel", schema=DECLARED)
    contents = {"a.xlsx": workbook([[1, "x"]]), "b.xlsx": workbook([["#N/A", 2], [1, 2, 3]])}
    with pytest.raises(InputError) as here:
        together(wanted, contents, None)
    with pytest.raises(InputError) as there:
        apart(wanted, contents, None, None)
    assert len(there.value.faults) == 2
    assert str(there.value) == str(here.value)


def test_a_workbook_that_has_changed_since_it_was_looked_at_is_refused() -> None:
    everywhere = InTurn({"a.xlsx": workbook([[1, 2]])}, aside=None, size=None)
    files = open_apart(Input("i", "i", kind="excel"), [everywhere.source("a.xlsx")], everywhere)
    everywhere.contents["a.xlsx"] = workbook([[1, 3]])
    with pytest.raises(InputError, match="changed while it was being read"):
        files.reading(everywhere.source("a.xlsx"))
