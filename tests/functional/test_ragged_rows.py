"""A row that does not fit its header is an error with file, line and counts; nothing is lost in silence."""

from __future__ import annotations

from typing import Any

import pytest

from trakt import InputError


def test_a_row_with_too_many_fields_names_its_file_line_and_counts(project: Any, mode: str) -> None:
    project.passthrough("id,name\n1,a\n2,b,extra\n3,c\n")
    done = project.bad(InputError, mode, 1)
    assert f"{project.folder / 'in' / 'records.csv'}:3: 3 fields where the header has 2" in done.told
    assert not (done.out / "records.csv").exists()


def test_a_row_with_too_few_fields_is_as_ragged(project: Any, mode: str) -> None:
    project.passthrough("id,name\n1,a\n2\n")
    assert "records.csv:3: 1 fields where the header has 2" in project.bad(InputError, mode).told


def test_all_ragged_rows_of_a_file_are_told_at_once_and_a_flood_is_counted(project: Any, mode: str) -> None:
    project.passthrough("id,name\n" + "1,2,3\n" * 50)
    error = project.bad(InputError, mode).error
    assert error is not None
    lines = [fault.where.rpartition(":")[2] for fault in error.faults[:-1]]
    assert lines == [str(line) for line in range(2, 22)]
    assert "30 more" in error.faults[-1].what


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_physical_lines_even_after_line_ends_in_quotes_and_blank_lines(
    project: Any, mode: str, end: str
) -> None:
    lines = ["id,name", '1,"two', 'lines"', "", "2,b", "3,c,d", '"x', 'y",a,b', "4"]
    project.passthrough(end.join(lines) + end)
    error = project.bad(InputError, mode).error
    assert error is not None
    assert [fault.where.rpartition(":")[2] for fault in error.faults] == ["6", "7", "9"]


def test_lines_are_counted_from_the_top_also_when_lines_are_skipped_or_replaced(project: Any, mode: str) -> None:
    project.passthrough("report of\nJanuary\nid,name\n1,a,b\n", metadata={"skiprows": 2})
    assert "records.csv:4: 3 fields" in project.bad(InputError, mode).told
    project.passthrough("1,a\n1,a,b\n", metadata={"header": False, "names": ["id", "name"]})
    assert "records.csv:2: 3 fields" in project.bad(InputError, mode).told


def test_a_ragged_row_far_down_is_found_when_its_types_are_declared_too(project: Any) -> None:
    content = "id,name\n" + "1,a\n" * 300_000 + "2,b,c\n" + "1,a\n" * 10
    project.passthrough(content, schema={"id": "int", "name": "string"})
    done = project.bad(InputError, "stream")
    assert "records.csv:300002: 3 fields" in done.told
    assert done.manifest["status"] == "failed"
    assert project.leftovers() == []


def test_a_step_that_swallows_the_fault_of_its_input_does_not_save_the_run(project: Any) -> None:
    project.step(
        "swallow",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            return {"output": chunks(input)}

        def chunks(input):
            try:
                yield from input
            except Exception:
                pass
        """,
    )
    project.write("records.csv", "id\n" + "1\n" * 1_000_000 + "2,3\n")
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": {"id": "int"}}},
        steps=[{"id": "swallow", "uses": "steps.swallow", "with": {"input": "records", "output": "some"}}],
        outputs={"records": "some"},
        execution={"mode": "stream"},
    )
    done = project.bad(InputError)
    assert "records.csv:1000002" in done.told
    assert not (done.out / "records.csv").exists()


def test_the_faults_of_one_file_name_that_file_and_not_its_neighbours(project: Any, mode: str) -> None:
    project.write("parts/a.csv", "id\n1\n")
    project.write("parts/b.csv", "id\n1,2\n")
    project.pipeline(inputs={"records": {"uri": "parts"}}, outputs={"records": "records"})
    told = project.bad(InputError, mode).told
    assert "b.csv:2" in told
    assert "a.csv" not in told
