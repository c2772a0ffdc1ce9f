"""Joins on Spark: the left side in parts, the right side sent to all of them; nobody can tell."""

import json

import pytest

from tests.spark.conftest import outputs_in, told_in
from trakt.errors import RunError

PIPELINE = """
name: joins
inputs:
  orders: {uri: orders}
  lands: {uri: lands, on_bad_rows: quarantine}
  dials: dials.csv
steps:
  - id: known
    uses: trakt.steps.filter
    with: {input: lands, where: {const: "land != 'zz'"}, output: known}
  - id: placed
    uses: trakt.steps.join
    with: {left: orders, right: known, policy: {const: %s}, output: placed}
  - id: named
    uses: trakt.steps.rename
    with: {input: placed, policy: {const: {mapping: {name_right: land_name}}}, output: named}
  - id: dialled
    uses: trakt.steps.join
    with: {left: named, right: dials, policy: {const: {keys: land, unmatched: warn}}, output: dialled}
outputs: {dialled: dialled, placed: placed, lands: lands}
"""


def delivered() -> dict[str, str]:
    """Orders in files that differ in length; lands in two, one row of which is bad, with two partners for some."""
    made, lands = {}, ["de", "fr", "xx", "it", "", "de"]
    for file, rows in enumerate([5, 0, 40, 1]):
        lines = [f"{file}{row:03d},{lands[(row + file) % 6]},n{row}" for row in range(rows)]
        made[f"in/orders/o{file}.csv"] = "\n".join(["id,land,name", *lines]) + "\n"
    made["in/lands/1.csv"] = "land,name,pop,eu\nfr,F,67,true\nde,D,83,true\nbad\nzz,Z,0,false\n"
    made["in/lands/2.csv"] = "land,name,pop,eu\nde,G,84,true\nes,E,47,true\n,none,1,false\n"
    made["in/dials.csv"] = "land,dial\nde,49\nit,39\nes,34\n"
    return made


def policy(how: str, **more: str) -> str:
    return json.dumps({"keys": ["land"], "how": how, **more})


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize("how", ["left", "outer"])
def test_joins_in_a_row_are_those_of_one_machine(project, how, mode):
    project.write({"pipeline.yaml": PIPELINE % policy(how, unmatched="warn"), **delivered()})
    here, there = (project.run(engine, mode, stream_chunk_size=7) for engine in ("local", "spark"))
    assert outputs_in(here).keys() == {"dialled.csv", "placed.csv", "lands.csv", "rejected.jsonl"}
    assert outputs_in(there) == outputs_in(here)
    assert told_in(there) == told_in(here)


@pytest.mark.parametrize(("how", "unmatched"), [("inner", "allow"), ("right", "drop")])
def test_rows_that_are_left_out_are_counted_as_one_machine_counts_them(project, how, unmatched):
    project.write({"pipeline.yaml": PIPELINE % policy(how, unmatched=unmatched), **delivered()})
    here, there = (project.run(engine) for engine in ("local", "spark"))
    assert outputs_in(there) == outputs_in(here)
    assert told_in(there) == told_in(here)


def failed(project, engine: str) -> RunError:
    with pytest.raises(RunError) as raised:
        project.run(engine)
    out = project.folder / f"out-{engine}-batch"
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    return raised.value


def test_rows_without_a_partner_fail_the_run_when_all_are_counted_with_their_numbers(project):
    project.write({"pipeline.yaml": PIPELINE % policy("outer", unmatched="fail"), **delivered()})
    here, there = (failed(project, engine) for engine in ("local", "spark"))
    assert "left rows have no partner by (land): row 3, 4, 5," in str(here)
    assert str(there) == str(here)
    told = [json.loads((project.folder / f"out-{each}-batch/manifest.json").read_text()) for each in ("local", "spark")]
    assert told[1]["error"] == told[0]["error"]


def test_a_key_of_another_kind_is_told_with_its_row_among_those_of_all_files(project):
    pipeline = """
name: kinds
inputs: {orders: {uri: orders}, lands: lands.csv}
steps:
  - {id: mine, uses: steps.mine, with: {input: orders, output: mine}}
  - {id: placed, uses: trakt.steps.join, with: {left: mine, right: lands, policy: {const: {keys: k}}, output: placed}}
outputs: {placed: placed}
"""
    step = """
import pandas as pd
from trakt import step_contract

@step_contract(inputs=["input"], outputs=["output"], supports_partitions=True)
def run(ctx, input):
    k = [int(value) if value.isdigit() else value for value in input["k"]]
    return {"output": input.assign(k=pd.Series(k, dtype=object))}
"""
    project.write({"pipeline.yaml": pipeline, "steps/mine.py": step, "in/lands.csv": "k,v\n1,a\n"})
    project.write({"in/orders/1.csv": "k\n1\n2\n", "in/orders/2.csv": "k\n3\nx\n"})
    here, there = (failed(project, engine) for engine in ("local", "spark"))
    assert "column 'k', left row 4" in str(here)
    assert str(there) == str(here)
