"""Files of each kind are on Spark what they are on one machine: rows, bad rows with their places, and every number."""

import gzip
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
