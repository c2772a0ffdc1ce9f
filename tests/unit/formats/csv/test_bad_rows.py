"""Bad rows are set aside one by one, the others are read as if the bad ones were not there, and every line counts."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trakt.engine.accounting import BESIDE_ROWS, file_equation
from trakt.errors import InputError
from trakt.formats import BadRow, SourceFile, TableReader
from trakt.formats.csv import open_input
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema

BLOCKS = (1, 2, 5, 17, 1 << 20)
_settings = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_pieces = st.sampled_from(
    [
        b"a",
        b'"',
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"1",
        b"x,1",
        b'"a\nb"',
        b'""',
        b"\xe9",
        b"\xff",
        "é".encode(),
    ]
)
_rows = st.lists(_pieces, max_size=30).map(b"".join)


def opened(data: bytes, block: int, aside: Any, **entry: Any) -> TableReader:
    wanted = Input("records", "x.csv", **entry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        patch.setattr("trakt.formats.csv.blocks._PIECE", min(block, 1 << 16))
        return open_input(wanted, [SourceFile("x.csv", len(data), lambda: io.BytesIO(data), set_aside=aside)])


def read(
    data: bytes, block: int = 1 << 20, rows: int | None = None, **entry: Any
) -> tuple[list[list[Any]], list[BadRow], dict[str, int]]:
    """The rows, those set aside, and what became of the lines."""
    bad: list[BadRow] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        patch.setattr("trakt.formats.csv.blocks._PIECE", min(block, 1 << 16))
        reader = opened(data, block, bad.append, **entry)
        frames = list(reader.chunks(rows))
    table = [["" if pd.isna(value) else value for value in row] for frame in frames for row in frame.to_numpy(object)]
    equation = file_equation(reader.files[0])
    assert equation is not None
    return table, bad, equation


def without(data: bytes, bad: list[BadRow]) -> bytes:
    """The file without the rows that were set aside, and their line ends."""
    for row in reversed(bad):
        stored = row.stored if row.stored is not None else row.text.encode()
        assert data[row.byte :].startswith(stored)
        rest = data[row.byte + len(stored) :]
        for end in (b"\r\n", b"\n", b"\r"):
            if rest.startswith(end):
                rest = rest[len(end) :]
                break
        data = data[: row.byte] + rest
    return data


def line_at(data: bytes, offset: int) -> int:
    before = data[:offset]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


@_settings
@given(rows=_rows, block=st.sampled_from(BLOCKS), mark=st.sampled_from([b"", b"\xef\xbb\xbf"]))
@example(rows=b'1,"a\n2,b\n3,c\n', block=1, mark=b"")
@example(rows=b'1,"a\n2,"b\n3,c\n', block=2, mark=b"")
@example(rows=b'1,"x\ny"\n2,"a" \n3,c', block=5, mark=b"")
@example(rows=b'"\r\n1,2', block=1, mark=b"")
@example(rows=b'1,"\r', block=1, mark=b"")
def test_the_good_rows_are_those_of_the_file_without_the_bad_ones(rows: bytes, block: int, mark: bytes) -> None:
    data = mark + b"p,q\n" + rows
    found, bad, equation = read(data, block, metadata={"types": "text"})
    assert equation["total"] == sum(equation[name] for name in (*BESIDE_ROWS, "rows", "rejected"))
    assert (equation["rows"], equation["rejected"]) == (len(found), len(bad))
    assert equation["total"] == len(data.removeprefix(mark).splitlines())
    assert [row.line for row in bad] == [line_at(data, row.byte) for row in bad]
    left = without(data, bad)
    again, none, _ = read(left, metadata={"types": "text"})
    assert (again, none) == (found, [])
    reader = open_input(
        Input("records", "x.csv", metadata={"types": "text"}),
        [SourceFile("x.csv", len(left), lambda: io.BytesIO(left))],
    )
    assert sum(len(frame) for frame in reader.chunks(None)) == len(found)


@_settings
@given(rows=_rows, block=st.sampled_from(BLOCKS[:-1]))
def test_bad_rows_do_not_depend_on_how_the_bytes_arrive(rows: bytes, block: int) -> None:
    data = b"p,q\n" + rows
    assert read(data, block, 2) == read(data)


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(st.sampled_from(["1", "2.5", "x", "", "02", "é", '"a\n1"']), min_size=1, max_size=12))
def test_undeclared_types_are_decided_by_the_rows_that_stay(cells: list[str]) -> None:
    data = ("n,t\n" + "".join(f"{cell},{cell}\n" for cell in cells)).encode()
    declared = Schema(("n",), {"n": LogicalType.INT})
    found, bad, _ = read(data, schema=declared)
    left = without(data, bad)
    assert read(left, schema=declared) == (found, [], file_equation_of(left))
    assert {row.reason for row in bad} <= {"type_mismatch"}


def file_equation_of(data: bytes) -> dict[str, int]:
    return read(data, metadata={"types": "text"})[2]


@pytest.mark.parametrize(
    ("row", "reason", "column", "told"),
    [
        (b"1,2,3", "ragged_row", None, "3 fields where the header has 2"),
        (b"1", "ragged_row", None, "1 fields where the header has 2"),
        (b'1,"a"b', "unbalanced_quote", None, "goes on after its closing quote"),
        (b'1,"a', "unbalanced_quote", None, "never closes"),
        (b"1,\xe9", "undecodable_bytes", None, "byte 0xe9 is not utf-8"),
        (b"x,y", "type_mismatch", "n", "column 'n' holds 'x', not a whole number"),
    ],
)
@pytest.mark.parametrize("block", BLOCKS)
def test_each_kind_of_bad_row_costs_one_row(row: bytes, reason: str, column: str | None, told: str, block: int) -> None:
    data = b"n,t\n1,a\n" + row + b"\n2,b\n"
    rows, bad, equation = read(data, block, schema=Schema(("n",), {"n": LogicalType.INT}))
    assert rows == [[1, "a"], [2, "b"]]
    assert [(each.line, each.byte, each.reason, each.column) for each in bad] == [(3, 8, reason, column)]
    assert told in bad[0].what
    assert bad[0].text == row.decode("utf-8", "backslashreplace")
    assert equation == {"total": 4, "header": 1, "skipped": 0, "blank": 0, "continued": 0, "rows": 2, "rejected": 1}


def test_one_row_with_two_misfits_is_one_bad_row() -> None:
    schema = Schema(("a", "b"), {"a": LogicalType.INT, "b": LogicalType.DATE})
    rows, bad, _ = read(b"a,b\nx,y\n1,2026-02-05\n", schema=schema)
    assert (len(rows), len(bad), bad[0].column) == (1, 1, "a")
    assert bad[0].what.startswith("column 'a' holds 'x'")
    assert "; column 'b' holds 'y'" in bad[0].what


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "n,t\né,1\n¥¥,{}\nü,2\n"), ("shift_jis", "n,t\n日本,1\n{},x\n本,2\n")]
)
def test_bytes_that_are_no_text_in_another_encoding_keep_their_place(encoding: str, text: str) -> None:
    before, after = text.split("{}")
    data = before.encode(encoding) + b"\x81\x90" * (encoding == "cp1252") + b"\x81" + after.encode(encoding)
    rows, bad, equation = read(data, 3, metadata={"encoding": encoding, "types": "text"})
    assert [row[0] for row in rows] == [line.split(",")[0] for line in (before + after).splitlines()[1::2]]
    assert [(row.reason, row.line, row.byte) for row in bad] == [
        ("undecodable_bytes", 3, len(before.rpartition("\n")[0].encode(encoding)) + 1)
    ]
    assert bad[0].stored == data.split(b"\n")[2]
    assert equation["rejected"] == 1


def test_lines_before_the_header_blank_ones_and_long_rows_are_told_apart() -> None:
    data = b'made by x\n\n\nn,t\n1,"a\nb\nc"\n\n2,b,"x\ny"\n\n3,c'
    rows, bad, equation = read(data, metadata={"skiprows": 1})
    assert [row[0] for row in rows] == [1, 3]
    assert [(row.line, row.text) for row in bad] == [(9, '2,b,"x\ny"')]
    assert equation == {"total": 12, "header": 1, "skipped": 1, "blank": 4, "continued": 3, "rows": 2, "rejected": 1}


def test_a_bad_header_fails_the_file() -> None:
    with pytest.raises(InputError, match="closing quote"):
        read(b'"n"x,t\n1,2\n')


def test_every_other_line_may_be_broken() -> None:
    data = b"n,t\n" + b'1,"a"b\n2,ok\n' * 2_000
    rows, bad, equation = read(data, metadata={"types": "text"})
    assert (len(rows), len(bad), equation["total"]) == (2_000, 2_000, 4_001)


def test_a_quote_that_swallows_the_rest_costs_one_line_of_many() -> None:
    data = b"n,t\n" + b"1,a\n" * 1000 + b'2,"b\n' + b"3,c\n" * 200_000
    rows, bad, _ = read(data, metadata={"types": "text"})
    assert (len(rows), [row.line for row in bad]) == (201_000, [1002])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-32-be", "shift_jis"])
def test_several_bad_rows_of_one_block_know_where_they_begin(encoding: str) -> None:
    letter = "日" if encoding == "shift_jis" else "é"
    data = f"n,t\nx,{letter}\n1,{letter}\ny,{letter}{letter}\n2,b,c\n".encode(encoding)
    _, bad, _ = read(data, schema=Schema(("n",), {"n": LogicalType.INT}), metadata={"encoding": encoding})
    assert [row.text for row in bad] == [f"x,{letter}", f"y,{letter}{letter}", "2,b,c"]
    assert [row.byte for row in bad] == [data.index(row.text.encode(encoding)) for row in bad]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("half", ["\ud83d"])
@pytest.mark.parametrize("block", BLOCKS)
def test_half_a_pair_costs_its_row_and_no_other(encoding: str, half: str, block: int) -> None:
    good = "2,日本\n"
    broken = f"1,{half}".encode(encoding, "surrogatepass")
    data = "n,t\n".encode(encoding) + broken + f"\n{good}".encode(encoding)
    rows, bad, equation = read(data, block, metadata={"encoding": encoding})
    assert rows == [[2, "日本"]]
    assert [(row.line, row.reason, row.stored) for row in bad] == [(2, "undecodable_bytes", broken)]
    assert equation["total"] == 3


def test_all_that_is_wrong_with_a_row_is_told_without_its_values_too() -> None:
    _, (row,), _ = read(b"n,m\nx,y\n", schema=Schema((), {"n": LogicalType.INT, "m": LogicalType.INT}))
    assert "'x'" in row.what
    assert "'y'" in row.what
    assert row.unquoted is not None
    assert "column 'n'" in row.unquoted
    assert "column 'm'" in row.unquoted
    assert "'x'" not in row.unquoted
    assert "'y'" not in row.unquoted


def test_a_line_is_skipped_though_its_mark_comes_by_itself() -> None:
    data = "﻿about\nn\n1\n".encode("utf-32-le")
    assert read(data, 4, metadata={"skiprows": 1})[0] == [[1]]


@pytest.mark.parametrize("header", [True, False])
def test_skipped_lines_are_counted_with_a_header_and_without(header: bool) -> None:
    data = b"about\n\n" + (b"n,t\n" if header else b"") + b"1,a\nx,b\n"
    metadata = {"skiprows": 2, **({} if header else {"header": False, "names": ["n", "t"]})}
    rows, (bad,), equation = read(data, schema=Schema(("n",), {"n": LogicalType.INT}), metadata=metadata)
    assert rows == [[1, "a"]]
    assert (equation["total"], equation["skipped"], equation["header"]) == (4 + header, 2, int(header))
    assert data[bad.byte :].startswith(b"x,b")
    assert bad.line == 4 + header
