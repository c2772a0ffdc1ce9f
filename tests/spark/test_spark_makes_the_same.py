"""What Spark makes of an input is what one machine makes of it, byte for byte, and is told in the same numbers."""

import json
import os

import pytest

from tests.spark.conftest import outputs_in, told_in

PIPELINE = """
name: parts
inputs:
  orders:
    uri: orders
    on_bad_rows: quarantine
    schema: {types: {amount: decimal}}
steps:
  - id: renamed
    uses: trakt.steps.rename
    with: {input: orders, policy: {const: {mapping: {id: order_id, memo: note}, optional: [memo]}}, output: renamed}
  - id: positive
    uses: steps.positive
    with: {input: renamed, output: positive}
  - id: typed
    uses: trakt.steps.cast
    with: {input: positive, types: {const: {when: date, n: string}}, output: typed}
  - id: some
    uses: trakt.steps.filter
    with: {input: typed, where: {const: "word != 'x'"}, output: some}
  - id: few
    uses: trakt.steps.select
    with: {input: some, columns: {const: [order_id, amount, m]}, output: few}
outputs: {few: few, all: typed, raw: orders}
"""
STEP = """
from steps.more import FACTOR
from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"], supports_stream=True, supports_partitions=True)
def run(ctx, input):
    metrics = {"kept": 0, "rows_dropped": 0, "mode": ctx.mode}

    def one(frame):
        bad = frame["k"] < 0
        if bad.any():
            ctx.reject(frame[bad], reason="negative", column="k", message="k is below 0")
        metrics["kept"] += int((~bad).sum())
        return frame[~bad].assign(k2=frame["k"] * FACTOR)

    ctx.emit_event("begun", factor=FACTOR)
    output = map(one, input) if ctx.mode == "stream" else one(input)
    return {"output": output, "__metrics__": metrics}
"""
WORDS = ["x", "y", '"a ""q"", b"', "", " z", '"two\nlines"', "\u00e9"]


def delivered(files: int, rows: int) -> dict[str, str]:
    """Files of which the types differ: together `n` has blanks and `m` is no whole number; the last has no row."""
    made = {}
    for file in range(files):
        lines = ["id,amount,when,word,k,n,m"]
        for row in range(rows if file < files - 1 else 0):
            at = file * rows + row
            n, m = (row, row) if file else ("", row / 8)
            lines.append(
                f"{at:06d},{at % 97}.{at % 10}0,2026-01-{row % 28 + 1:02d},{WORDS[at % 7]},{at % 11 - 1},{n},{m}"
            )
            lines += ["bad,row"] if row % 30 == 7 else []
        made[f"in/orders/o{file}.csv"] = "\n".join(lines) + "\n"
    return made


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_outputs_rejected_rows_and_every_number_are_those_of_one_machine(project, mode):
    project.write({"pipeline.yaml": PIPELINE, "steps/positive.py": STEP, "steps/more.py": "FACTOR = 3\n"})
    project.write(delivered(files=4, rows=100))
    here, there = (project.run(engine, mode, stream_chunk_size=37) for engine in ("local", "spark"))
    assert outputs_in(here).keys() == {"few.csv", "all.csv", "raw.csv", "rejected.jsonl"}
    assert outputs_in(there) == outputs_in(here)
    assert told_in(there) == told_in(here)
    engines = [json.loads((out / "manifest.json").read_text())["execution"]["engine"] for out in (here, there)]
    assert engines == ["local", "spark"]


def test_files_with_other_columns_become_one_table_by_name(project):
    pipeline = "name: u\ninputs: {i: {uri: i, combine_strategy: union_by_name}}\noutputs: {o: i}\n"
    project.write({"pipeline.yaml": pipeline, "in/i/1.csv": "a,b\n1,2\n", "in/i/2.csv": "c,a\nx,5\ny,\n"})
    here, there = (project.run(engine) for engine in ("local", "spark"))
    assert outputs_in(there) == outputs_in(here) == {"o.csv": b"a,b,c\n1,2,\n5,,x\n,,y\n"}
    assert told_in(there) == told_in(here)


def test_a_run_on_spark_is_done_for_one_machine_too(project):
    """The engine changes no byte, so what one has committed the other need not do again."""
    pipeline = "name: once\ninputs: {i: i.csv}\noutputs: {o: i}\n"
    project.write({"pipeline.yaml": pipeline, "in/i.csv": "a\n1\n"})
    from trakt import load_pipeline_from_yaml
    from trakt.runtime.local_runner import LocalRunner

    runner = LocalRunner(input_dir=project.folder / "in", output_dir=project.folder / "out")
    loaded = load_pipeline_from_yaml(project.folder / "pipeline.yaml")
    said = [runner.run(loaded, engine=engine)["status"] for engine in ("spark", "local")]
    assert said == ["success", "skipped"]


def test_executors_that_do_not_have_the_pipelines_folder_get_the_code_of_its_steps(project):
    from datetime import UTC, datetime

    from trakt import load_pipeline_from_yaml
    from trakt.engine.plan import plan
    from trakt.engine.request import RunRequest
    from trakt.engine.spark.shipment import packed, unpacked

    project.write({"pipeline.yaml": PIPELINE, "steps/positive.py": STEP, "steps/more.py": "FACTOR = 3\n"})
    project.write(delivered(files=2, rows=3))
    pipeline = load_pipeline_from_yaml(project.folder / "pipeline.yaml")
    asked = RunRequest(pipeline=pipeline, input_dir=str(project.folder / "in"), output_dir=str(project.folder / "out"))
    content = packed(plan(asked), datetime.now(UTC))
    os.rename(project.folder / "steps", project.folder / "gone")
    _, steps = unpacked(content)
    assert "trakt-steps-" in steps["positive"].function.__code__.co_filename


def test_a_large_file_is_read_in_parts_and_nobody_can_tell(project, monkeypatch):
    monkeypatch.setattr("trakt.engine.spark.files.PART_BYTES", 1 << 20)
    project.write({"pipeline.yaml": PIPELINE, "steps/positive.py": STEP, "steps/more.py": "FACTOR = 3\n"})
    project.write(delivered(files=2, rows=120_000))
    assert (project.folder / "in/orders/o0.csv").stat().st_size > 4 << 20
    here, there = (project.run(engine) for engine in ("local", "spark"))
    assert outputs_in(there) == outputs_in(here)
    assert told_in(there) == told_in(here)


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_sorted_outputs_are_those_of_one_machine(project, mode):
    pipeline = (
        "name: sorted\ninputs: {orders: {uri: orders, on_bad_rows: quarantine}}\noutputs:\n  datasets:\n"
        "    - {name: s, from: orders, sort_by: [word, {column: when, descending: true}, k]}\n"
        "    - {name: p, from: orders, kind: parquet, partition_by: [k], sort_by: [{column: m, descending: true}]}\n"
        "    - {name: u, from: orders}\n"
    )
    project.write({"pipeline.yaml": pipeline, **delivered(files=3, rows=200)})
    here, there = (project.run(engine, mode, stream_chunk_size=37) for engine in ("local", "spark"))
    assert sorted((here / "s.csv").read_bytes().splitlines()) == sorted((here / "u.csv").read_bytes().splitlines())
    assert {name: (there / name).read_bytes() for name in ("s.csv", "u.csv")} == {
        name: (here / name).read_bytes() for name in ("s.csv", "u.csv")
    }
    assert files_below(there / "p") == files_below(here / "p") != {}
    assert told_in(there) == told_in(here)


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}
