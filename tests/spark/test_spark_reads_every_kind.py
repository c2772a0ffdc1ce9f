"""Files of each kind are on Spark what they are on one machine: rows, bad rows with their places, and every number."""

import gzip
import io
import json

import pytest

from tests.spark.conftest import outputs_in, told_in

PIPELINE = """
name: kinds
inputs:
  orders: %s
steps:
  - {id: even, uses: steps.even, with: {input: orders, output: even}}
outputs: {even: even, raw: orders}
"""
STEP = """
from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"], supports_stream=True, supports_partitions=True)
def run(ctx, input):
    def even(frame):
        number = frame["id"].astype(int)
        ctx.reject(frame[number % 50 == 7], reason="seven", column="id")
        return frame[number % 2 == 0]

    return {"output": map(even, input) if ctx.mode == "stream" else even(input)}
"""


def begun(project, **entry):
    """A pipeline whose input is quarantined and declared so."""
    entry = {"uri": "orders", "on_bad_rows": "quarantine", **entry}
    return project.write({"pipeline.yaml": PIPELINE % json.dumps(entry), "steps/even.py": STEP})


def put(project, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = project.folder / "in" / "orders" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def rejected_in(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "rejected.jsonl").read_text("utf-8").splitlines()]


def require_same(project, mode: str = "batch") -> list[dict]:
    """Run it here and there; returns the rows that were rejected."""
    here, there = (project.run(engine, mode, stream_chunk_size=37) for engine in ("local", "spark"))
    assert outputs_in(there) == outputs_in(here)
    assert told_in(there) == told_in(here)
    assert (here / "even.csv").read_bytes().count(b"\n") > 1
    return rejected_in(here)


def objects(first: int, rows: int) -> bytes:
    """Lines of which each third names one more key, and one is broken."""
    lines = []
    for at in range(first, first + rows):
        record = {"id": at, "word": "s\u00fcd" if at % 2 else None, "n": at / 4 if at > 60 else at}
        lines.append(json.dumps(record | ({"late": [at, {"x": str(at)}]} if at % 3 == 0 else {}), ensure_ascii=False))
        lines += ["{broken", ""] if at % 40 == 9 else []
    return "\n".join([*lines, ""]).encode()


def widths(first: int, rows: int) -> bytes:
    lines = []
    for at in range(first, first + rows):
        word = "s\u00fcd" if at % 2 else ""
        lines.append(f"{at:06d}{word:<8}{at / 4 if at > 60 else at:>12}")
        lines += ["short", ""] if at % 40 == 9 else []
    return "\r\n".join([*lines, ""]).encode()


COLUMNS = [{"name": "id", "width": 6}, {"name": "word", "width": 8}, {"name": "n", "width": 12}]
LINES = {
    "jsonl": (objects, ".jsonl", {}),
    "fixed_width": (widths, ".txt", {"metadata": {"columns": COLUMNS}}),
}


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize("kind", LINES)
def test_several_files_of_lines_one_of_them_packed(project, kind, mode):
    make, suffix, entry = LINES[kind]
    begun(project, kind=kind, **entry)
    put(project, {f"a{suffix}": make(0, 120), f"b{suffix}.gz": gzip.compress(make(120, 80)), f"c{suffix}": b""})
    told = require_same(project, mode)
    assert {row["reason"] for row in told} >= {"seven", "not_json" if kind == "jsonl" else "ragged_row"}


@pytest.mark.parametrize("kind", LINES)
def test_a_large_file_of_lines_is_read_in_parts(project, monkeypatch, kind):
    monkeypatch.setattr("trakt.engine.spark.files.PART_BYTES", 1 << 20)
    make, suffix, entry = LINES[kind]
    content = make(0, 140_000)
    assert len(content) > 3 << 20
    begun(project, kind=kind, **entry)
    put(project, {f"a{suffix}": content})
    last = [row for row in require_same(project) if row["reason"] in ("not_json", "ragged_row")][-1]
    assert content[last["byte_offset"] :].startswith(last["raw"].encode())
    assert content[: last["byte_offset"]].count(b"\n") + 1 == last["line"]


def table(first: int, rows: int, **how) -> bytes:
    """Types that do not fit in one column of text: a zone, decimals, a value that is no whole number in a float."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = list(range(first, first + rows))
    columns = {
        "id": [str(at) for at in numbers],
        "n": pa.array([at if at % 3 else None for at in numbers], pa.int32() if first else pa.float64()),
        "price": pa.array([at / 2 if at % 40 == 9 else float(at) for at in numbers]),
        "at": pa.array(numbers, pa.timestamp("us", "Europe/Vienna")),
    }
    columns |= {"word": pa.array(["s\u00fcd", None] * (rows // 2)).dictionary_encode()} if first else {}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **how)
    return sink.getvalue()


TABLES = {"combine_strategy": "union_by_name", "schema": {"types": {"price": "int"}}, "kind": "parquet"}


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_several_parquet_files_of_other_columns(project, mode):
    begun(project, **TABLES)
    put(project, {"a.parquet": table(0, 120), "b.parquet": table(120, 80), "c.parquet": table(200, 0)})
    told = require_same(project, mode)
    assert [(row["line"], row["reason"]) for row in told if row["reason"] != "seven"][:2] == [
        (10, "type_mismatch"),
        (50, "type_mismatch"),
    ]


def test_a_large_parquet_file_is_read_by_its_row_groups(project, monkeypatch):
    monkeypatch.setattr("trakt.engine.spark.files.PART_BYTES", 1 << 18)
    content = table(1, 100_000, row_group_size=10_000, compression="none")
    assert len(content) > 1 << 20
    begun(project, **TABLES)
    put(project, {"a.parquet": content})
    last = [row for row in require_same(project) if row["reason"] == "type_mismatch"][-1]
    assert json.loads(last["raw"])["id"] == str(last["line"])


@pytest.mark.parametrize("schema", [None, {"types": {"id": "int", "n": "string"}}])
def test_workbooks_with_rows_that_cannot_be_taken(project, schema):
    openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel`")
    files = {}
    for name, first in {"a.xlsx": 0, "b.xlsx": 100, "c.xlsx": 200}.items():
        book = openpyxl.Workbook()
        book.active.append(["id", "n"])
        for at in range(first, first + 40 if first < 200 else first):
            book.active.append([at, "x" if at == 130 else at / 4, *(["more"] if at % 20 == 9 else [])])
        content = io.BytesIO()
        book.save(content)
        files[name] = content.getvalue()
    begun(project, kind="excel", **({"schema": schema} if schema else {}))
    put(project, files)
    assert sum(row["reason"] == "ragged_row" for row in require_same(project)) == 4
