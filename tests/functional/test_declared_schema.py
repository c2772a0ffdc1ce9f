"""A schema the author declares: in its three shapes, with all faults of a file in one report."""

from __future__ import annotations

from typing import Any

import pytest

from trakt import InputError, PipelineError

CONTENT = "id,amount,day\n02116,5,2026-02-05\n7,,\n"
SHAPES = [
    {"id": "string", "amount": "Int64", "day": "date"},
    {"id": "str", "amount": "int", "day": "date32"},
    {"id": "object", "amount": "int64", "day": "date"},
    {"columns": ["id", "amount", "day"], "types": {"id": "string", "amount": "int", "day": "date"}},
    {"columns": ["id"], "dtypes": {"amount": "int", "day": "date", "id": "string"}},
    {"columns": [{"name": "id", "type": "string"}, {"name": "amount", "type": "int"}, {"name": "day", "type": "date"}]},
]


@pytest.mark.parametrize("schema", SHAPES, ids=range(len(SHAPES)))
def test_every_shape_of_a_schema_means_the_same(project: Any, mode: str, schema: dict[str, Any]) -> None:
    project.passthrough(CONTENT, schema=schema)
    done = project.good(mode, 1)
    assert done.bytes().decode() == CONTENT
    expected = {"id": "string", "amount": "int", "day": "date"}
    assert done.manifest["inputs"]["records"]["schema"] == expected
    assert done.manifest["outputs"]["records"]["schema"] == expected


def test_a_list_of_columns_demands_them_and_leaves_types_to_the_data(project: Any, mode: str) -> None:
    project.passthrough(CONTENT, schema=["amount", "id"])
    assert project.good(mode).manifest["inputs"]["records"]["schema"] == {
        "id": "string",
        "amount": "int",
        "day": "string",
    }


def test_all_columns_that_are_not_there_are_told_with_the_nearest_name(project: Any, mode: str) -> None:
    project.passthrough(CONTENT, schema=["id", "amonut", "missing"])
    error = project.bad(InputError, mode).error
    assert error is not None
    assert len(error.faults) == 2
    assert "'amonut'" in str(error)
    assert "did you mean 'amount'?" in str(error)
    assert "'missing'" in str(error)


def test_all_bad_values_of_a_file_are_told_at_once_with_line_and_column(project: Any, mode: str) -> None:
    project.passthrough(
        'id,amount,day\n1,x,2026-02-05\n"2\n",1.5,2026-02-30\n3,4,tomorrow\n4,5,2026-02-05,more\n',
        schema={"amount": "int", "day": "date"},
    )
    done = project.bad(InputError, mode, 1)
    assert done.error is not None
    told = [(str(fault.where).rpartition(":")[2], fault.what) for fault in done.error.faults]
    assert [line for line, _ in told] == ["2", "3", "3", "5", "6"]
    assert "'amount'" in told[0][1]
    assert "'x'" in told[0][1]
    assert "fields" in told[4][1]
    assert {column for column in ("amount", "day") if any(column in what for _, what in told[1:3])} == {"amount", "day"}


def test_bad_values_in_a_flood_are_counted(project: Any, mode: str) -> None:
    project.passthrough("n\n" + "x\n" * 100_000, schema={"n": "int"})
    error = project.bad(InputError, mode).error
    assert error is not None
    assert len(error.faults) <= 22
    assert "99,980" in error.faults[-1].what


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", "9223372036854775807", "9223372036854775808"),
        ("int", "007", "0x7"),
        ("float", "1e5", "1,5"),
        ("float", "-.5", "NaN"),
        ("decimal", "0.10", "ten"),
        ("bool", "yes", "maybe"),
        ("date", "9999-12-31", "31.12.9999"),
        ("timestamp", "2026-02-05T09:30:00", "09:30"),
    ],
)
def test_a_value_is_of_its_declared_type_or_told(project: Any, mode: str, kind: str, good: str, bad: str) -> None:
    project.passthrough(f"v\n{good}\n", schema={"v": kind})
    assert project.good(mode).manifest["inputs"]["records"]["schema"] == {"v": kind}
    project.passthrough(f'v\n{good}\n"{bad}"\n', schema={"v": kind})
    told = project.bad(InputError, mode).told
    assert "records.csv:3: column 'v' holds" in told
    assert bad in told


def test_decimals_keep_their_digits(project: Any, mode: str) -> None:
    digits = "0.1000000000000000000000000000000010"
    project.passthrough(f"v\n{digits}\n1.50\n", schema={"v": "decimal"})
    assert project.good(mode, 1).rows() == [["v"], [digits], ["1.50"]]


def test_an_unknown_type_is_told_with_its_line(project: Any) -> None:
    project.passthrough(CONTENT, schema={"amount": "integre"})
    told = project.bad(PipelineError).told
    assert "pipeline.yaml:" in told
    assert "integre" in told


def test_a_date_format_reads_and_misfits_are_told(project: Any, mode: str) -> None:
    project.passthrough("d\n05.02.2026\n", schema={"d": "date"}, metadata={"date_format": "%d.%m.%Y"})
    assert project.good(mode).bytes() == b"d\n2026-02-05\n"
    project.passthrough(
        "d\n05.02.2026\n31.02.2026\n2026-02-05\n", schema={"d": "date"}, metadata={"date_format": "%d.%m.%Y"}
    )
    error = project.bad(InputError, mode).error
    assert error is not None
    assert [str(fault.where).rpartition(":")[2] for fault in error.faults] == ["3", "4"]


@pytest.mark.parametrize("date_format", ["%Q", "%", "%Y%"])
def test_a_date_format_that_is_none_is_told_in_words(project: Any, date_format: str) -> None:
    project.passthrough("d\n2026\n", schema={"d": "date"}, metadata={"date_format": date_format})
    assert "date_format" in project.bad(Exception).told


def test_the_end_of_time_is_a_date_in_every_format(project: Any, mode: str) -> None:
    project.passthrough("d\n31.12.9999\n", schema={"d": "date"}, metadata={"date_format": "%d.%m.%Y"})
    assert project.good(mode).bytes() == b"d\n9999-12-31\n"


def test_a_declared_type_holds_for_every_file_of_an_input(project: Any, mode: str) -> None:
    project.write("parts/a.csv", "n\n1\n")
    project.write("parts/b.csv", "n\nx\n")
    project.pipeline(inputs={"records": {"uri": "parts", "schema": {"n": "int"}}}, outputs={"records": "records"})
    assert "b.csv:2" in project.bad(InputError, mode).told


def test_a_declared_column_that_one_file_of_a_union_lacks_is_blank_there(project: Any, mode: str) -> None:
    project.write("parts/a.csv", "id,n\n1,5\n")
    project.write("parts/b.csv", "id\n2\n")
    entry = {"uri": "parts", "schema": {"n": "int"}, "combine_strategy": "union_by_name"}
    project.pipeline(inputs={"records": entry}, outputs={"records": "records"})
    assert project.good(mode, 1).bytes() == b"id,n\n1,5\n2,\n"
