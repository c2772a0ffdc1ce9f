"""What the function says of a run in its log, its error and its metrics: never a value of a row."""

from __future__ import annotations

import logging

import pytest

from tests.fakes.lambda_function import FOLDER, IDS, failures, message
from trakt.errors import InputError, OutputError, QualityError, RunError, StepError, TraktError

SECRET = "Hildegard-4711"


def step(uses, literals=None, **places):
    return {"steps": [{"id": "it", "uses": uses, "with": {"output": "out", **places, **(literals or {})}}]}


def const(**literals):
    return {name: {"const": value} for name, value in literals.items()}


RAISES = """\
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        try:
            int(input["name"][0])
        except ValueError as error:
            raise KeyError(input["name"][0]) from error
    """
QUITS = """\
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        raise SystemExit(input["name"][0])
    """
MIXES = """\
    @step_contract(inputs=["input"], outputs=["output"])
    def run(ctx, input):
        return {"output": input.assign(name=[{"of": input["name"][0]}])}
    """
ON_ORDERS = {"input": "orders"}
BAD_ROWS = {
    "a field too many": {"rows": f"1,{SECRET},x"},
    "a quote that never ends": {"rows": f'1,"{SECRET}'},
    "text in a column of ints": {"rows": f"{SECRET},x", "types": {"id": "int"}},
    "text in a column of dates": {"rows": f"1,{SECRET}", "types": {"name": "date"}},
    "a cast": step("trakt.steps.cast", const(types={"name": "int"}), **ON_ORDERS),
    "a cast to a date": step("trakt.steps.cast", const(types={"name": "date"}), **ON_ORDERS),
    "a cast to a bool": step("trakt.steps.cast", const(types={"name": "bool"}), **ON_ORDERS),
    "a filter": step("trakt.steps.filter", const(where="name.astype('int64') > 3"), **ON_ORDERS),
    "a step": {**step("steps.own", **ON_ORDERS), "own": RAISES},
    "sys.exit in a step": {**step("steps.own", **ON_ORDERS), "own": QUITS},
    "a key that stands twice": {
        "rows": f"1,{SECRET}\n2,{SECRET}",
        **step("trakt.steps.quality_gate", const(policy={"mode": "fail", "unique_keys": ["name"]}), **ON_ORDERS),
    },
    "values of several kinds in one column": {**step("steps.own", **ON_ORDERS), "own": MIXES},
    "a character of another encoding": {"write_options": {"encoding": "ascii"}, "rows": f"1,{SECRET}\u20ac"},
}  # fmt: skip


def bad_rows(function, bucket, parts):
    parts = dict(parts)
    bucket.put(f"incoming/{FOLDER}orders.csv", f"id,name\n{parts.pop('rows', f'1,{SECRET}')}\n")
    own, types = parts.pop("own", None), parts.pop("types", None)
    read = {"uri": "orders.csv", **({"schema": types} if types else {})}
    write = {"write_options": parts.pop("write_options", {})}
    outputs = [{"name": "clean", "from": "out" if "steps" in parts else "orders", "metadata": write}]
    function.pipeline(
        "orders", {"own": own} if own else {}, inputs={"orders": read}, outputs={"datasets": outputs}, **parts
    )


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_no_value_of_a_row_leaves_the_function_but_in_its_manifest(function, bucket, mode, kind, capsys):
    bad_rows(function, bucket, BAD_ROWS[kind])
    logging.getLogger("trakt").setLevel(logging.DEBUG)
    error = function.refused({**IDS, "mode": "batch" if "own" in BAD_ROWS[kind] else mode})
    assert type(error) in (InputError, RunError, StepError, TraktError, OutputError, QualityError)
    chain = [error, error.__cause__, None if error.__suppress_context__ else error.__context__]
    seen = "".join(f"{each!r}{each}{getattr(each, 'faults', '')}" for each in chain)
    out, err = capsys.readouterr()
    assert SECRET not in seen + function.text + out + err
    assert error.manifest_path in function.text
    told = bucket.get(f"clean/{FOLDER}manifest.json").decode()
    assert SECRET in told or kind not in QUOTED


QUOTED = {"a step", "a cast", "text in a column of ints", "a filter"}
"""What the manifest quotes, because whoever mends it has to see it."""


def test_a_run_that_only_warns_quotes_nothing_either(function, bucket, mode):
    policy = {"mode": "warn", "unique_keys": ["name"], "max_null_ratio": {"id": 0}}
    parts = step("trakt.steps.quality_gate", const(policy=policy), **ON_ORDERS)
    bad_rows(function, bucket, {**parts, "rows": f"1,{SECRET}\n,{SECRET}"})
    assert function.invoke({**IDS, "mode": mode})["status"] == "success"
    assert "WARNING" in {line["level"] for line in function.log}
    assert SECRET not in function.text


def test_every_line_of_a_run_names_client_batch_run_and_pipeline(function, bucket):
    event = {
        "Records": [message(1, {**IDS, "run_id": "r1"}), message(2, {**IDS, "batch_id": "absent", "run_id": "r2"})]
    }
    assert failures(function.invoke(event)) == ["m2"]
    lines = function.log
    keys = ("client_id", "batch_id", "run_id", "pipeline")
    assert {tuple(line.get(key) for key in keys) for line in lines} == {
        ("acme", "2026-02-05", "r1", "orders"),
        ("acme", "absent", "r2", "orders"),
    }
    assert {line["level"] for line in lines} == {"INFO", "ERROR"}
    assert all(line["function_request_id"] and line["service"] for line in lines)


def test_a_line_of_one_invocation_carries_nothing_of_the_one_before(function):
    from trakt.runtime.lambda_handler import logger

    function.invoke(IDS)
    # as a step of the author may do
    logger.append_keys(left_over=SECRET)
    count = len(function.log)
    function.refused({"colour": "red"})
    (line,) = function.log[count:]
    assert not {"client_id", "batch_id", "run_id", "pipeline", "left_over"} & set(line)


BROKEN = ["trakt.runtime.lambda_handler.triggers", "trakt.runtime.lambda_handler.understood"]
BROKEN += [
    "trakt.engine.run.make_plan",
    "trakt.engine.load.load_pipeline_from_yaml",
    "trakt.engine.run_steps.read_inputs",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_bug_is_told_by_its_kind_and_frames_and_not_by_its_words(function, monkeypatch, broken, capsys):
    def fails(*_, **__):
        raise ValueError(SECRET)

    monkeypatch.setattr(broken, fails)
    error = function.refused(IDS)
    assert str(error).startswith("this is a bug in Trakt: ValueError")
    assert SECRET not in str(error) + function.text + capsys.readouterr().out
    assert any("in fails" in frame for line in function.log for frame in line.get("frames", ()))


@pytest.mark.parametrize("event", [{**IDS, "batch_id": "absent"}, {"colour": "red"}])
def test_what_fails_is_one_line_of_level_error_because_the_alarm_counts_lines(function, event):
    function.refused(event)
    (line,) = [line for line in function.log if line["level"] == "ERROR"]
    assert ("run_id" in line) == ("its manifest is" in line["message"])


def test_where_a_step_raised_stands_in_the_log(function, bucket):
    bad_rows(function, bucket, BAD_ROWS["a step"])
    function.refused(IDS)
    (line,) = [line for line in function.log if line["level"] == "ERROR"]
    assert "raise KeyError" in line["frames"][-1]
