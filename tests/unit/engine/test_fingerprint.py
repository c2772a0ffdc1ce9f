from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import trakt
from trakt.engine.fingerprint import exact, fingerprint_of
from trakt.engine.load import load_pipeline_from_yaml
from trakt.engine.plan import plan
from trakt.engine.request import RunRequest
from trakt.pipeline.code import Unknowable
from trakt.pipeline.model import Const, Input, Output, Pipeline, Ref, Step
from trakt.pipeline.uses import StepRegistry

PIPELINE = """\
name: orders
version: "1"
inputs: {orders: orders/*.csv, spare: {uri: spare.csv, required: false}}
steps:
  - {id: net, uses: steps.net, with: {input: orders, tax: 0.2, output: net}}
outputs: {net: net}
"""
STEP = """\
from steps.shared import rate

def run(ctx, input, tax):
    import lazy
    return {"output": input}
"""
OTHER = "def run(ctx, input):\n    return input\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "pipeline.yaml": PIPELINE,
        "steps/net.py": STEP,
        "steps/shared.py": "rate = 1\n",
        "steps/inner/later.py": "rate = 1\n",
        "lazy.py": "import lazier\n",
        "lazier.py": "rate = 1\n",
        "unused.py": "rate = 1\n",
        "in/orders/a.csv": "id\n1\n",
        "in/orders/b.csv": "id\n2\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def of(folder: Path, **more: Any) -> str | None:
    pipeline = load_pipeline_from_yaml(folder / "pipeline.yaml")
    given = {"input_dir": str(folder / "in"), "output_dir": str(folder / "out"), "client_id": "acme", "batch_id": "b1"}
    return fingerprint_of(plan(RunRequest(pipeline=pipeline, **{**given, **more})))


def test_the_same_run_has_the_same_fingerprint_whenever_it_is_asked(folder: Path) -> None:
    first = of(folder, run_id="r1")
    assert first is not None
    assert len(first) == 64
    assert of(folder, run_id="r2") == first


@pytest.mark.parametrize(
    "more",
    [
        {"mode": "stream"},
        {"mode": "batch"},
        {"chunk_rows": 7},
        {"runtime": "lambda"},
        {"output_dir": "elsewhere"},
        {"manifest_path": "elsewhere/m.json"},
        {"strict": False},
        {"force": True},
    ],
)
def test_what_changes_no_byte_is_no_part_of_it(folder: Path, more: dict[str, Any]) -> None:
    if "mode" in more:
        (folder / "steps" / "net.py").write_text(STEP + "\nrun.supports_stream = True\n")
    assert of(folder, **more) == of(folder)


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "other"},
        {"client_id": None},
        {"batch_id": "b2"},
        {"pipeline_version": "2"},
        {"params": {"net.tax": 0.3}},
        {"params": {"net.tax": {"a": 1}}},
        {"params": {"net.tax": {"b": 1}}},
        {"metadata": {"job_name": "night"}},
        {"inputs": {"orders": "orders/a.csv"}},
        {"inputs": {"orders": "orders/b.csv,orders/a.csv"}},
    ],
)
def test_whatever_a_step_or_an_output_could_tell_apart_is_part_of_it(folder: Path, more: dict[str, Any]) -> None:
    assert of(folder, **more) not in (None, of(folder))


@pytest.mark.parametrize(
    "name",
    ["pipeline.yaml", "steps/net.py", "steps/shared.py", "steps/inner/later.py", "lazy.py", "lazier.py"],
)
def test_the_pipeline_and_the_code_that_it_may_reach_are_part_of_it(folder: Path, name: str) -> None:
    before = of(folder)
    path = folder / name
    path.write_text(path.read_text() + "# changed\n")
    assert of(folder) not in (None, before)


def test_code_that_nothing_names_is_no_part_of_it(folder: Path) -> None:
    before = of(folder)
    (folder / "unused.py").write_text("rate = 2\n")
    assert of(folder) == before


@pytest.mark.parametrize(
    ("name", "content"), [("orders/a.csv", "id\n11\n"), ("orders/c.csv", ""), ("spare.csv", "id\n")]
)
def test_names_and_sizes_of_files_are_part_of_it(folder: Path, name: str, content: str) -> None:
    before = of(folder)
    (folder / "in" / name).write_text(content)
    assert of(folder) not in (None, before)


def test_what_a_file_holds_is_compared_elsewhere(folder: Path) -> None:
    before = of(folder)
    (folder / "in" / "orders" / "a.csv").write_text("id\n7\n")
    assert of(folder) == before


def test_another_trakt_makes_another_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(folder)
    monkeypatch.setattr(trakt, "__version__", "9")
    assert of(folder) not in (None, before)


def test_a_pipeline_that_was_changed_after_it_was_loaded_is_another_one(folder: Path) -> None:
    def changed(**parts: Any) -> str | None:
        pipeline = replace(load_pipeline_from_yaml(folder / "pipeline.yaml"), **parts)
        return fingerprint_of(plan(RunRequest(pipeline=pipeline, input_dir=str(folder / "in"))))

    (first,) = load_pipeline_from_yaml(folder / "pipeline.yaml").steps
    assert changed() not in (None, changed(steps=(replace(first, id="gross"),)))


def plain_step(ctx: Any, input: Any) -> Any:
    return input


def made_step(factor: Any) -> Callable[..., Any]:
    def run(ctx: Any, input: Any) -> Any:
        return input * factor

    return run


class StepOfAClass:
    def __call__(self, ctx: Any, input: Any) -> Any:
        return input


def in_python(folder: Path, function: Any, registry: StepRegistry | None = None, **bound: Any) -> str | None:
    pipeline = Pipeline(
        "orders",
        (Input("orders", "orders/a.csv"),),
        (Step("s", function, {"input": Ref("orders"), "output": Ref("o"), **bound}),),
        (Output("o", "o"),),
    )
    request = RunRequest(pipeline=pipeline, input_dir=str(folder / "in"), registry=registry)
    return fingerprint_of(plan(request))


def test_a_function_stands_for_its_file_and_what_it_carries_along(folder: Path) -> None:
    known = {in_python(folder, each) for each in (plain_step, made_step(2), made_step(3), made_step("3"), made_step(2))}
    assert None not in known
    assert len(known) == 4


@pytest.mark.parametrize("step", [made_step([1]), made_step(plain_step), StepOfAClass(), StepOfAClass().__call__])
def test_a_step_without_code_to_compare_has_none(folder: Path, step: Any) -> None:
    assert in_python(folder, step) is None


def test_an_alias_stands_for_its_function(folder: Path) -> None:
    first = in_python(folder, "named", StepRegistry({"named": plain_step}))
    assert in_python(folder, "named", StepRegistry({"named": made_step(2)})) not in (None, first)


def test_literals_are_part_of_it_and_objects_have_none(folder: Path) -> None:
    def with_literal(value: Any) -> str | None:
        return in_python(folder, takes_two, other=Const(value))

    assert len({with_literal(value) for value in (1, 1.0, True, "1", [1], {"1": 1}, {1: 1}, None)}) == 8
    assert with_literal(object()) is None


def takes_two(ctx: Any, input: Any, other: Any) -> Any:
    return input


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], (1, 2)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (date(2026, 2, 5), "2026-02-05"),
        (Decimal("1.0"), Decimal("1.00")),
        ({1, 2}, frozenset({1, 2})),
        (b"a", "a"),
        ({"mapping": []}, {}),
    ],
)
def test_values_of_which_a_step_could_tell_are_told_apart(one: Any, other: Any) -> None:
    assert exact(one) != exact(other)
    assert exact(one) == exact(one)


def test_what_is_no_plain_data_is_refused() -> None:
    with pytest.raises(Unknowable, match="a object is no plain data"):
        exact({"deep": [object()]})
