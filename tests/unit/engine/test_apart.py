from pathlib import Path

import pytest

from trakt import load_pipeline_from_yaml
from trakt.engine.limits import Limits
from trakt.engine.plan import plan
from trakt.engine.request import RunRequest
from trakt.errors import PipelineError

PIPELINE = """
name: p
inputs: {i: {uri: i.csv, required: false}, other: other.csv}
steps:
  - {id: mine, uses: steps.mine, with: {input: i, output: a}}
  - {id: two, uses: steps.two, with: {input: a, other: other, output: b}}
  - {id: once, uses: trakt.steps.dedupe, with: {input: b, policy: other, output: c}}
  - {id: kept, uses: trakt.steps.select, with: {input: c, columns: {const: [a]}, output: d}}
outputs: {d: d}
execution: {engine: spark}
"""
MINE = "def run(ctx, input):\n    return {'output': input}\n"
TWO = """
from trakt import step_contract


@step_contract(inputs=["input", "other"], outputs=["output"], supports_partitions=True)
def run(ctx, input, other):
    return {"output": input}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {"pipeline.yaml": PIPELINE, "steps/mine.py": MINE, "steps/two.py": TWO}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "i.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\n1\n")
    return tmp_path


def asked(folder: Path, **more) -> RunRequest:
    return RunRequest(pipeline=load_pipeline_from_yaml(folder / "pipeline.yaml"), input_dir=str(folder), **more)


def test_every_step_that_cannot_be_called_for_parts_of_the_rows_is_refused_with_what_to_do(folder: Path) -> None:
    with pytest.raises(PipelineError) as refused:
        plan(asked(folder))
    places = [fault.where.removeprefix(str(folder)) for fault in refused.value.faults if fault.where]
    assert places == ["/pipeline.yaml:5:16", "/pipeline.yaml:6:15", "/pipeline.yaml:7:16"]
    mine, two, once = refused.value.faults
    assert mine.what == "step 'mine' does not say that it may be called for parts of the rows"
    assert "supports_partitions=True" in str(mine.hint)
    assert two.what.startswith("step 'two' reads a, other; called for parts of the rows, a step reads exactly one")
    assert once.what == "step 'once' must be given a literal under 'policy', to run on Spark"
    assert all("engine: local" in str(fault.hint) for fault in refused.value.faults)


def test_the_callers_engine_goes_before_that_of_the_pipeline(folder: Path) -> None:
    planned = plan(asked(folder, engine="local"))
    assert planned.engine == "local"
    assert planned.as_dict()["engine"] == "local"


def test_a_lambda_function_has_no_spark(folder: Path) -> None:
    with pytest.raises(PipelineError, match="a Lambda function has no Spark"):
        plan(asked(folder, limits=Limits(has_spark=False)))


def test_an_input_that_is_absent_is_refused_rather_than_left_out(folder: Path) -> None:
    (folder / "i.csv").unlink()
    (folder / "pipeline.yaml").write_text(
        "name: p\ninputs: {i: {uri: i.csv, required: false}}\noutputs: {o: i}\nexecution: {engine: spark}\n"
    )
    with pytest.raises(PipelineError, match="input 'i' is absent"):
        plan(asked(folder))


def test_an_engine_that_nobody_knows_is_refused(folder: Path) -> None:
    with pytest.raises(PipelineError, match="unknown engine 'sparc'"):
        plan(asked(folder, engine="sparc"))


def test_a_plan_for_spark_says_so(folder: Path) -> None:
    (folder / "pipeline.yaml").write_text("name: p\ninputs: {i: i.csv}\noutputs: {o: i}\nexecution: {engine: spark}\n")
    planned = plan(asked(folder))
    assert planned.describe().startswith("plan of p (batch on Spark)")
    assert not planned.is_collected


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("left: [i, other], right: other, policy: {const: {keys: a}}", "one artifact under 'left'"),
        ("left: i, right: other, policy: other", "a literal under 'policy'"),
    ],
)
def test_a_join_whose_sides_are_not_one_artifact_each_is_refused(folder: Path, given: str, what: str) -> None:
    (folder / "pipeline.yaml").write_text(
        "name: p\ninputs: {i: i.csv, other: other.csv}\nsteps:\n"
        f"  - {{id: j, uses: trakt.steps.join, with: {{{given}, output: o}}}}\n"
        "outputs: {o: o}\nexecution: {engine: spark}\n"
    )
    with pytest.raises(PipelineError, match=f"step 'j' must be given {what}, to run on Spark"):
        plan(asked(folder))
