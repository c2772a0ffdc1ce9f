"""What fails on Spark is told as one machine tells it, and leaves nothing half done."""

import json

import pytest

from trakt.errors import InputError, OutputError, RunError, StepError, TraktError

PIPELINE = """
name: fails
inputs: {i: %s}
steps:
  - {id: s, uses: %s, with: {input: i, %s output: o}}
outputs: {o: o}
"""
STEP = """
from trakt import step_contract

@step_contract(inputs=["input"], outputs=["output"], supports_partitions=True)
def run(ctx, input):
    %s
"""
GOOD, OTHER = "id,v\n1,2\n2,3\n", "id,v\n9,3\n"


def failed(project, engine: str, kind: type[TraktError]) -> TraktError:
    with pytest.raises(kind) as raised:
        project.run(engine)
    out = project.folder / f"out-{engine}-batch"
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert json.loads((out / "manifest.json").read_text())["status"] == "failed"
    return raised.value


@pytest.mark.parametrize(
    ("second", "code", "kind"),
    [
        ("id,v\n1\n2,3\n4,5,6\n", "return input", InputError),
        ("id,w\n1,2\n", "return input", InputError),
        (OTHER, 'return input["id"]', StepError),
        (OTHER, 'return input.set_index("id")', OutputError),
    ],
)
def test_the_words_are_those_of_one_machine(project, second, code, kind):
    project.write({"pipeline.yaml": PIPELINE % ("{uri: i}", "steps.s", ""), "steps/s.py": STEP % code})
    project.write({"in/i/1.csv": GOOD, "in/i/2.csv": second})
    here, there = (str(failed(project, engine, kind)) for engine in ("local", "spark"))
    assert there.replace(f" (in {project.folder}/in/i/1.csv)", "") == here


def test_what_a_step_raises_names_its_line_and_the_file_it_was_called_for(project):
    code = 'if (input["id"] == 9).any(): raise ValueError("nine")\n    return input'
    project.write({"pipeline.yaml": PIPELINE % ("{uri: i}", "steps.s", ""), "steps/s.py": STEP % code})
    project.write({"in/i/1.csv": GOOD, "in/i/2.csv": OTHER})
    error = failed(project, "spark", StepError)
    place = f"{project.folder}/steps/s.py:6 (in {project.folder}/in/i/2.csv)"
    assert str(error).startswith(f"step 's', {place}: ValueError: nine")
    manifest = json.loads((project.folder / "out-spark-batch" / "manifest.json").read_text())
    assert (manifest["error"]["type"], manifest["steps"][0]["status"]) == ("ValueError", "failed")


def test_rows_that_a_step_names_are_those_of_the_file_it_names(project):
    project.write({"pipeline.yaml": PIPELINE % ("{uri: i}", "trakt.steps.cast", "types: {const: {v: int}},")})
    project.write({"in/i/1.csv": GOOD, "in/i/2.csv": "id,v\n7,8\n9,x\n"})
    error = failed(project, "spark", RunError)
    assert error.faults[0].where == f"step 's', row 2, column 'v' (in {project.folder}/in/i/2.csv)"


def test_too_many_bad_rows_fail_the_run_wherever_they_were_read(project):
    wanted = "{uri: i, on_bad_rows: quarantine, max_bad_rows: 1}"
    project.write({"pipeline.yaml": PIPELINE % (wanted, "steps.s", ""), "steps/s.py": STEP % "return input"})
    project.write({"in/i/1.csv": GOOD + "1\n", "in/i/2.csv": OTHER + "1\n"})
    here, there = (str(failed(project, engine, InputError)) for engine in ("local", "spark"))
    assert there == here


@pytest.mark.parametrize("schema", ["", ", schema: {types: {id: int, v: int}}"])
def test_all_faults_of_a_large_file_are_told_at_once(project, monkeypatch, schema):
    monkeypatch.setattr("trakt.engine.spark.files.PART_BYTES", 1 << 20)
    project.write(
        {"pipeline.yaml": PIPELINE % (f"{{uri: i.csv{schema}}}", "steps.s", ""), "steps/s.py": STEP % "return input"}
    )
    rows = "1234567,7654321\n" * 120_000
    project.write({"in/i.csv": f"id,v\n1,2,3\n{rows}1\n{rows}x\n1,2\n"})
    here, there = (failed(project, engine, InputError) for engine in ("local", "spark"))
    assert len(here.faults) == 3
    assert str(there) == str(here)
