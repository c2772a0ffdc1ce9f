"""Dedupe and quality gate on Spark: rows, rejected rows, events, numbers and errors are those of one machine."""

import json

import pytest

from tests.spark.conftest import outputs_in, told_in
from trakt.errors import TraktError

DEDUPE = """
name: d
inputs:
  orders: {uri: orders, schema: {types: {at: date, amount: decimal}}}
steps:
  - id: some
    uses: trakt.steps.filter
    with: {input: orders, where: {const: "n != 3"}, output: some}
%s
  - id: few
    uses: trakt.steps.select
    with: {input: once, columns: {const: [id, at, amount, note, n]}, output: few}
outputs: {few: few, once: once}
"""
ONE = """
  - id: once
    uses: trakt.steps.dedupe
    with: {input: some, policy: {const: %s}, output: once}
"""
GATE = """
name: g
inputs: {orders: orders}
steps:
  - id: gate
    uses: trakt.steps.quality_gate
    with: {input: orders, policy: {const: %s}, output: good}
outputs: {good: good, all: orders}
"""
ROWS = 60


def delivered(files=4):
    """Keys that repeat in a file, in several files and in none; the last file has no row."""
    made = {}
    for file in range(files):
        lines = ["id,at,amount,note,n"]
        for row in range(ROWS if file < files - 1 else 0):
            at = file * ROWS + row
            key = at % 37 if row % 3 else f"only{at}"
            when = f"2026-01-{(at * 7) % 28 + 1:02d}" if at % 5 else ""
            note = f"note {at}" if at % 4 == 3 else ""
            lines.append(f"{key},{when},{at % 13}.50,{note},{at % 6}")
        made[f"in/orders/o{file}.csv"] = "\n".join(lines) + "\n"
    return made


def the_same(project, mode="batch", **options):
    here, there = (project.run(engine, mode, **options) for engine in ("local", "spark"))
    assert outputs_in(there) == outputs_in(here)
    assert told_in(there) == told_in(here)
    return told_in(there)


def failed(project, engine, mode="batch"):
    with pytest.raises(TraktError) as raised:
        project.run(engine, mode)
    out = project.folder / f"out-{engine}-{mode}"
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    return str(raised.value)


WINNERS = {
    "once": "{keys: [id], winner: first}",
    "last": "{keys: [id], winner: last}",
    "newest": "{keys: [id], winner: latest, order_by: [at, amount]}",
    "least": "{keys: [n, amount], winner: min, order_by: note}",
    "merged": "{keys: [id], winner: non_null}",
}


def test_one_row_per_key_stays_wherever_the_others_are(project):
    steps = "".join(ONE.replace("once", name) % policy for name, policy in WINNERS.items())
    outputs = ", ".join(f"{name}: {name}" for name in WINNERS)
    text = (DEDUPE % steps).replace("once: once}", f"{outputs}}}")
    project.write({"pipeline.yaml": text, **delivered()})
    for step in the_same(project)["steps"]:
        if step["step_id"] in WINNERS:
            assert 0 < step["metrics"]["rows_dropped"] == step["rows_in"] - step["rows_out"]


def test_the_first_row_of_a_key_stays_in_stream_mode_too(project):
    project.write({"pipeline.yaml": DEDUPE % (ONE % WINNERS["once"]), **delivered()})
    the_same(project, "stream", stream_chunk_size=7)


def test_gates_and_dedupe_may_stand_behind_each_other(project):
    steps = """
  - id: gate
    uses: trakt.steps.quality_gate
    with: {input: some, policy: {const: {mode: quarantine, not_null: [at], unique_keys: [[id, n]]}}, output: good}
  - id: newest
    uses: trakt.steps.dedupe
    with: {input: good, policy: {const: {keys: [n], winner: latest, order_by: at}}, output: newest}
  - id: once
    uses: trakt.steps.dedupe
    with: {input: good, policy: {const: {keys: [id], winner: non_null}}, output: once}
"""
    text = (DEDUPE % steps).replace("once: once}", "once: once, newest: newest, good: good}")
    project.write({"pipeline.yaml": text, **delivered()})
    the_same(project)


QUARANTINE = """
{mode: quarantine, not_null: [at, note], unique_keys: [id, [amount, n]], gate_modes: {row_count: warn}, row_count: {min: 400}}
"""
WARN = """
{mode: warn, not_null: [at], unique_keys: [id, [amount, n], nope], max_null_ratio: {note: 0.1}, row_count: {max: 5}}
"""


@pytest.mark.parametrize(
    ("policy", "mode"),
    [
        (QUARANTINE, "batch"),
        (QUARANTINE, "stream"),
        (WARN, "batch"),
        ("{mode: warn, row_count: {min: 400}, max_null_ratio: {at: 0.05}}", "stream"),
    ],
)
def test_a_gate_says_the_same_of_all_rows_together(project, mode, policy):
    project.write({"pipeline.yaml": GATE % policy.strip(), **delivered()})
    told = the_same(project, mode, stream_chunk_size=7)
    assert told["steps"][0]["metrics"]["quality_violations"] > 0


def test_a_gate_that_fails_names_rows_as_one_machine_counts_them(project):
    policy = "{unique_keys: [id, [id, n]], not_null: [at], row_count: {max: 100}, max_null_ratio: {note: 0.5}}"
    project.write({"pipeline.yaml": GATE % policy, **delivered()})
    here, there = (failed(project, engine) for engine in ("local", "spark"))
    assert "repeats row" in here
    assert there == here


def test_columns_that_are_not_there_and_values_without_an_order_are_told_as_on_one_machine(project):
    code = (
        "from trakt import step_contract\n\n"
        '@step_contract(inputs=["input"], outputs=["output"], supports_partitions=True)\n'
        "def run(ctx, input):\n    return input.assign(at=[i if i % 2 else str(i) for i in range(len(input))])\n"
    )
    mixed = "  - {id: mixed, uses: steps.mixed, with: {input: some, output: mixed}}\n"
    latest = ONE.replace("input: some", "input: mixed") % "{keys: [id], winner: latest, order_by: at}"
    project.write({"steps/mixed.py": code, **delivered()})
    for steps, said in ((mixed + latest, "no common order"), (ONE % "{keys: [di], winner: last}", "no column 'di'")):
        project.write({"pipeline.yaml": DEDUPE % steps})
        here, there = (failed(project, engine) for engine in ("local", "spark"))
        assert said in here
        assert there == here
        manifest = json.loads((project.folder / "out-spark-batch/manifest.json").read_text())
        assert manifest["error"]["step_id"] == "once"


RAISES = """
from trakt import step_contract

@step_contract(inputs=["input"], outputs=["output"], supports_partitions=True)
def run(ctx, input):
    assert not (input["id"] == %d).any(), "id %d"
    return input
"""


@pytest.mark.parametrize(("most", "said"), [(1, "4 rows, at most 1 wanted"), (9, "AssertionError: id 3")])
def test_what_a_step_in_front_says_of_all_rows_goes_before_what_a_later_one_says_of_some(project, most, said):
    steps = (
        "  - {id: gate, uses: trakt.steps.quality_gate, with: {input: i, policy: {const: {row_count: {max: %d}}}, output: a}}\n"
        "  - {id: one, uses: steps.one, with: {input: a, output: b}}\n"
        "  - {id: two, uses: steps.two, with: {input: b, output: c}}\n"
    )
    project.write({"pipeline.yaml": f"name: f\ninputs: {{i: i}}\nsteps:\n{steps % most}outputs: {{c: c}}\n"})
    project.write({"steps/one.py": RAISES % (3, 3), "steps/two.py": RAISES % (1, 1)})
    project.write({"in/i/1.csv": "id\n1\n2\n", "in/i/2.csv": "id\n3\n4\n"})
    here, there = (failed(project, engine) for engine in ("local", "spark"))
    assert said in here
    assert there.replace(f" (in {project.folder}/in/i/2.csv)", "") == here


def test_keys_meet_in_many_buckets_and_many_rounds(project, monkeypatch):
    monkeypatch.setattr("trakt.engine.spark.exchange.PARTS_AT_ONCE", 2)
    files = {f"in/orders/f{at:02d}.csv": f"id,n\n{at % 3},{at}\n{at},{at % 4}\n" for at in range(5)}
    policy = "{mode: quarantine, unique_keys: [id, n]}"
    project.write({"pipeline.yaml": GATE % policy, **files})
    told = the_same(project)
    assert told["steps"][0]["rows_in"] - told["steps"][0]["rows_out"] == 6
