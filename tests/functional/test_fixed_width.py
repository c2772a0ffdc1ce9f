"""`kind: fixed_width`: each field has its place, counted in characters, and a line of another length is a bad row."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt import InputError, OutputError, PipelineError

EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
KIND = {"kind": "fixed_width"}
COLUMNS = [{"name": "id", "width": 3}, {"name": "name", "width": 5}, {"name": "amount", "start": 10, "end": 14}]
LINES = "001Ada  x 1.50\n002Jürg x10.00\n\n003     x     \n"


def reading(project: Any, content: str | bytes, columns: Any = COLUMNS, **entry: Any) -> None:
    project.write("records.txt", content)
    metadata = {"columns": columns, **entry.pop("metadata", {})}
    project.pipeline(
        inputs={"records": {"uri": "records.txt", **KIND, "metadata": metadata, **entry}},
        outputs={"records": "records"},
    )


def rejected(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]


def test_fields_are_taken_from_their_places_by_characters(project: Any, mode: str) -> None:
    reading(project, LINES)
    done = project.good(mode, 1)
    assert done.rows() == [["id", "name", "amount"], ["001", "Ada", "1.5"], ["002", "Jürg", "10"], ["003", "", ""]]
    assert done.manifest["inputs"]["records"]["lines"]["blank"] == 1
    assert done.manifest["inputs"]["records"]["schema"] == {"id": "string", "name": "string", "amount": "float"}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "utf-8"])
def test_a_character_is_one_place_in_every_encoding(project: Any, encoding: str) -> None:
    reading(project, LINES.encode(encoding), metadata={"encoding": encoding})
    assert project.good().rows()[2][1] == "Jürg"


def test_a_line_of_another_length_is_set_aside(project: Any, mode: str) -> None:
    reading(project, "001Ada  x 1.50\n002Bob  x 1.5\n003Cy   x 1.500\n004Dora x 2.50", on_bad_rows="quarantine")
    done = project.good(mode, 1)
    assert [row[0] for row in done.rows()[1:]] == ["001", "004"]
    assert [(row["line"], row["byte_offset"], row["reason"], row["message"]) for row in rejected(done)] == [
        (2, 15, "ragged_row", "13 characters where the columns take 14"),
        (3, 29, "ragged_row", "15 characters where the columns take 14"),
    ]


def test_a_line_of_another_length_fails_the_run_with_its_number(project: Any) -> None:
    reading(project, "001Ada  x 1.50\n002Bob\n")
    told = project.bad(InputError).told
    assert "records.txt:2: 6 characters where the columns take 14" in told
    assert "`exact_length: false`" in told


def test_blanks_at_the_end_may_be_missing_where_that_is_declared(project: Any) -> None:
    reading(project, "001\n002Bob     \n003Cy   x 1.50   \n004Cy   x 1.50y\n", metadata={"exact_length": False},
            on_bad_rows="quarantine")  # fmt: skip
    done = project.good()
    assert done.rows()[1:] == [["001", "", ""], ["002", "Bob", ""], ["003", "Cy", "1.5"]]
    assert [row["line"] for row in rejected(done)] == [4]


def test_blanks_stay_where_they_belong_to_the_value(project: Any) -> None:
    reading(project, "001Ada  x 1.50\n", metadata={"strip": False})
    assert project.good().rows()[1] == ["001", "Ada  ", " 1.50"]


def test_bytes_that_are_no_text_are_a_bad_row(project: Any, mode: str) -> None:
    reading(project, b"001Ada  x 1.50\n002J\xfcrg x 1.50\n", on_bad_rows="quarantine")
    assert [(row["line"], row["reason"]) for row in rejected(project.good(mode))] == [(2, "undecodable_bytes")]


def test_lines_before_the_rows_are_passed_over(project: Any) -> None:
    reading(project, "HEADER\nid name\n" + LINES, metadata={"skiprows": 2}, schema={"amount": "decimal"})
    done = project.good()
    assert done.rows()[1] == ["001", "Ada", "1.50"]
    assert done.manifest["inputs"]["records"]["lines"]["skipped"] == 2


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ([], "needs 'columns'"),
        ([{"name": "a"}], "'a' needs either `width` or `end`"),
        ([{"name": "a", "width": 1, "end": 2}], "'a' needs either `width` or `end`"),
        ([{"name": "a", "end": 2}], "'a' has an `end` and no `start`"),
        ([{"name": "a", "start": 3, "end": 2}], "'a' ends before it starts"),
        ([{"name": "a", "width": 0}], "column 1: positions and widths count from 1, not 0"),
        ([{"name": "a", "widht": 1}], "column 1: unknown key 'widht'"),
        ([{"width": 1}], "column 1 lacks the key 'name'"),
        (["a"], "column 1 must be a mapping"),
        ([{"name": "a", "width": 1}, {"name": "a", "width": 1}], "the name 'a' stands twice"),
        ([{"name": "a", "width": 3}, {"name": "b", "start": 3, "end": 4}], "'b' starts at 3, and 'a' ends at 3"),
    ],
)
def test_places_that_cannot_be_are_told_before_anything_is_read(project: Any, columns: Any, told: str) -> None:
    reading(project, LINES, columns)
    assert told in project.bad(PipelineError).told


def writing(project: Any, content: str, columns: Any, **metadata: Any) -> None:
    project.write("records.csv", content)
    project.pipeline(
        inputs={"records": {"uri": "records.csv"}},
        outputs={
            "datasets": [{"name": "records", "from": "records", **KIND, "metadata": {"columns": columns, **metadata}}]
        },
    )


def test_rows_are_written_to_their_places(project: Any, mode: str) -> None:
    columns = [{"name": "amount", "width": 6, "align": "right"}, {"name": "name", "start": 8, "end": 12}]
    writing(project, "name,amount\nAda,1.5\nJürg,\n", columns, lineterminator="\r\n", encoding="cp1252")
    assert project.good(mode, 1).bytes("records.txt") == b"   1.5 Ada  \r\n       J\xfcrg \r\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a\n123456\n", "is longer than its 5 characters"),
        ('a\n" x"\n', "has a line end within, or a blank at its beginning or end"),
        ('a\n"x\ny"\n', "has a line end within"),
        ("a,b\n1,2\n", "no place for b"),
        ("b\n1\n", "no column a in the table"),
    ],
)
def test_what_has_no_place_is_an_error_and_never_cut(project: Any, mode: str, content: str, told: str) -> None:
    writing(project, content, [{"name": "a", "width": 5}])
    assert told in project.bad(OutputError, mode).told


def test_what_was_rejected_is_mended_and_replayed(project: Any) -> None:
    reading(project, LINES + "004Dora x 1.5\n005Eve  x ten \n", on_bad_rows="quarantine", schema={"amount": "decimal"})
    done = project.good()
    rows = rejected(done)
    assert [row["reason"] for row in rows] == ["ragged_row", "type_mismatch"]
    rows[0]["raw"] += "0"
    rows[1]["raw"] = rows[1]["raw"].replace("ten ", "10.0")
    (project.folder / "mended.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = project.cli("replay", str(done.out / "manifest.json"), "--rows", "mended.jsonl", "--output-dir", "again")
    assert told.returncode == 0, told.stderr
    assert (project.folder / "again" / "records.csv").read_text() == "id,name,amount\n004,Dora,1.50\n005,Eve,10.0\n"


_value = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=6)


@given(
    rows=st.lists(st.tuples(_value, _value), max_size=6),
    end=st.sampled_from(("\n", "\r\n")),
    block=st.sampled_from((1, 7, 1 << 20)),
)
@EXAMPLES
def test_what_is_written_is_read_and_no_cut_changes_a_byte(
    new_project: Callable[[], Any], rows: list[tuple[str, str]], end: str, block: int
) -> None:
    project = new_project()
    columns = [{"name": "a", "width": 6}, {"name": "b", "width": 7, "align": "right"}]
    text = "".join(f"{a.ljust(6)}{b.rjust(7)}{end}" for a, b in rows)
    project.write("records.txt", text)
    project.pipeline(
        inputs={
            "records": {
                "uri": "records.txt", **KIND,
                "metadata": {"columns": [{"name": "a", "width": 6}, {"name": "b", "width": 7}], "types": "text"},
            }
        },
        outputs={
            "datasets": [
                {"name": "records", "from": "records", **KIND, "metadata": {"columns": columns, "lineterminator": end}}
            ]
        },
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        for done in (project.good("batch"), project.good("stream", 1), project.good("stream", 4)):
            assert done.bytes("records.txt").decode() == text


_hostile = st.lists(
    st.tuples(st.sampled_from((b"001Ada", b"001Ad", b"001Adax", b"", b"\xff01Ada", "001Adé".encode(), b"      ")),
              st.sampled_from((b"\n", b"\r\n", b"\r"))),
    max_size=10,
)  # fmt: skip


@given(lines=_hostile, block=st.sampled_from((1, 5, 1 << 20)), exact=st.booleans())
@EXAMPLES
def test_every_hostile_line_is_a_row_or_blank_or_set_aside(
    new_project: Callable[[], Any], lines: list[tuple[bytes, bytes]], block: int, exact: bool
) -> None:
    project = new_project()
    content = b"".join(line + end for line, end in lines)
    columns = [{"name": "id", "width": 3}, {"name": "name", "width": 3}]
    reading(project, content, columns, on_bad_rows="quarantine", metadata={"exact_length": exact})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", block)
        done = project.good("stream", 2)
    short = [] if exact else [b"001Ad"]
    good = [line for line, _ in lines if line in (b"001Ada", "001Adé".encode(), b"      ", *short)]
    told = done.manifest["inputs"]["records"]["lines"]
    assert told["total"] == told["blank"] + told["rows"] + told["rejected"]
    assert told["rows"] == len(good) == len(done.rows()) - 1
    for row in rejected(done):
        assert row["raw_base64"] or content[row["byte_offset"] :].startswith(row["raw"].encode())
