"""Bad rows go to the rejected dataset, good ones on; both are the same in every mode, chunk size and thread."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from trakt import InputError, PipelineError, QualityError, StepError, load_pipeline_from_yaml
from trakt.engine.limits import Limits
from trakt.engine.rejected import RejectedRows
from trakt.engine.request import RunRequest
from trakt.engine.run import run
from trakt.errors import DeadlineError, RunError

BAD = b'id,amount,name\n1,2.5,a\n2,x,b\n3,1,c,d\n\n4,1,"multi\nline"\n5,"oops,1\n6,2,caf\xe9\n-7,3,g\n8,,h\n'
ENTRY = {"on_bad_rows": "quarantine", "schema": {"id": "int", "amount": "float", "name": "string"}}
WAYS = [("batch", None), ("stream", 1), ("stream", 2), ("stream", 50_000)]


def rejected(done: Any, name: str = "rejected.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.bytes(name).splitlines()]


@pytest.fixture
def orders(project: Any) -> Any:
    """Three files, a step that rejects, and a gate that does."""
    project.step(
        "check",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            def checked(frame):
                for reason, rule in (("no_amount", "amount.isna()"), ("negative_id", "id < 0")):
                    bad = frame.eval(rule)
                    ctx.reject(frame[bad], reason=reason, column="id", message="look again")
                    frame = frame[~bad]
                return frame
            return {"output": checked(input) if ctx.mode == "batch" else map(checked, input)}
        """,
    )
    for number in range(3):
        project.write(f"parts/{number}.csv", BAD)
    gate = {"const": {"mode": "quarantine", "unique_keys": ["id"], "not_null": ["name"]}}
    project.pipeline(
        inputs={"records": {"uri": "parts", **ENTRY}},
        steps=[
            {"id": "check", "uses": "steps.check", "with": {"input": "records", "output": "checked"}},
            {
                "id": "gate",
                "uses": "trakt.steps.quality_gate",
                "with": {"input": "checked", "policy": gate, "output": "unique"},
            },
        ],
        outputs={"unique": "unique"},
        execution={"strict_accounting": True},
    )
    return project


def test_every_way_gives_the_same_rows_and_the_same_rejected_ones(orders: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for threads in ("1", "3"):
        monkeypatch.setenv("TRAKT_THREADS", threads)
        for mode, chunk in WAYS:
            done = orders.good(mode, chunk)
            equations = [done.manifest["inputs"]["records"]["lines"], done.manifest["accounting"]]
            equations += [step["accounting"] for step in done.manifest["steps"]]
            found.add((done.bytes("unique.csv"), done.bytes("rejected.jsonl"), json.dumps(equations)))
    assert len(found) == 1


def test_every_line_and_every_row_is_accounted_for(orders: Any, mode: str) -> None:
    done = orders.good(mode, 2)
    lines = done.manifest["inputs"]["records"]["lines"]
    assert lines == {
        "total": 33, "header": 3, "skipped": 0, "blank": 3, "continued": 3, "rows": 12, "rejected": 12,
    }  # fmt: skip
    assert done.manifest["inputs"]["records"]["rejected"] == 12
    check, gate = (step["accounting"] for step in done.manifest["steps"])
    assert check == {"in": 12, "added": 0, "out": 6, "rejected": 6, "dropped": 0, "consumed": 0, "unexplained": 0}
    assert gate == {"in": 6, "added": 0, "out": 2, "rejected": 4, "dropped": 0, "consumed": 0, "unexplained": 0}
    assert done.manifest["accounting"] == {
        "read": 12, "copied": 0, "added": 0, "written": 2, "unread": 0, "rejected": 10, "dropped": 0, "consumed": 0,
        "unexplained": 0,
    }  # fmt: skip
    assert done.rows("unique.csv") == [["id", "amount", "name"], ["1", "2.5", "a"], ["4", "1", "multi\nline"]]
    dataset = done.manifest["rejected"]
    content = done.bytes("rejected.jsonl")
    assert dataset == {
        "rows": 22,
        "reasons": {
            "duplicate_key": 4, "negative_id": 3, "no_amount": 3, "ragged_row": 3, "type_mismatch": 3,
            "unbalanced_quote": 3, "undecodable_bytes": 3,
        },
        "path": str(done.out / "rejected.jsonl"),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    assert done.result["rejected"] == {"rows": 22, "path": str(done.out / "rejected.jsonl")}


def test_a_rejected_row_says_where_it_stands_and_why(orders: Any) -> None:
    rows = rejected(orders.good("stream", 3))
    assert len({tuple(row) for row in rows}) == 1
    file = str(orders.folder / "in" / "parts" / "1.csv")
    of_file = [row for row in rows if row["file"] == file]
    assert [(row["line"], row["reason"], row["column"], row["raw"]) for row in of_file] == [
        (3, "type_mismatch", "amount", "2,x,b"),
        (4, "ragged_row", None, "3,1,c,d"),
        (8, "unbalanced_quote", None, '5,"oops,1'),
        (9, "undecodable_bytes", None, "6,2,caf\\xe9"),
    ]
    assert all(BAD[row["byte_offset"] :].startswith(row["raw"][:4].encode()) for row in of_file)
    assert of_file[-1]["raw_base64"] == "NiwyLGNhZuk="
    negative = next(row for row in rows if row["reason"] == "negative_id")
    assert (negative["step"], negative["column"], negative["message"]) == ("check", "id", "look again")
    assert negative["row"] == {"id": "-7", "amount": "3", "name": "g"}
    assert negative["input"] is negative["file"] is negative["raw"] is None


def test_personal_data_can_be_left_out(orders: Any) -> None:
    text = orders.file.read_text()
    orders.file.write_text(text + "rejected: {uri: 'aside/{client_id}.jsonl', raw_text: false}\n")
    done = orders.good("stream", 2, client_id="acme")
    rows = rejected(done, "aside/acme.jsonl")
    assert len(rows) == 22
    assert {row["raw"] for row in rows} == {row["raw_base64"] for row in rows} == {None}
    assert {row["row"] for row in rows} == {None}
    assert "'x'" not in (done.out / "aside/acme.jsonl").read_text()


def test_personal_data_is_left_out_of_the_manifest_too(orders: Any) -> None:
    text = orders.file.read_text().replace("on_bad_rows: quarantine", "on_bad_rows: quarantine\n    max_bad_rows: 1")
    orders.file.write_text(text + "rejected: {raw_text: false}\n")
    done = orders.bad(InputError, client_id="acme")
    assert "more than max_bad_rows: 1" in done.manifest["error"]["message"]
    assert "column 'amount'" in done.manifest["error"]["message"]
    assert "'x'" not in json.dumps(done.manifest)


def test_nothing_rejected_leaves_an_empty_dataset_in_place_of_an_old_one(project: Any, mode: str) -> None:
    project.passthrough(BAD, **ENTRY)
    assert len(rejected(project.good(mode, out="out"))) == 4
    project.passthrough("id,amount,name\n1,2,a\n", **ENTRY)
    done = project.good(mode, out="out")
    assert done.bytes("rejected.jsonl") == b""
    assert done.manifest["rejected"]["rows"] == 0


@pytest.mark.parametrize("between", ["nothing", "a run that fails", "a run that is killed"])
def test_rows_that_a_step_rejected_once_do_not_stay_behind(project: Any, mode: str, between: str) -> None:
    project.step(
        "odd",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            def even(frame):
                ctx.reject(frame[frame["id"] % 2 == 1], reason="odd")
                return frame[frame["id"] % 2 == 0]
            return {"output": even(input) if ctx.mode == "batch" else map(even, input)}
        """,
    )
    step = {"id": "odd", "uses": "steps.odd", "with": {"input": "r", "output": "o"}}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    project.write("r.csv", "id\n1\n2\n")
    assert len(rejected(project.good(mode, out="out"))) == 1
    if between == "a run that fails":
        project.write("r.csv", "id\n1,2\n")
        assert project.run(mode, out="out").manifest["rejected"]["path"] is None
    elif between == "a run that is killed":
        (project.folder / "out" / "manifest.json").unlink()
    project.write("r.csv", "id\n2\n")
    assert project.good(mode, out="out").bytes("rejected.jsonl") == b""


def test_a_file_that_is_no_dataset_of_rejected_rows_stays(project: Any) -> None:
    project.passthrough("id\n1\n")
    place = project.folder / "out" / "rejected.jsonl"
    place.parent.mkdir()
    place.write_text("mine")
    project.good(out="out")
    assert place.read_text() == "mine"


def test_a_deadline_that_passes_while_rejected_rows_are_written_publishes_nothing(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.passthrough(BAD, **ENTRY)
    blocks = RejectedRows.blocks

    def slow_blocks(rows: RejectedRows) -> Any:
        yield from blocks(rows)
        monkeypatch.setattr("trakt.engine.limits.time.monotonic", lambda: 1e12)

    monkeypatch.setattr(RejectedRows, "blocks", slow_blocks)
    request = RunRequest(
        pipeline=load_pipeline_from_yaml(project.file),
        input_dir=str(project.folder / "in"),
        output_dir=str(project.folder / "out"),
        limits=Limits(deadline=1e11),
    )
    with pytest.raises(DeadlineError):
        run(request)
    manifest = json.loads((project.folder / "out" / "manifest.json").read_bytes())
    assert (manifest["status"], manifest["rejected"]["rows"], manifest["rejected"]["path"]) == ("timed_out", 4, None)
    assert sorted(each.name for each in (project.folder / "out").iterdir()) == ["manifest.json"]


def test_a_pipeline_that_sets_nothing_aside_has_no_such_dataset(project: Any) -> None:
    project.passthrough("id\n1\n")
    done = project.good()
    assert not (done.out / "rejected.jsonl").exists()
    assert done.manifest["rejected"] == {"rows": 0, "reasons": {}, "path": None, "bytes": None, "sha256": None}


def test_one_row_more_than_allowed_fails_the_run_and_publishes_nothing(project: Any, mode: str) -> None:
    project.passthrough(BAD, **ENTRY, max_bad_rows=4)
    before = project.good(mode, out="out").bytes("rejected.jsonl")
    project.passthrough(BAD, **ENTRY, max_bad_rows=3)
    done = project.bad(InputError, mode, out="out")
    assert "input 'records': 4 bad rows, more than max_bad_rows: 3" in done.told
    assert "records.csv:3: column 'amount' holds 'x', not a number" in done.told
    assert done.bytes("rejected.jsonl") == before
    assert done.manifest["status"] == "failed"
    assert done.manifest["rejected"]["reasons"]["ragged_row"] == 1


@pytest.mark.parametrize(("ratio", "fits"), [(0.49, False), (0.5, True), (1, True), (0, False)])
def test_the_share_of_bad_rows_is_judged_over_all_files(project: Any, mode: str, ratio: float, fits: bool) -> None:
    for number in range(2):
        project.write(f"parts/{number}.csv", BAD)
    project.pipeline(inputs={"records": {"uri": "parts", **ENTRY, "max_bad_ratio": ratio}}, outputs={"o": "records"})
    done = project.run(mode, 1)
    assert (done.error is None) is fits
    if not fits:
        assert f"8 bad rows, 0.5 of 16, more than max_bad_ratio: {ratio:g}" in done.told


def test_a_header_that_is_broken_fails_the_run(project: Any) -> None:
    project.passthrough('id,"a\n1,2\n', on_bad_rows="quarantine")
    assert "never closes" in project.bad(InputError).told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"on_bad_rows": "skip"}, "'on_bad_rows' must be fail or quarantine, not 'skip'"),
        ({"max_bad_rows": 3}, "'max_bad_rows' says how many bad rows may be set aside, and none is"),
        ({"on_bad_rows": "quarantine", "max_bad_rows": -1}, "'max_bad_rows' must be 0 or more, not -1"),
        ({"on_bad_rows": "quarantine", "max_bad_ratio": 5}, "'max_bad_ratio' must be from 0 to 1, not 5"),
    ],
)
def test_a_wrong_setting_has_a_line_in_the_pipeline_file(project: Any, entry: dict[str, Any], told: str) -> None:
    project.passthrough("id\n1\n", **entry)
    with pytest.raises(PipelineError) as caught:
        project.good()
    assert told in str(caught.value)
    assert "pipeline.yaml:" in str(caught.value)


def test_rejected_rows_never_replace_an_output_or_an_input(project: Any) -> None:
    project.passthrough("id\n1\n", on_bad_rows="quarantine")
    text = project.file.read_text()
    project.file.write_text(text + "rejected: records.csv\n")
    assert "the dataset of rejected rows goes to" in project.bad(PipelineError).told
    project.file.write_text(text + f"rejected: {project.folder / 'in' / 'records.csv'}\n")
    assert "would replace" in project.bad(PipelineError).told


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ('ctx.reject([1], reason="x")', "what is rejected must be a pandas DataFrame, not list"),
        ('ctx.reject(input, reason="Not A Code")', "the reason must be a code, not 'Not A Code'"),
        ('ctx.reject(input, reason="x", message=["a", "b"])', "`message` lists 2 for 1 row"),
    ],
)
def test_a_wrong_call_names_the_step(project: Any, call: str, told: str) -> None:
    project.step("wrong", f"def run(ctx, input):\n    {call}\n    return input\n")
    project.write("r.csv", "id\n1\n")
    step = {"id": "wrong", "uses": "steps.wrong", "with": {"input": "r", "output": "o"}}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    told_all = project.bad(RunError).told
    assert told in told_all
    assert "step 'wrong'" in told_all


@pytest.mark.parametrize("chunk", [None, 1, 2])
def test_rows_that_two_columns_reject_stand_in_their_order_each_with_its_own_words(
    project: Any, chunk: int | None
) -> None:
    policy = {"mode": "quarantine", "not_null": ["a", "b"], "unique_keys": [["a", "b"]]}
    project.write("r.csv", "n,a,b\n1,,x\n2,y,\n3,,\n4,y,x\n5,y,\n6,y,x\n")
    given = {"input": "r", "policy": {"const": policy}, "output": "o"}
    step = {"id": "gate", "uses": "trakt.steps.quality_gate", "with": given}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    done = project.run("stream" if chunk else "batch", chunk or 1)
    rejected = [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]
    assert [(row["row"]["n"], row["column"], row["message"]) for row in rejected] == [
        ("6", None, "repeats the key (a, b) of an earlier row"),
        ("1", "a", "no value in column 'a'"),
        ("2", "b", "no value in column 'b'"),
        ("3", "a", "no value in column 'a'"),
        ("5", "b", "no value in column 'b'"),
    ]


def test_reasons_are_codes_and_not_texts(project: Any) -> None:
    project.step(
        "many",
        'def run(ctx, input):\n    for n in range(101):\n        ctx.reject(input, reason=f"r{n}")\n    return input\n',
    )
    project.write("r.csv", "id\n1\n")
    step = {"id": "many", "uses": "steps.many", "with": {"input": "r", "output": "o"}}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    assert "over 100 reasons to reject rows" in project.bad(RunError).told


def test_a_step_that_fails_takes_its_rejected_rows_with_it(project: Any, mode: str) -> None:
    project.step("half", 'def run(ctx, input):\n    ctx.reject(input, reason="x")\n    raise ValueError("no")\n')
    project.write("r.csv", "id\n1\n")
    step = {"id": "half", "uses": "steps.half", "with": {"input": "r", "output": "o"}}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    done = project.bad(StepError, "batch")
    assert not (done.out / "rejected.jsonl").exists()


def test_unexplained_rows_are_told_and_fail_when_accounting_is_strict(project: Any, mode: str) -> None:
    project.step(
        "half",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            return {"output": input[:1] if ctx.mode == "batch" else (f[f["id"] == 1] for f in input)}
        """,
    )
    project.write("r.csv", "id\n1\n2\n3\n")
    step = {"id": "half", "uses": "steps.half", "with": {"input": "r", "output": "o"}}
    parts = {"inputs": {"r": "r.csv"}, "steps": [step], "outputs": {"o": "o"}}
    project.pipeline(**parts)
    done = project.good(mode, 1)
    assert done.events["accounting.unexplained"]["unexplained"] == 2
    assert done.manifest["accounting"]["unexplained"] == 2
    project.pipeline(**parts, execution={"mode": "batch", "strict_accounting": True})
    done = project.bad(StepError, mode, 1)
    assert "strict_accounting: its rows do not add up: 3 in, 1 out; 2 rows missing" in done.told
    assert not (done.out / "o.csv").exists()


def test_rows_that_several_read_and_rows_that_nobody_reads_balance(project: Any, mode: str) -> None:
    project.step(
        "split",
        """\
        @step_contract(inputs=["input"], outputs=["low", "high"], supports_stream=True)
        def run(ctx, input):
            if ctx.mode == "batch":
                return {"low": input[input["id"] < 3], "high": input[input["id"] >= 3]}
            frames = list(input)
            return {"low": [f[f["id"] < 3] for f in frames], "high": [f[f["id"] >= 3] for f in frames]}
        """,
    )
    project.write("r.csv", "id,k\n1,a\n2,b\n3,a\n4,z\n")
    project.write("s.csv", "k,v\na,1\na,2\nc,3\n")
    join = {"const": {"keys": ["k"], "how": "outer"}}
    project.pipeline(
        inputs={"r": "r.csv", "s": "s.csv"},
        steps=[
            {"id": "split", "uses": "steps.split", "with": {"input": "r", "low": "low", "high": "high"}},
            {
                "id": "join",
                "uses": "trakt.steps.join",
                "with": {"left": "r", "right": "s", "policy": join, "output": "j"},
            },
        ],
        outputs={"j": "j", "low": "low", "again": "low"},
        execution={"mode": "batch", "strict_accounting": True},
    )
    manifest = project.good(mode, 1).manifest
    assert manifest["accounting"] == {
        "read": 7, "copied": 6, "added": 2, "written": 11, "unread": 2, "rejected": 0, "dropped": 0, "consumed": 2,
        "unexplained": 0,
    }  # fmt: skip
    equation = manifest["accounting"]
    left = sum(equation[name] for name in ("read", "copied", "added"))
    assert left == sum(equation.values()) - left


def test_a_gate_that_no_single_row_breaks_cannot_quarantine(project: Any) -> None:
    project.write("r.csv", "id\n1\n")
    gate = {"const": {"mode": "quarantine", "row_count": {"min": 1}, "required_columns": ["id"]}}
    step = {"id": "gate", "uses": "trakt.steps.quality_gate", "with": {"input": "r", "policy": gate, "output": "o"}}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    told = project.bad(PipelineError).told
    assert "'required_columns' cannot quarantine: no single row breaks it" in told
    assert "'row_count' cannot quarantine" in told


def test_missing_values_may_fail_a_gate(project: Any, mode: str) -> None:
    project.write("r.csv", "id,n\n1,\n,2\n,3\n")
    gate = {"const": {"not_null": ["id", "n"]}}
    step = {"id": "gate", "uses": "trakt.steps.quality_gate", "with": {"input": "r", "policy": gate, "output": "o"}}
    project.pipeline(inputs={"r": "r.csv"}, steps=[step], outputs={"o": "o"})
    told = project.bad(QualityError, mode, 1).told
    assert "column 'id': 2 values are missing: row 2, 3" in told
    assert "column 'n': 1 value is missing: row 1" in told


def test_it_is_the_same_in_s3(project: Any, bucket: Any) -> None:
    project.passthrough(BAD, **ENTRY)
    local = project.good("stream", 2)
    bucket.put("in/records.csv", BAD)
    project.good(
        "stream", 2, input_dir=bucket.uri("in"), output_dir=bucket.uri("out"), manifest_path=project.folder / "m.json"
    )
    assert bucket.get("out/records.csv") == local.bytes()
    theirs = [{**json.loads(line), "file": None} for line in bucket.get("out/rejected.jsonl").splitlines()]
    assert theirs == [{**row, "file": None} for row in rejected(local)]


def test_a_pipeline_built_in_python_says_the_same(tmp_path: Path) -> None:
    from trakt import LocalRunner, artifact, workflow

    (tmp_path / "r.csv").write_bytes(BAD)
    records = artifact("records").at("r.csv").with_schema(ENTRY["schema"]).quarantine(max_rows=10, max_ratio=0.5)
    built = workflow("w").source(records).rejected("bad.jsonl", raw_text=False).output("o", from_="records")
    result = built.run(LocalRunner(input_dir=tmp_path, output_dir=tmp_path / "out"))
    assert result["rejected"] == {"rows": 4, "path": str(tmp_path / "out" / "bad.jsonl")}
