"""Who reads and makes what, and every fault of that, with its place in the file."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from trakt.errors import PipelineError
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import FieldFault
from trakt.pipeline.graph import examine, resolve
from trakt.pipeline.model import Const, Execution, Input, Output, Pipeline, Ref, Step
from trakt.pipeline.uses import StepRegistry
from trakt.pipeline.yaml_file import read_pipeline


@step_contract(inputs=["input", "factor"], outputs=["output"], supports_stream=True)
def scale(ctx: Any, input: Any, factor: Any = 2) -> dict[str, Any]:
    return {"output": input}


@step_contract(inputs=["left", "right"], outputs=["output", "rest"])
def join(ctx: Any, left: Any, right: Any) -> dict[str, Any]:
    return {"output": left, "rest": right}


@step_contract(inputs=["input"], outputs=["output"], supports_batch=False, supports_stream=True)
def only_stream(ctx: Any, input: Any) -> dict[str, Any]:
    return {"output": input}


@step_contract(inputs=["input"], outputs=["output"])
def anything(ctx: Any, input: Any, **others: Any) -> dict[str, Any]:
    return {"output": input}


def plain(ctx: Any, input: Any, factor: Any = 2) -> dict[str, Any]:
    return {"output": input}


def check_policy(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:
    faults = [
        FieldFault(("policy", key), f"unknown key '{key}'", "did you mean 'mode'?")
        for key in literals.get("policy", {})
        if key != "mode"
    ]
    return [*faults, *([FieldFault(("limit",), "too much", None)] if literals.get("limit", 0) > 9 else [])]


@step_contract(inputs=["input", "policy", "limit"], outputs=["output"], supports_stream=True, check=check_policy)
def gate(ctx: Any, input: Any, policy: Any = None, limit: int = 1) -> dict[str, Any]:
    return {"output": input}


def raising_check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:
    raise (
        PipelineError("the policy is odd", hint="make it even")
        if "input" not in literals and literals
        else KeyError("x")
    )


@step_contract(inputs=["input", "policy"], outputs=["output"], check=raising_check)
def broken_check(ctx: Any, input: Any, policy: Any = None) -> dict[str, Any]:
    return {"output": input}


def without_context() -> None: ...


def context_by_keyword(*, ctx: Any) -> None: ...


REGISTRY = StepRegistry(
    {
        each.__name__: each
        for each in (scale, join, only_stream, anything, plain, gate, broken_check, without_context, context_by_keyword)
    }
    | {"object": type, "dict_get": {}.get}
)

Written = Callable[[str], Pipeline]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(body: str) -> Pipeline:
        file = tmp_path / "p.yaml"
        file.write_text(f"name: demo\ninputs: {{orders: , people: }}\n{textwrap.dedent(body)}")
        reading = read_pipeline(file)
        assert reading.faults == ()
        assert reading.pipeline is not None
        return reading.pipeline

    return write


def told(pipeline: Pipeline, **options: Any) -> list[tuple[str, str, str | None]]:
    graph, faults = examine(pipeline, registry=REGISTRY, **options)
    assert graph is None
    folder = f"{pipeline.origin.root}/p.yaml:"
    return [((fault.where or "").replace(folder, ""), fault.what, fault.hint) for fault in faults]


def test_a_graph_tells_who_reads_what(written: Written) -> None:
    pipeline = written("""
    steps:
      - {id: a, uses: scale, with: {input: orders, factor: 3, output: x}}
      - {id: b, uses: join, with: {left: x, right: {one: x, two: [orders]}, output: y, rest: [r1, {s: r2}]}}
    outputs: {final: y, copy: x}
    """)
    graph = resolve(pipeline, registry=REGISTRY)

    first, second = graph.steps
    assert (first.id, first.uses, first.function) == ("a", "scale", scale)
    assert first.inputs == {"input": Ref("orders"), "factor": Const(3)}
    assert (first.outputs, first.reads, first.makes) == ({"output": "x"}, ("orders",), ("x",))
    assert second.outputs == {"output": "y", "rest": ("r1", {"s": "r2"})}
    assert (second.reads, second.makes) == (("x", "orders"), ("y", "r1", "r2"))
    assert graph.readers == {
        "orders": ("step:a", "step:b"),
        "people": (),
        "x": ("step:b", "step:b", "output:copy"),
        "y": ("output:final",),
        "r1": (),
        "r2": (),
    }
    assert graph.unread == ("people",)


def test_an_undeclared_function_takes_its_parameters_and_returns_the_rest() -> None:
    pipeline = Pipeline(
        "p", (Input("a", "a.csv"),), (Step("s", plain, {"input": Ref("a"), "result": Ref("b")}),), (Output("o", "b"),)
    )
    step = resolve(pipeline, params={"s.factor": 5}).steps[0]

    assert (step.contract.inputs, step.contract.outputs) == (("input", "factor"), ("result",))
    assert step.inputs == {"input": Ref("a"), "factor": Const(5)}
    assert step.uses.endswith("test_graph.plain")


def test_an_input_may_be_published_as_it_is(written: Written) -> None:
    graph = resolve(written("outputs: {copy: orders}"))

    assert (graph.readers["orders"], graph.unread) == (("output:copy",), ("people",))


# ¶ stands before the place that the fault must name
FAULTS = {
    'steps: [{id: s, uses: scale, with: {¶inptu: orders, output: x}}]': (
        "step 's' knows no 'inptu'",
        "did you mean 'input'?",
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, ¶zzz: 5, output: x}}]': (
        "step 's' knows no 'zzz'",
        'it knows input, factor, output',
    ),
    'steps: [{id: s, uses: scale, ¶with: {output: x}}]': (
        "step 's' lacks 'input', which its function needs",
        'bind it: `input: <artifact>` or `input: {const: <value>}`',
    ),
    'steps: [{id: s, uses: plain, with: {¶inptu: orders, output: x}}]': (
        "step 's' lacks 'input', which its function needs",
        "'inptu' is bound; did you mean 'input'?",
    ),
    'steps: [{id: s, uses: scale, ¶with: {input: orders}}]': (
        "step 's' binds none of its outputs",
        'name the artifact it makes: `output: <artifact>`',
    ),
    'steps: [{id: s, uses: scale, with: {¶input: ordres, output: x}}]': (
        "step 's' reads 'ordres', which is no artifact",
        "did you mean 'orders'?; for a literal text write `input: {const: ordres}`",
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, ¶factor: 3 x, output: x}}]': (
        "step 's' reads '3 x', which is no artifact",
        "known artifacts: orders, people; for a literal text write `factor: {const: '3 x'}`",
    ),
    'steps: [{id: s, uses: join, with: {left: [orders, ¶usd], right: people, output: x}}]': (
        "step 's' reads 'usd', which is no artifact",
        'known artifacts: orders, people; for a literal text write `{const: usd}`',
    ),
    'steps: [{id: s, uses: gate, with: {input: orders, policy: {¶mode: warn, keys: [id]}, output: x}}]': (
        "step 's' reads 'warn' (and 1 more) in 'policy', which is no artifact",
        "bare text names artifacts; if 'policy' is a literal, write `policy: {const: {...}}`",
    ),
    'steps:\n  - {id: s, uses: scale, with: {¶input: y, output: x}}\n  - {id: t, uses: scale, with: {input: orders, output: y}}': (
        "step 's' reads 'y', which a later step makes: 't'",
        "move step 't' before 's'",
    ),
    'steps:\n  - {id: s, uses: scale, with: {¶input: z, output: x}}\n  - {id: t, uses: scale, with: {input: x, output: y}}\n  - {id: u, uses: scale, with: {input: y, output: z}}': (
        "step 's' reads 'z', which a later step makes: 'u'",
        'they wait for each other; let one of them read another artifact',
    ),
    'steps: [{id: s, uses: scale, with: {¶input: x, output: x}}]': (
        "step 's' reads 'x', which it makes itself",
        'read another artifact',
    ),
    'steps:\n  - {id: s, uses: scale, with: {input: orders, output: x}}\n  - {id: t, uses: scale, with: {input: orders, ¶output: x}}': (
        "step 't' makes 'x', which step 's' already makes (FILE:4:48)",
        'an artifact is made once; choose another name',
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, ¶output: people}}]': (
        "step 's' makes 'people', which is the name of an input",
        'choose another name',
    ),
    "steps: [{id: s, uses: scale, with: {input: orders, ¶output: ''}}]": (
        "step 's' makes an artifact without a name",
        None,
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, ¶output: {const: x}}}]': (
        "the output 'output' must be the name of an artifact, or a list or mapping of names, not 'x'",
        None,
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, output: [x, ¶5]}}]': (
        "the output 'output' must be the name of an artifact, or a list or mapping of names, not 5",
        None,
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, ¶output: []}}]': (
        "the output 'output' must be the name of an artifact, or a list or mapping of names, and it is empty",
        None,
    ),
    'outputs: {¶final: ordres}': (
        "output 'final' comes from 'ordres', which nothing makes",
        "did you mean 'orders'?",
    ),
    'outputs:\n  datasets:\n    - name: final\n      ¶from: zzz': (
        "output 'final' comes from 'zzz', which nothing makes",
        'known artifacts: orders, people',
    ),
    'execution: stream\nsteps: [{id: s, ¶uses: join, with: {left: orders, right: people, output: x}}]': (
        "step 's' cannot run in stream mode",
        'declare supports_stream=True if it takes and returns iterators of frames, or set execution.mode: batch',
    ),
    'steps: [{id: s, ¶uses: only_stream, with: {input: orders, output: x}}]': (
        "step 's' cannot run in batch mode",
        'declare supports_batch=True if it takes and returns whole frames, or set execution.mode: stream',
    ),
    'steps: [{id: s, uses: gate, with: {input: orders, policy: {const: {¶moed: warn}}, output: x}}]': (
        "step 's': unknown key 'moed'",
        "did you mean 'mode'?",
    ),
    'steps: [{id: s, uses: gate, with: {input: orders, policy: {¶moed: {const: warn}}, output: x}}]': (
        "step 's': unknown key 'moed'",
        "did you mean 'mode'?",
    ),
    'steps: [{id: s, uses: gate, with: {input: orders, ¶limit: 10, output: x}}]': (
        "step 's': too much",
        None,
    ),
    'steps: [{id: s, uses: broken_check, ¶with: {input: orders, policy: 1, output: x}}]': (
        "step 's': the policy is odd",
        'make it even',
    ),
    'steps: [{id: s, ¶uses: broken_check, with: {input: orders, output: x}}]': (
        "the check of step 's' itself failed: KeyError: 'x'",
        None,
    ),
    'steps: [{id: s, ¶uses: without_context}]': (
        "test_graph.without_context() takes no context; step 's' cannot use it",
        'let its first parameter be the context: def run(ctx, ...)',
    ),
    'steps: [{id: s, ¶uses: context_by_keyword}]': (
        "test_graph.context_by_keyword() takes no context; step 's' cannot use it",
        'let its first parameter be the context: def run(ctx, ...)',
    ),
    'steps: [{id: s, ¶uses: object}]': (
        "step 's' uses 'object', whose parameters cannot be known",
        None,
    ),
    'steps: [{id: s, ¶uses: scael, with: {input: orders, result: x}}, {id: t, uses: scale, with: {input: x, output: y}}]\noutputs: {o: x}': (
        "there is no step 'scael'",
        "did you mean 'scale'?",
    ),
    'steps: [{id: s, uses: scale, with: {input: orders, ¶outptu: x}}, {id: t, uses: scale, with: {input: x, output: y}}]': (
        "step 's' knows no 'outptu'",
        "did you mean 'output'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("body", FAULTS, ids=[what for what, _ in FAULTS.values()])
def test_each_fault_names_its_place_and_the_remedy(written: Written, body: str) -> None:
    before = body[: body.index("¶")].split("\n")
    pipeline = written(body.replace("¶", ""))
    ((place, what, hint),) = told(pipeline)

    assert place == f"{len(before) + 2}:{len(before[-1]) + 1}"
    assert (what.replace(str(pipeline.origin.path), "FILE").replace("tests.unit.pipeline.", ""), hint) == FAULTS[body]


def test_all_faults_come_at_once_in_the_order_of_the_file(written: Written) -> None:
    pipeline = written("""
    outputs: {o: nothing_here}
    steps:
      - {id: s, uses: nowhere_at_all, with: {output: x}}
      - {id: t, uses: scale, with: {input: ordres, output: y, zzz: 1}}
    """)

    with pytest.raises(PipelineError) as caught:
        resolve(pipeline, registry=REGISTRY)
    assert [fault.where for fault in caught.value.faults] == [
        f"{pipeline.origin.path}:{place}" for place in ("4:11", "6:13", "7:33", "7:59")
    ]


def test_a_broken_step_module_is_told_at_its_own_line(written: Written, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\n1 / 0\n")
    (fault,) = told(written("steps: [{id: s, uses: mine}]"))

    assert fault[0] == f"{tmp_path / 'mine.py'}:2"
    assert "ZeroDivisionError: division by zero (used by step 's')" in fault[1]


def test_a_step_of_the_folder_is_resolved(written: Written, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def run(ctx, input): return {'output': input}")
    graph = resolve(written("steps: [{id: s, uses: mine, with: {input: orders, output: x}}]"))

    assert graph.steps[0].function(None, input=5) == {"output": 5}


def test_the_mode_of_the_caller_wins(written: Written) -> None:
    pipeline = written("steps: [{id: s, uses: only_stream, with: {input: orders, output: x}}]")

    assert resolve(pipeline, mode="stream", registry=REGISTRY).steps[0].id == "s"


def test_lenient_lets_names_pass_that_the_function_takes(written: Written) -> None:
    pipeline = written("steps: [{id: s, uses: anything, with: {input: orders, more: 5, output: x}}]")

    assert told(pipeline)[0][1] == "step 's' knows no 'more'"
    assert resolve(pipeline, registry=REGISTRY, strict=False).steps[0].inputs["more"] == Const(5)


def test_lenient_refuses_names_that_the_function_does_not_take(written: Written) -> None:
    pipeline = written("steps: [{id: s, uses: scale, with: {input: orders, more: 5, output: x}}]")

    assert [what for _, what, _ in told(pipeline, strict=False)] == ["step 's' knows no 'more'"]


def test_params_set_and_replace_literals(written: Written) -> None:
    pipeline = written("""
    steps:
      - {id: a, uses: scale, with: {input: orders, factor: 3, output: x}}
      - {id: a.b, uses: scale, with: {input: x, output: y}}
    """)
    graph = resolve(pipeline, registry=REGISTRY, params={"a.factor": 7, "a.b.factor": [8]})

    assert [step.inputs["factor"] for step in graph.steps] == [Const(7), Const([8])]


PARAM_FAULTS = {
    "b.factor": ("there is no step 'b' in pipeline 'demo'", "did you mean 'a.factor'?"),
    "nowhere.x": ("there is no step 'nowhere' in pipeline 'demo'", "steps: a"),
    "a": ("there is no step 'a' in pipeline 'demo'", "steps: a"),
    "a.facotr": ("step 'a' takes no 'facotr'", "did you mean 'a.factor'?"),
    "a.zzzzzzzz": ("step 'a' takes no 'zzzzzzzz'", "it takes input, factor"),
    "a.input": ("'input' of step 'a' is bound to the artifact 'orders'", "only literals can be replaced"),
    "a.output": ("'output' is an output of step 'a'", "only literals can be replaced"),
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("key", PARAM_FAULTS)
def test_a_wrong_param_is_told_by_its_name(written: Written, key: str, strict: bool) -> None:
    pipeline = written("steps: [{id: a, uses: scale, with: {input: orders, factor: 1, output: x}}]")

    assert told(pipeline, params={key: 1}, strict=strict) == [(f"--param {key}", *PARAM_FAULTS[key])]


def test_a_param_that_only_the_function_takes_needs_lenient(written: Written) -> None:
    pipeline = written("steps: [{id: a, uses: anything, with: {input: orders, output: x}}]")

    assert told(pipeline, params={"a.more": 1})[0][1] == "step 'a' takes no 'more'"
    assert resolve(pipeline, registry=REGISTRY, params={"a.more": 1}, strict=False).steps[0].inputs["more"] == Const(1)


def test_a_param_refused_by_the_check_is_told_as_a_param(written: Written) -> None:
    pipeline = written("steps: [{id: a, uses: gate, with: {input: orders, policy: {const: {}}, output: x}}]")

    assert told(pipeline, params={"a.policy": {"moed": 1}}) == [
        ("--param a.policy.moed", "step 'a': unknown key 'moed'", "did you mean 'mode'?")
    ]


def test_params_of_a_step_that_cannot_be_found_are_not_told_twice(written: Written) -> None:
    assert len(told(written("steps: [{id: a, uses: scael}]"), params={"a.factor": 1})) == 1


def test_faults_of_the_reader_and_of_the_graph_make_one_report(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "name: x\ninputs: {orders: }\nsteps:\n  - {id: s, use: scale, with: {input: orders, output: x}}\noutputs: {o: x}"
    )
    reading = read_pipeline(tmp_path / "p.yaml")
    assert reading.pipeline is not None
    _, faults = examine(reading.pipeline, registry=REGISTRY)

    assert [fault.what for fault in dict.fromkeys([*reading.faults, *faults])] == [
        "step lacks the key 'uses'",
        "unknown key 'use' in step",
    ]


def test_a_pipeline_built_in_python_is_told_how_to_give_a_literal() -> None:
    pipeline = Pipeline(
        "p", (Input("a", "a.csv"),), (Step("s", scale, {"input": Ref("a"), "factor": Ref("usd"), "output": Ref("x")}),)
    )
    ((place, _, hint),) = told(pipeline)

    assert place == "steps.0.with.factor"
    assert hint == "known artifacts: a; for a literal text write .params(factor='usd')"


def test_a_step_that_makes_nothing_may_stand_alone() -> None:
    @step_contract(inputs=["input"], outputs=[])
    def look(ctx: Any, input: Any) -> dict[str, Any]:
        return {}

    pipeline = Pipeline(
        "p", (Input("a", "a.csv"),), (Step("s", look, {"input": Ref("a")}),), execution=Execution("batch")
    )

    assert resolve(pipeline).steps[0].makes == ()
