"""Pipelines built in Python mean what they would mean in YAML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trakt.errors import PipelineError
from trakt.pipeline.dsl import artifact, const, ref, step, workflow
from trakt.pipeline.model import Const, Execution, Input, Output, Pipeline, Ref, Step
from trakt.pipeline.yaml_file import read_pipeline
from trakt.schema import LogicalType, Schema

YAML = """
name: demo
inputs:
  orders: {uri: orders/*.csv, kind: csv, combine_strategy: union_by_name, metadata: {delimiter: auto, required: false}, schema: {id: string}}
  people: {uri: people.csv}
steps:
  - id: join
    uses: steps.join
    with:
      sides: [orders, people]
      by: {left: orders}
      policy: {const: {how: left}}
      currency: {const: usd}
      output: joined
      parts: {good: joined_good, bad: [joined_bad]}
outputs:
  datasets: [{name: final, from: joined, kind: csv, uri: final.csv, metadata: {write_options: {delimiter: "|"}}}]
execution: {mode: stream, chunk_rows: 10}
"""


def run(ctx: Any, input: Any) -> dict[str, Any]:
    return {"output": input}


def test_a_workflow_builds_what_the_same_yaml_says(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(YAML)
    orders = artifact("orders").at("orders/*.csv").as_kind("csv").combine("union_by_name").with_schema({"id": "string"})
    join = (
        step("join", run="steps.join")
        .input(sides=[orders, ref("people")], by={"left": "orders"})
        .params(policy={"how": "left"}, currency="usd")
        .output(output=ref("joined"), parts={"good": "joined_good", "bad": ["joined_bad"]})
    )
    built = (
        workflow("demo")
        .sources([orders.meta(delimiter="auto").meta(required=False), artifact("people").at("people.csv")])
        .steps([join])
        .output("final", from_="joined", kind="csv", uri="final.csv", metadata={"write_options": {"delimiter": "|"}})
        .execution("stream", chunk_rows=10)
        .build()
    )
    read = read_pipeline(tmp_path / "p.yaml").pipeline

    assert read is not None
    assert (built.name, built.inputs, built.steps, built.outputs, built.execution) == (
        read.name,
        read.inputs,
        read.steps,
        read.outputs,
        read.execution,
    )
    assert (built.origin.path, built.origin.root) == (None, None)


def test_an_input_may_be_described_in_one_call() -> None:
    pipeline = (
        workflow("w")
        .input("a")
        .input(artifact("b").at("b.csv").meta(delimiter=";"), uri="c.csv", required=False, schema=["id"])
        .source("d")
        .input("e", kind="csv", combine_strategy="concat", metadata={"types": "text"}, schema={"id": "int"})
        .build()
    )

    assert pipeline.inputs == (
        Input("a", "a.csv"),
        Input("b", "c.csv", required=False, metadata={"delimiter": ";"}, schema=Schema(("id",))),
        Input("d", "d.csv"),
        Input("e", "e.csv", metadata={"types": "text"}, schema=Schema(("id",), {"id": LogicalType.INT})),
    )


def test_bind_means_what_with_means_in_yaml() -> None:
    draft = step("s", run=run).bind(
        input="a",
        other=artifact("b"),
        text=const("usd"),
        n=5,
        none=None,
        many=["a", 5, artifact("b")],
        deep={"x": {"const": "y"}},
    )

    assert draft.bindings == {
        "input": Ref("a"),
        "other": Ref("b"),
        "text": Const("usd"),
        "n": Const(5),
        "none": Const(None),
        "many": (Ref("a"), Const(5), Ref("b")),
        "deep": {"x": Const("y")},
    }


def test_params_are_literals_whatever_they_look_like() -> None:
    draft = step("s", run=run).params(
        text="a", const=const(5), nested={"const": ["x"]}, ids=("a", "b"), self=1, nothing=None
    )

    assert draft.bindings == {
        "text": Const("a"),
        "const": Const(5),
        "nested": Const({"const": ["x"]}),
        "ids": Const(("a", "b")),
        "self": Const(1),
        "nothing": Const(None),
    }


def test_builders_are_values_that_no_call_changes() -> None:
    orders, draft, flow = artifact("orders"), step("s", run=run), workflow("w")
    orders.at("x.csv").meta(delimiter=";")
    draft.input(input="a").params(n=1).output(output="b")
    flow.input("a").step(draft).output("o", from_="a").execution("stream")

    assert flow.source(orders).step(draft).build() == Pipeline(
        "w", (Input("orders", "orders.csv"),), (Step("s", run),), (), Execution()
    )


def test_a_workflow_is_run_by_a_runner_with_its_options() -> None:
    class Runner:
        def run(self, pipeline: Pipeline, /, **options: Any) -> dict[str, Any]:
            return {"name": pipeline.name, **options}

    assert workflow("w").run(Runner(), run_id="dev") == {"name": "w", "run_id": "dev"}


def test_an_output_may_come_from_a_ref_or_an_artifact() -> None:
    pipeline = workflow("w").output("a", from_=ref("x")).output("b", from_=artifact("y")).build()

    assert pipeline.outputs == (Output("a", "x"), Output("b", "y"))


anything: Any = object()
url: Any = {"url": "b"}
knid: Any = {"knid": "csv"}
WRONG: list[tuple[Callable[[], Any], str, str, str]] = [
    (lambda: artifact(""), "artifact()", "must be a non-empty text, not ''", ""),
    (lambda: artifact(anything), "artifact()", "must be a non-empty text", ""),
    (lambda: ref(anything), "ref()", "must be a non-empty text", ""),
    (lambda: workflow(anything), "workflow()", "must be a non-empty text", ""),
    (lambda: step("", run=run), "step()", "must be a non-empty text", ""),
    (lambda: step("a b", run=run), "step()", "'a b' cannot be the id of a step", "letters"),
    (lambda: step("s", run=anything), "step('s')", "run= must be a function or the name of a step", ""),
    (lambda: step("s", run=" "), "step('s')", "run= must be a function or the name of a step", ""),
    (
        lambda: artifact("a").combine("union"),
        "artifact('a').combine()",
        "'combine_strategy' must be concat, validate_schema or union_by_name",
        "",
    ),
    (
        lambda: artifact("a").combine("contact"),
        "artifact('a').combine()",
        "'combine_strategy' must be",
        "did you mean 'concat'?",
    ),
    (lambda: artifact("a").at(anything), "artifact('a').at()", "'uri' must be a text", ""),
    (lambda: artifact("a").as_kind(anything), "artifact('a').as_kind()", "'kind' must be a text", ""),
    (
        lambda: artifact("a").with_schema({"id": "itn"}),
        "artifact('a').with_schema()",
        "unknown type 'itn'",
        "did you mean 'int'?",
    ),
    (lambda: artifact("a").meta(required="no"), "artifact('a').meta()", "'required' must be true or false", ""),
    (lambda: step("s", run=run).input(x=5), "step('s').input()", "'x' must be an artifact, not 5", ".params(x=...)"),
    (
        lambda: step("s", run=run).input(x=["a", const("b")]),
        "step('s').input()",
        "'x' must be an artifact",
        ".params(x=...)",
    ),
    (lambda: step("s", run=run).input(x=""), "step('s').input()", "'x' must be an artifact, not ''", ""),
    (lambda: step("s", run=run).params(x=ref("a")), "step('s').params()", "'x' holds an artifact", ".input(x=...)"),
    (
        lambda: step("s", run=run).params(x=[{"y": artifact("a")}]),
        "step('s').params()",
        "'x' holds an artifact",
        ".input(x=...)",
    ),
    (lambda: step("s", run=run).output(x=None), "step('s').output()", "'x' must be an artifact, not None", ""),
    (lambda: step("s", run=run).input(x="a").params(x=1), "step('s').params()", "'x' is bound already", "once"),
    (lambda: step("s", run=run).input(x="a").bind(x="b"), "step('s').bind()", "'x' is bound already", "once"),
    (lambda: workflow("w").source(anything), "workflow('w').source()", "an input is an artifact(...) or a name", ""),
    (lambda: workflow("w").sources("ab"), "workflow('w').sources()", "a list of artifacts is needed, not 'ab'", ""),
    (
        lambda: workflow("w").source("a").input("a"),
        "workflow('w').input()",
        "the input 'a' is there already",
        "another name",
    ),
    (
        lambda: workflow("w").input("a", **url),
        "workflow('w').input()",
        "unknown key 'url' in input 'a'",
        "did you mean 'uri'?",
    ),
    (lambda: workflow("w").step(anything), "workflow('w').step()", "a step is made by step(id, run=...)", ""),
    (lambda: workflow("w").steps(anything), "workflow('w').steps()", "a list of steps is needed", ""),
    (
        lambda: workflow("w").steps([step("s", run=run)] * 2),
        "workflow('w').steps()",
        "the step id 's' stands twice",
        "its own id",
    ),
    (
        lambda: workflow("w").output("a", from_=anything),
        "workflow('w').output()",
        "'from' must be the name of an artifact",
        "",
    ),
    (
        lambda: workflow("w").output("a", from_="b").output("a", from_="c"),
        "workflow('w').output()",
        "the output 'a' is there already",
        "another name",
    ),
    (
        lambda: workflow("w").output("a", from_="b", **knid),
        "workflow('w').output()",
        "unknown key 'knid' in output",
        "did you mean 'kind'?",
    ),
    (lambda: workflow("w").execution(anything), "workflow('w').execution()", "'mode' must be a text", ""),
    (
        lambda: workflow("w").execution("stream", chunk_rows=0),
        "workflow('w').execution()",
        "'chunk_rows' must be at least 1",
        "",
    ),
]


@pytest.mark.parametrize(
    ("wrong", "where", "what", "hint"), WRONG, ids=[f"{where} {what}" for _, where, what, _ in WRONG]
)
def test_wrong_use_names_the_call(wrong: Callable[[], Any], where: str, what: str, hint: str) -> None:
    with pytest.raises(PipelineError) as caught:
        wrong()

    (fault,) = caught.value.faults
    assert fault.where == where
    assert what in fault.what
    assert hint in (fault.hint or "")
