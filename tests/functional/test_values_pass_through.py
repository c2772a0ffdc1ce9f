"""Values that other tools change on the way through."""

from __future__ import annotations

from typing import Any

import pytest

UNCHANGED = [
    "02116",
    "+49 30",
    "12345678901234567890",
    "NA",
    "null",
    "1e5",
    " padded ",
    "0x1F",
    "True",
    "true",
    "-0",
    "½",
    "a\tb",
]


@pytest.mark.parametrize("value", UNCHANGED)
def test_a_value_that_is_no_plain_number_is_written_as_it_was_read(project: Any, mode: str, value: str) -> None:
    content = f"id,v\n1,{value}\n2,other\n"
    project.passthrough(content)
    assert project.good(mode, 1).bytes().decode() == content
    content = f"id,v\n1,{value}\n2,7\n"
    project.passthrough(content)
    assert project.good(mode, 1).bytes().decode() == content


def test_whole_numbers_with_blanks_stay_whole(project: Any, mode: str) -> None:
    project.passthrough("id,n\n1,5\n2,\n3,9007199254740993\n")
    done = project.good(mode, 1)
    assert done.bytes() == b"id,n\n1,5\n2,\n3,9007199254740993\n"
    assert done.manifest["inputs"]["records"]["schema"] == {"id": "int", "n": "int"}
    assert done.manifest["outputs"]["records"]["schema"] == {"id": "int", "n": "int"}


def test_long_numbers_in_one_file_are_not_rounded_because_another_file_has_fractions(project: Any, mode: str) -> None:
    project.write("parts/a.csv", "v\n1234567890123456789\n")
    project.write("parts/b.csv", "v\n1.5\n")
    project.pipeline(inputs={"records": {"uri": "parts"}}, outputs={"records": "records"})
    assert project.good(mode).bytes() == b"v\n1234567890123456789\n1.5\n"


def test_long_numbers_are_not_rounded_because_a_fraction_stands_megabytes_below(project: Any, mode: str) -> None:
    content = "v\n" + "1234567890123456789\n" * 70_000 + "1.5\n"
    project.passthrough(content)
    assert project.good(mode).bytes().decode() == content


def test_a_number_too_small_for_a_float_does_not_become_zero(project: Any, mode: str) -> None:
    project.passthrough("v\n1e-400\n2.5\n")
    assert project.good(mode).bytes() == b"v\n1e-400\n2.5\n"


def test_amounts_over_ten_billion_are_written_in_digits(project: Any, mode: str) -> None:
    content = "amount\n12345678901.5\n10000000000\n0.5\n"
    project.passthrough(content)
    assert project.good(mode, 1).bytes().decode() == content


def test_a_blank_line_is_no_row_but_a_quoted_blank_is_one(project: Any, mode: str) -> None:
    project.passthrough('v\n\na\n""\n\n')
    done = project.good(mode, 1)
    assert done.bytes() == b'v\na\n""\n'
    assert done.manifest["inputs"]["records"]["rows"] == 2


def test_a_column_without_any_value_is_told_and_stays_blank(project: Any, mode: str) -> None:
    project.passthrough("id,v\n1,\n2,\n")
    done = project.good(mode, 1)
    assert done.bytes() == b"id,v\n1,\n2,\n"
    told = done.events["warning.blank_columns"]
    assert (told["input"], told["columns"]) == ("records", ["v"])


def test_numbers_may_be_written_in_their_shortest_form_unless_declared_text(project: Any, mode: str) -> None:
    project.passthrough("a,b\n1.50,1.50\n", schema={"b": "string"})
    assert project.good(mode).bytes() == b"a,b\n1.5,1.50\n"


def test_types_pandas_reads_as_pandas_would(project: Any, mode: str) -> None:
    project.passthrough("zip,word,n,flag\n02116,NA,5,true\n7,x,,false\n", metadata={"types": "pandas"})
    assert project.good(mode, 1).rows()[1:] == [["2116", "", "5", "True"], ["7", "x", "", "False"]]


def test_a_step_sees_the_declared_dtypes_in_both_modes_and_every_chunk(project: Any, mode: str) -> None:
    project.step(
        "look",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            return {"output": seen(ctx, input) if ctx.mode == "batch" else (seen(ctx, frame) for frame in input)}

        def seen(ctx, frame):
            ctx.emit_event("dtypes", **{name: str(kind) for name, kind in frame.dtypes.items()}, start=int(frame.index[0]))
            return frame
        """,
    )
    project.write("records.csv", "t,i,n,f,b,d,w,m\na,1,,1,True,2026-02-05,2026-02-05 09:30,1.50\n,2,3,,,,,\n")
    types = {"f": "float", "d": "date", "w": "timestamp", "m": "decimal"}
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": types}},
        steps=[{"id": "look", "uses": "steps.look", "with": {"input": "records", "output": "seen"}}],
        outputs={"records": "seen"},
    )
    done = project.good(mode, 1)
    seen = [dict(event["attributes"]) for event in done.manifest["events"] if event["name"] == "dtypes"]
    starts = [each.pop("start") for each in seen]
    assert starts == ([0] if mode == "batch" else [0, 1])
    assert all(each == seen[0] for each in seen)
    assert seen[0] | {"t": "", "d": "", "m": ""} == {
        "t": "", "i": "int64", "n": "Int64", "f": "float64", "b": "boolean", "d": "", "w": "datetime64[us]", "m": ""
    }  # fmt: skip
    assert done.rows()[1:] == [
        ["a", "1", "", "1", "True", "2026-02-05", "2026-02-05 09:30:00", "1.50"],
        ["", "2", "3", "", "", "", "", ""],
    ]
