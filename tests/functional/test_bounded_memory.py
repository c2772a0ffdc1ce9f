"""In stream mode many times the rows take the same memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

COLUMNS = ("id", "zip", "name", "amount", "count", "flag", "day", "note", "code")
TYPES = {
    "id": "int",
    "zip": "string",
    "name": "string",
    "amount": "float",
    "count": "int",
    "flag": "bool",
    "day": "date",
}
ROWS = 500_000
"""By then all that is read ahead is full: fewer take less memory."""
TIMES = 4
SPACE = 1.10

WORK = """\
@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": (frame.assign(double=frame["amount"] * 2) for frame in input)}
"""


def line(number: int) -> str:
    return f"{number},{number % 100000:05d},name {number},{number}.25,{number % 7},True,2026-02-{number % 28 + 1:02d},note {number},c{number}\n"


def write_rows(project: Any, rows: int) -> None:
    path = project.write("records.csv", b"")
    with path.open("w") as file:
        file.write(",".join(COLUMNS) + "\n")
        block = "".join(line(number) for number in range(10_000))
        for _ in range(rows // 10_000):
            file.write(block)


def peak(project: Any, rows: int) -> float:
    """Peak memory in MiB of a run over so many rows, in a process of its own."""
    write_rows(project, rows)
    done = project.run_cli("--stream-chunk-size", "5000")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((project.folder / "out" / "manifest.json").read_bytes())
    assert manifest["inputs"]["records"]["rows"] == rows
    assert all(entry["rows"] == rows for entry in manifest["outputs"].values())
    return float(manifest["peak_memory_mb"])


@pytest.mark.parametrize("schema", [TYPES, None], ids=["declared", "inferred"])
@pytest.mark.parametrize("readers", [1, 2])
def test_many_times_the_rows_take_the_same_memory(project: Any, schema: dict[str, str] | None, readers: int) -> None:
    project.step("work", WORK)
    datasets = [{"name": "worked", "from": "worked"}]
    if readers == 2:
        datasets += [{"name": "again", "from": "worked"}]
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": schema}},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked"}}],
        outputs={"datasets": datasets},
        execution={"mode": "stream"},
    )
    small, large = peak(project, ROWS), peak(project, TIMES * ROWS)
    assert large <= small * SPACE, f"{small:.1f} MiB for {ROWS} rows, {large:.1f} MiB for {TIMES * ROWS}"


def test_a_reader_that_runs_ahead_takes_no_memory(project: Any) -> None:
    project.step(
        "after",
        """\
        @step_contract(inputs=["inputs"], outputs=["output"], supports_stream=True)
        def run(ctx, inputs):
            return {"output": (frame.head(0) if late else frame for late, frames in enumerate(inputs) for frame in frames)}
        """,
    )
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": TYPES}},
        steps=[{"id": "after", "uses": "steps.after", "with": {"inputs": ["records", "records"], "output": "once"}}],
        outputs={"once": "once"},
        execution={"mode": "stream"},
    )
    small, large = peak(project, ROWS), peak(project, TIMES * ROWS)
    assert large <= small * SPACE, f"{small:.1f} MiB for {ROWS} rows, {large:.1f} MiB for {TIMES * ROWS}"
