"""`kind: excel`: what a cell holds is in its row; text stays text, and no row of the sheet is lost."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from trakt import InputError, PipelineError

openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel`")

KIND = {"kind": "excel"}


def workbook(rows: list[list[Any]], sheet: str = "orders", **others: Any) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    for name, state in others.items():
        book.create_sheet(name).sheet_state = state
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def through(project: Any, content: bytes, name: str = "book.xlsx", **entry: Any) -> None:
    project.write(name, content)
    project.pipeline(inputs={"records": {"uri": name, **KIND, **entry}}, outputs={"records": "records"})


def rejected(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]


ROWS = [
    ["id", "zip", "price", "ok", "day", "at", "note"],
    [1, "02116", 1.5, True, dt.datetime(2026, 2, 5), dt.datetime(2026, 2, 5, 9, 30), "two\nlines"],
    [2, "7", 0.1 + 0.2, False, None, None, ""],
    [None] * 7,
    [3, "NA", 7.0, None, dt.date(2026, 2, 6), None, "ä"],
]


def test_cells_keep_their_values(project: Any, mode: str) -> None:
    through(project, workbook(ROWS))
    done = project.good(mode, 1)
    assert done.rows() == [
        ["id", "zip", "price", "ok", "day", "at", "note"],
        ["1", "02116", "1.5", "True", "2026-02-05", "2026-02-05 09:30:00", "two\nlines"],
        ["2", "7", "0.3", "False", "", "", ""],
        ["3", "NA", "7", "", "2026-02-06", "", "ä"],
    ]
    entry = done.manifest["inputs"]["records"]
    assert entry["schema"] == {
        "id": "int", "zip": "string", "price": "float", "ok": "bool", "day": "string", "at": "string", "note": "string",
    }  # fmt: skip
    assert entry["files"][0]["sheet"] == "orders"
    assert {key: entry["lines"][key] for key in ("total", "header", "blank", "rows")} == {
        "total": 5, "header": 1, "blank": 1, "rows": 3,
    }  # fmt: skip


def test_a_declared_date_is_a_date(project: Any) -> None:
    through(project, workbook(ROWS), schema={"day": "date", "at": "timestamp"})
    assert project.good().manifest["outputs"]["records"]["schema"]["day"] == "date"


def test_a_formula_error_and_a_row_too_long_are_bad_rows_with_their_number(project: Any, mode: str) -> None:
    content = workbook([["a", "b"], [1, 2], ["#N/A", 3], [4, 5, 6], [7, "x"]])
    entry = {"schema": {"b": "int"}}
    through(project, content, **entry)
    told = project.bad(InputError, mode, 1).told
    assert "book.xlsx:3: column 'a' holds the error #N/A of a formula" in told
    assert "book.xlsx:4: a value in column 3, and the header has 2 names" in told
    through(project, content, on_bad_rows="quarantine", **entry)
    done = project.good(mode, 1)
    assert done.rows() == [["a", "b"], ["1", "2"]]
    assert [(row["line"], row["reason"]) for row in rejected(done)] == [
        (3, "formula_error"), (4, "ragged_row"), (5, "type_mismatch"),
    ]  # fmt: skip
    entry = done.manifest["inputs"]["records"]
    assert (entry["rows"], entry["rejected"], entry["lines"]["blank"]) == (1, 3, 0)
    (project.folder / "mended.jsonl").write_text(json.dumps({**rejected(done)[2], "raw": '{"a": 7, "b": 8}'}) + "\n")
    replayed = project.cli("replay", str(done.out / "manifest.json"), "--rows", "mended.jsonl", "-q")
    assert replayed.returncode == 0, replayed.stderr


@pytest.mark.parametrize("schema", [{}, {"schema": {"types": {"a": "int", "b": "string"}}}])
def test_the_books_are_kept_of_a_sheet_whose_types_are_declared_too(project: Any, mode: str, schema: Any) -> None:
    content = workbook([["a", "b"], [1, "x"], [None, None], [2, "y", "z"]])
    through(project, content, on_bad_rows="quarantine", **schema)
    done = project.good(mode, 1)
    (row,) = rejected(done)
    assert (row["raw"], row["line"], row["byte_offset"]) == ('{"a": 2, "b": "y", "column 3": "z"}', 4, None)
    (entry,) = done.manifest["inputs"]["records"]["files"]
    assert (entry["rows"], entry["rejected"]) == (1, 1)
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["lines"] == {
        "total": 4, "header": 1, "skipped": 0, "blank": 1, "continued": 0, "rows": 1, "rejected": 1,
    }  # fmt: skip


def patched(content: bytes, *changes: tuple[str, str]) -> bytes:
    """A workbook whose sheet says something else."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for before, after in changes:
                    assert before.encode() in part, part
                    part = part.replace(before.encode(), after.encode())
            new.writestr(name, part)
    return made.getvalue()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('<row r="2"', '<row r="4"', "row 3 stands behind row 4"),
        ('<row r="3"', '<row r="2"', "row 2 stands behind row 2"),
        ('<row r="3"', '<row r="9999999"', "row 9,999,999 stands behind row 2"),
        ('r="A2"', 'r="C2"', "the cells of row 2 are out of order"),
        ('r="B2"', 'r="A2"', "the cells of row 2 are out of order"),
        ("<v>1</v>", "<v>one</v>", "A2 holds what is no value of its kind"),
        ("</sheetData>", "", "cannot be read as a workbook"),
    ],
)
def test_a_sheet_out_of_order_is_refused_and_loses_no_row(project: Any, before: str, after: str, told: str) -> None:
    content = workbook([["a", "b"], [1, 2], [3, 4]])
    through(project, patched(content, (before, after)), on_bad_rows="quarantine")
    assert told in project.bad(InputError).told


def test_a_workbook_of_which_a_bit_has_turned_is_told_wherever_it_lies(project: Any) -> None:
    content = workbook([["a", "b"], *([at, f"text {at}"] for at in range(50))])
    through(project, content)
    good = project.good().bytes()
    for at in range(0, len(content), len(content) // 25):
        (project.folder / "book.xlsx").write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        done = project.run()
        assert isinstance(done.error, InputError) or done.bytes() == good


def test_a_number_that_is_no_date_is_a_bad_row_and_kept(project: Any, mode: str) -> None:
    content = workbook([["day"], [dt.date(1900, 3, 1)], [dt.date(2026, 2, 5)]])
    through(project, patched(content, ("<v>61</v>", "<v>99999999</v>")), on_bad_rows="quarantine")
    done = project.good(mode, 1)
    (row,) = rejected(done)
    assert (row["line"], row["raw"]) == (2, '{"day": "99999999"}')
    assert row["message"] == "column 'day' holds the date 99999999, which there is not"
    assert done.rows() == [["day"], ["2026-02-05"]]


def test_spans_of_time_are_hours_and_escaped_characters_themselves(project: Any, mode: str) -> None:
    spans = [dt.timedelta(hours=30), dt.timedelta(minutes=-90), dt.timedelta(milliseconds=1_500)]
    words = ["one_x000D_\ntwo", "_x005F_x000D_", "_xD83D__xDE00_"]
    through(project, workbook([["span", "word"], *map(list, zip(spans, words, strict=True))]))
    assert project.good(mode, 1).rows()[1:] == [
        ["30:00:00", "one\r\ntwo"], ["-01:30:00", "_x000D_"], ["00:00:01.500000", "\U0001f600"],
    ]  # fmt: skip


def test_a_mended_row_is_read_as_it_was_written(project: Any) -> None:
    """A text that looks like a formula, or like an escape, stays a text."""
    through(project, workbook([["a", "b"], ["x", 1, 2]]), on_bad_rows="quarantine")
    done = project.good()
    mended = {"a": "=1+1 _x0041_ \r\x07", "b": 1}
    (project.folder / "mended.jsonl").write_text(json.dumps({**rejected(done)[0], "raw": json.dumps(mended)}) + "\n")
    replayed = project.cli("replay", str(done.out / "manifest.json"), "--rows", "mended.jsonl", "-q")
    assert replayed.returncode == 0, replayed.stderr
    assert "=1+1 _x0041_" in "".join(path.read_text() for path in project.folder.rglob("records.csv"))


def test_the_table_may_begin_further_down(project: Any) -> None:
    content = workbook([["Report of today"], [], ["a", "b"], ["EUR", "pieces"], [1, 2]])
    through(project, content, metadata={"header_row": 3, "skiprows": 1})
    done = project.good()
    assert done.rows() == [["a", "b"], ["1", "2"]]
    assert done.manifest["inputs"]["records"]["lines"]["skipped"] == 3


def test_a_sheet_is_named_or_the_first_that_is_not_hidden(project: Any) -> None:
    through(project, workbook([["a"], [1]], "orders", other="hidden"), metadata={"sheet": "ordres"})
    assert "did you mean 'orders'?" in project.bad(InputError).told
    through(project, workbook([["a"], [1]], "orders", other="hidden"), metadata={"sheet": "other"})
    assert "has no row 1" in project.bad(InputError).told
    book = openpyxl.load_workbook(io.BytesIO(workbook([["a"], [1]], "orders", other="visible")))
    book["orders"].sheet_state = "hidden"
    book["other"].append(["b"])
    book["other"].append([2])
    book.active = 1
    content = io.BytesIO()
    book.save(content)
    through(project, content.getvalue())
    assert project.good().rows() == [["b"], ["2"]]


def test_headers_without_names_or_with_one_twice_are_refused(project: Any) -> None:
    through(project, workbook([["a", None, "a", None], [1, 2, 3]]))
    told = project.bad(InputError).told
    assert "column 2 has no name" in told
    assert "the name 'a' stands twice" in told


def test_a_sheet_of_names_alone_is_an_empty_table(project: Any, mode: str) -> None:
    through(project, workbook([["a", "b"]]))
    assert project.good(mode, 1).rows() == [["a", "b"]]


def test_what_is_no_workbook_is_told(project: Any) -> None:
    through(project, b"a,b\n1,2\n")
    assert "cannot be read as a workbook" in project.bad(InputError).told
    through(project, b"", name="book.xls")
    assert "a workbook of before 2007" in project.bad(PipelineError).told
    project.pipeline(
        inputs={"records": "records.csv"}, outputs={"datasets": [{"name": "o", "from": "records", **KIND}]}
    )
    assert "workbooks are read, and not written" in project.bad(PipelineError).told


def test_a_workbook_in_s3_gives_the_same_bytes(project: Any, bucket: Any, mode: str) -> None:
    content = workbook([["a", "b"], *([number, f"text {number}"] for number in range(2_000))])
    through(project, content)
    bucket.put("in/book.xlsx", content)
    local = project.good(mode, 700)
    done = project.good(mode, 700, input_dir=bucket.uri("in"))
    assert done.bytes() == local.bytes()
    assert done.manifest["inputs"]["records"]["files"][0]["bytes"] == len(content)
