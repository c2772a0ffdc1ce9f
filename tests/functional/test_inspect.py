"""`trakt inspect` says what a file is like, and the YAML that it gives reads the file."""

from __future__ import annotations

import codecs
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fuzz.budget import search
from tests.fuzz.csv_bytes import Delivered, deliveries
from trakt.engine.inspect import as_yaml, inspect
from trakt.errors import InputError
from trakt.formats.inspection import Inspection

Look = Callable[..., Inspection]


@pytest.fixture
def look(project: Any) -> Look:
    """Write a file and look at it."""

    def at(content: str | bytes, name: str = "orders.csv", rows: int | None = None) -> Inspection:
        return inspect(str(project.write(name, content)), rows)

    return at


def problems(found: Inspection) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {each.code: (each.count, each.lines) for each in found.problems}


def risks(found: Inspection) -> dict[str, list[str]]:
    return {column.name: [risk.code for risk in column.risks] for column in found.columns if column.risks}


@pytest.mark.parametrize(
    ("content", "name", "declared"),
    [
        (b"a,b\n1,x\n", "utf-8", False),
        ("a,b\n1,\u00e9\n".encode(), "utf-8", False),
        (codecs.BOM_UTF8 + b"a,b\n1,x\n", "utf-8", False),
        ("a,b\n1,\u00e9\n".encode("cp1252"), "cp1252", True),
        ("a,b\n1,\u20ac\n".encode("cp1252"), "cp1252", True),
        (b"a,b\n1,\xe9\x81\n", "latin-1", True),
        ("a,b\n1,\u00e9\n".encode("utf-16"), "utf-16-le", False),
        ("a,b\n1,xyz\n".encode("utf-16-le"), "utf-16-le", True),
        ("a,b\n1,xyz\n".encode("utf-16-be"), "utf-16-be", True),
        ("a,b\n1,\u00e9\u00e8\u00ea\n".encode() + b"2,\xe9\n", "utf-8", False),
    ],
)
def test_the_encoding_is_found(look: Look, content: bytes, name: str, declared: bool) -> None:
    found = look(content)
    assert (found.encoding.name, found.encoding.needs_declaring) == (name, declared)
    assert found.encoding.mark is content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16))
    assert (found.metadata.get("encoding") == name) is declared


def test_a_character_far_behind_the_head_decides_the_encoding(look: Look) -> None:
    found = look(b"a,b\n" + b"1,x\n" * 600_000 + "2,\u00e9\n".encode("cp1252"))
    assert (found.encoding.name, found.rows, found.bad_rows) == ("cp1252", 600_001, 0)


def test_a_character_cut_by_a_block_is_still_valid_utf_8(look: Look) -> None:
    for pad in range(3):
        found = look(b"a,b\n" + b"x" * pad + "1,\u20ac\n".encode() * 300_000)
        assert (found.encoding.name, found.encoding.is_utf8) == ("utf-8", True)


def test_single_bytes_that_are_no_utf_8_are_bad_rows_of_a_utf_8_file(look: Look) -> None:
    found = look("a,b\n1,\u00e9\u00e8\n".encode() + b"2,\xe9\n")
    assert problems(found)["undecodable_bytes"] == (1, (3,))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_with_the_share_of_records_it_cuts_alike(look: Look, delimiter: str) -> None:
    good, bad = f"1{delimiter}2\n", "1\n"
    found = look(f"a{delimiter}b\n" + good * 18 + bad)
    assert (found.delimiter, found.confidence) == (delimiter, 0.95)


def test_two_delimiters_that_fit_equally_are_told(look: Look) -> None:
    found = look("a,b;c\n1,2;3\n")
    assert set(problems(found)) == {"delimiter_ambiguous"}
    assert found.candidates == {",": 1.0, ";": 1.0}


def test_a_file_of_one_column_has_no_delimiter(look: Look) -> None:
    found = look("name\nx\ny\n")
    assert (found.delimiter, found.candidates, found.problems, found.rows) == (",", {}, (), 2)


def test_apostrophes_that_wrap_fields_are_quotes_and_those_in_texts_are_not(look: Look) -> None:
    assert look("a,b\n'1,5','x'\n'2','y'\n").quotechar == "'"
    found = look("a,b\n1,it's\n2,o'clock\n")
    assert (found.quotechar, found.metadata) == (None, {})


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        ("a\n1\n", {"LF": 2}),
        ("a\r\n1\r\n", {"CRLF": 2}),
        ("a\r1\r", {"CR": 2}),
        ("a\r\n1\n2\n", {"LF": 2, "CRLF": 1}),
        ("a\n1", {"LF": 1}),
    ],
)
def test_line_ends_are_counted_by_kind(look: Look, content: str, ends: dict[str, int]) -> None:
    assert look(content).line_ends == look(content.encode("utf-16")).line_ends == ends
    assert ("mixed_line_ends" in problems(look(content))) is (len(ends) > 1)


def test_a_line_end_that_a_block_cuts_is_one(look: Look) -> None:
    rows = (1 << 20) // 2
    found = look("abc\r\n" + "1234\r\n" * rows)
    assert found.line_ends == {"CRLF": rows + 1}


@pytest.mark.parametrize(
    ("header", "code", "names"),
    [
        ("id,,amount", "header_blank", ["id", "column_2", "amount"]),
        ("id,id,id_2", "header_twice", ["id", "id_3", "id_2"]),
        ("id,x,17.5", "header_looks_like_data", ["column_1", "column_2", "column_3"]),
        ("id,x,2026-02-05", "header_looks_like_data", ["column_1", "column_2", "column_3"]),
    ],
)
def test_what_is_wrong_with_a_header_is_told_and_mended_by_names(
    look: Look, header: str, code: str, names: list[str]
) -> None:
    found = look(f"{header}\n1,x,3\n2,y,4\n")
    assert problems(found)[code][1] == (1,)
    assert found.metadata["names"] == names
    assert found.rows == (3 if code == "header_looks_like_data" else 2)


@pytest.mark.parametrize("title", ["Orders\n", "Orders, made 2026-02-05\n\n", "Orders\nof ACME\nall; of them\n"])
def test_lines_before_the_header_are_skipped(look: Look, title: str) -> None:
    found = look(title + "id,zip,name\n" + "1,02116,x\n" * 15 + "2,3\n")
    assert (found.metadata, found.header) == ({"skiprows": title.count("\n")}, ("id", "zip", "name"))
    assert problems(found)["lines_before_header"][0] == title.count("\n")
    assert (found.rows, problems(found)["ragged_row"]) == (15, (1, (title.count("\n") + 17,)))


def test_a_column_of_texts_with_commas_has_no_title(look: Look) -> None:
    found = look("note\nyes\nhello, you\nwell, well\n")
    assert "skiprows" not in found.metadata


def test_years_are_names_of_columns(look: Look) -> None:
    found = look("region,2024,2025\nnorth,1,2\n")
    assert (found.problems, found.rows, found.header) == ((), 1, ("region", "2024", "2025"))


def test_ragged_lines_and_unbalanced_quotes_are_counted_with_their_first_lines(look: Look) -> None:
    found = look("a,b\n1,2\n3\n" + '4,"x\n' + "5,6\n" + "7\n" * 9)
    assert problems(found)["ragged_row"] == (10, (3, 6, 7, 8, 9))
    assert problems(found)["unbalanced_quote"] == (1, (4,))
    assert (found.rows, found.bad_rows) == (2, 11)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["02116", "10001"], ["leading_zeros"]),
        (["4111111111111111", "4"], ["long_ids"]),
        (["411111111111111", "4"], []),
        (["NA", "SE"], ["na_words"]),
        (["05/06/2026", "07/08/2026"], ["ambiguous_dates"]),
        (["05/06/2026", "17/08/2026"], ["dates_not_iso"]),
        (["05/06/2026", "08/17/2026"], ["dates_not_iso"]),
        (["17/08/2026", "08/17/2026"], ["mixed_date_orders"]),
        (["2026-05-06", "2026-08-17"], []),
        (["1.5", "2,5"], ["mixed_decimals"]),
        (["1,234", "12.50"], ["thousands_separators"]),
        (["1.234,50", "2.000,00"], ["thousands_separators"]),
        (["1'234.50", "7.00"], ["thousands_separators"]),
        (["1.5", "2.25"], []),
        (["1.23E+15", "x"], ["exponents"]),
        ([" x", "y"], ["padded"]),
        (["a\0b", "y"], ["control_characters"]),
        (["\x1b[31mred", "tab\there"], ["control_characters"]),
        (["Gro\ufffd", "Groß"], ["lost_letters"]),
        (["x", "y"], []),
    ],
)
def test_values_at_risk_are_told_by_column(look: Look, values: list[str], expected: list[str]) -> None:
    found = look("id;value\n" + "".join(f"{at};{value}\n" for at, value in enumerate(values)))
    assert risks(found) == ({"value": expected} if expected else {})
    for risk in found.columns[1].risks:
        assert values[risk.line - 2] == risk.example


def test_a_decimal_comma_is_declared_where_no_number_has_a_point(look: Look) -> None:
    found = look("id;value\n1;1,5\n2;2,25\n")
    assert (found.metadata["decimal"], found.columns[1].type, risks(found)) == (",", "float", {})
    other = look("id;value;price\n1;1,5;1.5\n2;2,25;2.5\n")
    assert "decimal" not in other.metadata
    assert risks(other) == {"value": ["decimal_comma"]}


def test_blanks_and_columns_without_a_value_are_counted(look: Look) -> None:
    found = look("a,b,c\n1,,\n,,x\n")
    assert [(each.blanks, each.is_empty) for each in found.columns] == [(1, False), (2, True), (1, False)]
    assert "b" not in yaml.safe_load(as_yaml("orders.csv", found))["inputs"]["orders"]["schema"]


def test_a_risk_that_begins_late_is_told_with_its_physical_line(look: Look) -> None:
    found = look('id,zip\n"a\nb",1\n' + "x,1\n" * 300_000 + "y,02116\n")
    assert [(risk.line, risk.example) for risk in found.columns[1].risks] == [(300_004, "02116")]


def test_only_the_first_rows_are_looked_at_when_asked(look: Look) -> None:
    content = "a,b\n1,2\n3\n4,5\n6,7\n8\n02,9\n"
    found = look(content, rows=2)
    assert (found.rows, found.bad_rows, found.is_whole, problems(found)["ragged_row"]) == (2, 1, False, (1, (3,)))
    assert risks(found) == {}
    assert "schema" not in as_yaml("orders.csv", found)
    assert look(content, rows=100).is_whole
    told = [look(content, rows=rows).encoding.reason for rows in (2, None)]
    assert told == ["its beginning is ASCII", "all of it is ASCII"]


HARD = {
    "semicolons in cp1252": "id;name;amount\n1;caf\u00e9;1,5\n2;na\u00efve;2,5\n".encode("cp1252"),
    "utf-16": "id\tname\n1\tx\n02\ty\n".encode("utf-16"),
    "utf-16 without mark": "id,name\n1,x\n2,yz\n".encode("utf-16-be"),
    "no header": b"1,2.5,x\n2,3.5,y\n",
    "names that are none": b",id,id\n1,2,3\n",
    "bad rows": b'id,name\n1\n2,x\n3,"open\n4,y\n',
    "bad bytes": "id,name\n1,\u00e9\u00e8\n".encode() + b"2,\xe9\n3,x\n",
    "words of YAML": b"yes,null,1e3x\nno,NA,~\n",
    "a column called columns": b"columns,types\n1,x\n",
    "apostrophes": b"id,name\n'1','a,b'\n'2','c'\n",
    "one column with a delimiter in its name": b'"a,b"\nx\ny\n',
    "a title": b"Orders, all\n\nid;zip;name\n1;2;x\n2;3;y\n3;4;z\n",
    "nothing but a header": b"id,name\n",
    "an escape of its own": b'id,name\n1,5" pipe\n2,x\n',
}


@pytest.mark.parametrize("name", HARD)
def test_the_yaml_is_pasted_and_runs_with_the_rows_that_were_counted(project: Any, look: Look, name: str) -> None:
    found = look(HARD[name])
    pasted = as_yaml("orders.csv", found)
    project.yaml(f"name: pasted\n{pasted}outputs:\n  orders: orders\n")
    done = project.run()
    assert done.error is None, done.told
    facts = done.manifest["inputs"]["orders"]
    assert (facts["rows"], sum(file["rejected"] for file in facts["files"])) == (found.rows, found.bad_rows)


def test_a_packed_file_is_looked_at_unpacked(look: Look) -> None:
    found = look(gzip.compress(b"id;zip\n1;02116\n"), "orders.csv.gz")
    assert (found.rows, found.delimiter, risks(found)) == (1, ";", {"zip": ["leading_zeros"]})
    with pytest.raises(InputError, match="no complete gzip"):
        look(gzip.compress(b"id;zip\n1;02116\n" * 9)[:-9], "orders.csv.gz")


@pytest.mark.parametrize(
    ("content", "told"), [(b"PK\x03\x04" + bytes(99), "zip archive"), (b"", "empty"), (b"PAR1abc", "Parquet")]
)
def test_what_is_no_delimited_text_is_refused_with_its_place(look: Look, content: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        look(content)
    assert "orders.csv" in str(caught.value.faults[0].where)


def test_the_command_tells_people_and_programs(project: Any) -> None:
    project.write("orders.csv", "id;zip\n1;02116\n2\n")
    done = project.cli("inspect", "in/orders.csv")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["rows"], result["bad_rows"], result["uri"]) == (1, 1, "in/orders.csv")
    assert result["yaml"] in done.stderr
    assert "problem: rows with more or fewer fields than the header: 1 (line 3)" in done.stderr.splitlines()
    assert project.cli("inspect", "in/orders.csv", "-q").stderr == ""


def test_a_file_that_is_not_there_is_told_with_the_ones_that_are(project: Any) -> None:
    project.write("orders.csv", "id\n1\n")
    done = project.cli("inspect", "in/order.csv")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "in/order.csv: there is no such file"
    assert "orders.csv" in done.stderr.splitlines()[1]


def test_an_object_in_s3_is_looked_at_like_a_file(project: Any, bucket: Any) -> None:
    content = b"id;zip\n1;02116\n2;10001\n"
    bucket.put("in/orders.csv", content)
    here = inspect(str(project.write("orders.csv", content)))
    there = inspect(bucket.uri("in/orders.csv"))
    assert there.uri == bucket.uri("in/orders.csv")
    assert {**there.as_dict(), "uri": ""} == {**here.as_dict(), "uri": ""}


MEASURED = """
import resource, sys
from trakt.cli import main
code = main(["inspect", sys.argv[1]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def test_five_times_the_rows_take_the_same_memory(project: Any) -> None:
    """Measured in processes of its own, as `test_bounded_memory` does for runs."""
    peaks = []
    for rows in (300_000, 1_500_000):
        path: Path = project.write(f"{rows}.csv", b"")
        with path.open("w") as file:
            file.write("id,zip,when,name\n")
            for block in range(rows // 10_000):
                file.write("".join(f"{at},{at:05d},05/06/2026,name {block}\n" for at in range(10_000)))
        done = subprocess.run([sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["rows"] == rows
        peaks.append(int(done.stderr.splitlines()[-1]))
    assert peaks[1] < peaks[0] * 1.10, f"{peaks} KiB"


def looked_at(path: Path) -> Inspection | InputError:
    try:
        return inspect(str(path))
    except InputError as refused:
        return refused


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_whatever_comes_in_is_refused_or_read_by_the_yaml_with_the_same_rows(project: Any) -> None:
    read = 0

    def check(file: Delivered) -> None:
        nonlocal read
        path = project.write(file.name, file.stored)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("trakt.formats.text.decode.READ_BYTES", file.block)
            found = looked_at(path)
        if isinstance(found, InputError):
            assert file.name in str(found.faults[0].where)
            return
        project.yaml(f"name: pasted\n{as_yaml(file.name, found)}outputs:\n  records: records\n")
        done = project.run(out="out")
        project.manifests.clear()
        assert done.error is None, f"{done.told}\n{file.stored!r}\n{as_yaml(file.name, found)}"
        facts = done.manifest["inputs"]["records"]
        assert (facts["rows"], sum(each["rejected"] for each in facts["files"])) == (found.rows, found.bad_rows)
        read += 1

    assert search(deliveries(), check) > 25
    assert read > 10
