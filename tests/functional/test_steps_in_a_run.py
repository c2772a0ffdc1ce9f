"""What a step may be bound to and give back, and frames of every odd kind on their way to a file."""

from __future__ import annotations

from typing import Any

import pytest

from trakt import OutputError, RunError, StepError

HEAD = '@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)\ndef run(ctx, input):\n'


def one_step(project: Any, body: str, **bound: Any) -> None:
    project.step("work", body)
    project.write("records.csv", "id,n\n1,5\n2,6\n3,7\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "worked", **bound}}],
        outputs={"records": "worked"},
    )


def frames(project: Any, expression: str) -> None:
    """A step whose frame, or single chunk, is `expression`."""
    made = f"    frame = {expression}\n    return {{'output': frame if ctx.mode == 'batch' else iter([frame])}}"
    one_step(project, "import datetime, decimal\nimport numpy as np\n" + HEAD + made)


def test_literals_and_nested_bindings_reach_the_step_as_they_are(project: Any, mode: str) -> None:
    project.step(
        "work",
        """\
        @step_contract(inputs=["input", "a", "b", "c", "d"], outputs=["output"], supports_stream=True)
        def run(ctx, input, a, b, c, d):
            kind = pd.DataFrame if ctx.mode == "batch" else object
            ctx.emit_event("got", a=a, b=b, c=[isinstance(c[0], kind), c[1]], d=[sorted(d), d["word"], d["deep"]["n"]])
            return {"output": input}
        """,
    )
    project.write("records.csv", "id\n1\n")
    bound = {
        "input": "records",
        "a": 1.5,
        "b": None,
        "c": ["records", {"const": "x"}],
        "d": {"word": {"const": "w"}, "deep": {"n": True}},
    }
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "work", "uses": "steps.work", "with": {**bound, "output": "worked"}}],
        outputs={"records": "worked"},
    )
    got = project.good(mode).events["got"]
    assert got == {"a": 1.5, "b": None, "c": [True, "x"], "d": [["deep", "word"], "w", True]}


def test_an_artifact_that_a_step_is_given_twice_is_counted_twice(project: Any, mode: str) -> None:
    project.write("records.csv", "id,n\n1,5\n2,6\n")
    bound = {"left": "records", "right": "records", "policy": {"const": {"keys": ["id"]}}, "output": "joined"}
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "joined", "uses": "trakt.steps.join", "with": bound}],
        outputs={"joined": "joined"},
    )
    (step,) = project.good(mode).manifest["steps"]
    assert (step["rows_in"], step["rows_out"], step["accounting"]["unexplained"]) == (4, 2, 0)


def test_several_outputs_by_list_and_map_are_told_apart(project: Any, mode: str) -> None:
    project.step(
        "split",
        """\
        @step_contract(inputs=["input"], outputs=["pair", "named"], supports_stream=True)
        def run(ctx, input):
            whole = input if ctx.mode == "batch" else pd.concat(list(input))
            parts = [whole[whole["n"] == n] for n in (5, 6, 7)]
            one, two, three = parts if ctx.mode == "batch" else [iter([part]) for part in parts]
            return {"pair": [one, two], "named": {"rest": three}}
        """,
    )
    project.write("records.csv", "id,n\n1,5\n2,6\n3,7\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[
            {
                "id": "split",
                "uses": "steps.split",
                "with": {"input": "records", "pair": ["a", "b"], "named": {"rest": "c"}},
            }
        ],
        outputs={"datasets": [{"name": name, "from": name} for name in "abc"]},
    )
    done = project.good(mode, 2)
    assert [done.bytes(f"{name}.csv") for name in "abc"] == [b"id,n\n1,5\n", b"id,n\n2,6\n", b"id,n\n3,7\n"]
    assert done.manifest["steps"][0]["rows_out"] == 3


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("None", "returned NoneType"),
        ("{}", "did not return output"),
        ("{'otuput': input}", 'return {"output"'),
        ("{'output': input, '__metrics__': 5}", "__metrics__"),
        ("{'output': None}", "worked"),
        ("{'output': 5}", "int"),
        ("{'output': 'text'}", "str"),
        ("{'output': [1, 2]}", ""),
    ],
)
def test_a_step_that_returns_something_else_is_told(project: Any, mode: str, returned: str, told: str) -> None:
    one_step(project, HEAD + f"    return {returned}")
    done = project.bad(RunError, mode)
    assert told in done.told or "output 'records'" in done.told
    assert not (done.out / "records.csv").exists()


def test_a_stream_in_batch_mode_is_told(project: Any) -> None:
    one_step(project, HEAD + "    return {'output': iter([input])}")
    assert "stream" in project.bad(StepError, "batch").told


def test_a_whole_frame_in_stream_mode_is_a_stream_of_one(project: Any) -> None:
    one_step(project, HEAD + "    return {'output': pd.concat(list(input))}")
    assert project.good("stream", 1).bytes() == b"id,n\n1,5\n2,6\n3,7\n"


def test_the_line_of_the_author_stands_in_the_error(project: Any, mode: str) -> None:
    one_step(
        project,
        HEAD + "    frames = [input] if ctx.mode == 'batch' else list(input)\n    frames[0]['nothing']\n    return {}",
    )
    told = project.bad(StepError, mode).told
    assert "steps/work.py:8" in told
    assert "KeyError" in told


def test_a_step_without_a_contract_takes_what_it_is_bound_to(project: Any) -> None:
    one_step(project, "def run(ctx, input):\n    return {'output': input.head(1)}")
    assert project.good("batch").bytes() == b"id,n\n1,5\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("pd.DataFrame({'a': [1, None]})", b'a\n1\n""\n'),
        ("pd.DataFrame({'a': [True, None]}, dtype=object)", b'a\nTrue\n""\n'),
        ("pd.DataFrame({'a': pd.Categorical(['x', None])})", b'a\nx\n""\n'),
        ("pd.DataFrame({'a': [decimal.Decimal('1.50'), decimal.Decimal('1E+3')]})", b"a\n1.50\n1000\n"),
        ("pd.DataFrame({'a': [datetime.date(2026, 2, 5), datetime.datetime(2026, 2, 5, 9, 30)]}, dtype=object)", b"a\n2026-02-05\n2026-02-05 09:30:00\n"),
        ("pd.DataFrame({'a': pd.to_datetime(['2026-02-05T09:30+01:00'])})", b"a\n2026-02-05 09:30:00+01:00\n"),
        ("pd.DataFrame({'a': pd.to_timedelta([90], unit='min')})", b"a\n0 days 01:30:00\n"),
        ("pd.DataFrame({'a': pd.period_range('2026-02', periods=1, freq='M')})", b"a\n2026-02\n"),
        ("pd.DataFrame({'a': [np.float32(0.1)]})", b"a\n0.1\n"),
        ("pd.DataFrame({'a': [1e22, 1e-7, 123456789.0, 2.0**50]})", b"a\n1e+22\n1e-7\n123456789\n1125899906842624\n"),
        ("pd.DataFrame({'a': ['x', 5, 5.0, None, True]}, dtype=object)", b'a\nx\n5\n5\n""\nTrue\n'),
        ("pd.DataFrame({5: [1], 'x': [2]})", b"5,x\n1,2\n"),
        ("pd.DataFrame({'a,b': ['x\\ny']})", b'"a,b"\n"x\ny"\n'),
        ("pd.DataFrame({'a': [1]}, index=[99])", b"a\n1\n"),
        ("pd.DataFrame({'a': []})", b"a\n"),
    ],
)  # fmt: skip
def test_a_frame_of_any_kind_is_written_by_its_values(
    project: Any, mode: str, expression: str, expected: bytes
) -> None:
    frames(project, expression)
    assert project.good(mode).bytes() == expected


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("pd.DataFrame({'a': [b'raw']})", "raw bytes"),
        ("pd.DataFrame({'a': ['\\ud800']}, dtype=object)", "'a'"),
        ("pd.DataFrame([[1, 2]], columns=['a', 'a'])", "a"),
        ("pd.DataFrame({'a': [1]}).set_index(pd.Index(['k'], name='key'))", "reset_index"),
        ("pd.DataFrame({'a': [1, 1]}).groupby('a').size().to_frame('n')", "reset_index"),
    ],
)
def test_a_frame_that_would_lose_something_is_told(project: Any, mode: str, expression: str, told: str) -> None:
    frames(project, expression)
    done = project.bad(OutputError, mode)
    assert told in done.told
    assert "output 'records'" in done.told


def test_a_frame_without_columns_is_written_or_told(project: Any, mode: str) -> None:
    frames(project, "pd.DataFrame(index=range(3))")
    done = project.run(mode)
    assert done.error is not None or done.manifest["outputs"]["records"]["rows"] == 0, (
        "three rows of nothing cannot be kept"
    )


def test_ready_made_steps_work_one_after_the_other_in_both_modes(project: Any) -> None:
    project.write("orders.csv", "id,customer,amount\n1,02116,5\n2,00001,7\n2,00001,7\n3,,9\n")
    project.write("customers.csv", "id,name\n02116,Ada\n00001,Grace\n")

    def ready(name: str, **bound: Any) -> dict[str, Any]:
        return {"id": name, "uses": f"trakt.steps.{name}", "with": bound}

    project.pipeline(
        inputs={"orders": "orders.csv", "customers": "customers.csv"},
        steps=[
            ready("dedupe", input="orders", policy={"const": {"keys": ["id"], "winner": "first"}}, output="unique"),
            ready("filter", input="unique", where={"const": "amount < 9"}, output="cheap"),
            ready("rename", input="customers", policy={"const": {"mapping": {"id": "customer"}}}, output="people"),
            ready("join", left="cheap", right="people", policy={"const": {"keys": ["customer"], "how": "left"}}, output="joined"),
            ready("cast", input="joined", types={"const": {"amount": "decimal"}}, output="typed"),
            ready("select", input="typed", columns={"const": ["name", "id", "amount"]}, output="chosen"),
            ready("quality_gate", input="chosen", policy={"const": {"unique_keys": ["id"], "row_count": {"min": 2}}}, output="checked"),
        ],
        outputs={"checked": "checked"},
    )  # fmt: skip
    whole = project.good("batch")
    assert whole.bytes("checked.csv") == b"name,id,amount\nAda,1,5\nGrace,2,7\n"
    for chunk in (1, 2, 50_000):
        part = project.good("stream", chunk)
        assert part.bytes("checked.csv") == whole.bytes("checked.csv")
        rows = [
            (step["step_id"], step["rows_in"], step["rows_out"], step["metrics"]) for step in part.manifest["steps"]
        ]
        assert rows == [
            (step["step_id"], step["rows_in"], step["rows_out"], step["metrics"]) for step in whole.manifest["steps"]
        ]
