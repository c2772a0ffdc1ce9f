"""What a step of one's own tells of parts is what it tells of all rows: in the manifest, on spans and in errors."""

import json

import pytest

from tests.fakes.executors import in_this_process
from trakt import load_pipeline_from_yaml
from trakt.errors import RunError
from trakt.runtime.local_runner import LocalRunner
from trakt.telemetry import Recording

PIPELINE = """
name: p
inputs: {orders: {uri: orders}}
steps: [{id: own, uses: steps.own, with: {input: orders, output: made}}]
outputs: {made: made}
"""
STEP = """
from trakt import step_contract

@step_contract(inputs=["input"], outputs=["output"], supports_partitions=True)
def run(ctx, input):
    %s
"""
TWICE = """
    for _ in range(2):
        ctx.emit_event("looked", at="all")
    ctx.emit_event("known", rate=0.5)
    return {"output": input, "__metrics__": {"rows_seen": len(input)}}"""
OBJECTS = """
    class Rate:
        def __str__(self):
            return "half"
    ctx.emit_event("known", rate=Rate())
    return {"output": input, "__metrics__": {"rate": Rate(), "rows_seen": len(input)}}"""
REASONS = """
    for number in input["n"]:
        ctx.reject(input[input["n"] == number], reason=f"reason_{number}")
    return {"output": input.iloc[:0]}"""


def written(root, step):
    (root / "steps").mkdir()
    (root / "orders").mkdir()
    (root / "steps/own.py").write_text(STEP % step.strip())
    (root / "pipeline.yaml").write_text(PIPELINE)
    for part in range(2):
        (root / f"orders/{part}.csv").write_text("n\n" + "".join(f"{60 * part + row}\n" for row in range(60)))
    return load_pipeline_from_yaml(root / "pipeline.yaml")


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_an_event_is_noted_as_often_as_it_was_told_of_a_part_and_stands_on_the_span_too(tmp_path, engine, monkeypatch):
    pipeline, telemetry = written(tmp_path, TWICE), Recording()
    monkeypatch.setattr("trakt.engine.run.Silent", lambda: telemetry)
    with in_this_process():
        LocalRunner(input_dir=tmp_path, output_dir=tmp_path / "out").run(pipeline, engine=engine)
    told = json.loads((tmp_path / "out/manifest.json").read_text())
    assert [each["name"] for each in told["events"]] == ["looked", "looked", "known"]
    (span,) = [each for each in telemetry.spans if each.name == "step.own"]
    assert [name for name, _ in span.events] == ["looked", "looked", "known"]
    assert span.attributes["metric.rows_seen"] == told["steps"][0]["metrics"]["rows_seen"] == 120


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_too_many_reasons_to_reject_rows_are_told_in_the_name_of_the_step(tmp_path, engine):
    pipeline = written(tmp_path, REASONS)
    with in_this_process(), pytest.raises(RunError, match=r"^step 'own'.*over 100 reasons to reject rows"):
        LocalRunner(input_dir=tmp_path, output_dir=tmp_path / "out").run(pipeline, engine=engine)


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_an_object_that_only_the_step_knows_is_told_by_its_text(tmp_path, engine):
    pipeline = written(tmp_path, OBJECTS)
    with in_this_process():
        LocalRunner(input_dir=tmp_path, output_dir=tmp_path / "out").run(pipeline, engine=engine)
    told = json.loads((tmp_path / "out/manifest.json").read_text())
    assert [each["attributes"] for each in told["events"]] == [{"rate": "half"}]
    assert told["steps"][0]["metrics"] == {"rate": "half", "rows_seen": 120}
