"""Rejected rows, mended, go through the same pipeline as a batch of their own; both manifests name each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trakt import InputError, PipelineError, load_pipeline_from_yaml
from trakt.engine.replay.replay import ReplayRequest, replay
from trakt.engine.run import run

ROWS = b"id;amount;zip\n1;2,5;02116\n2;x;10115\n3;1;10117;d\n-4;1;10119\n" + b"9;1;10120\n" * 20
ENTRY = {
    "on_bad_rows": "quarantine",
    "max_bad_rows": 2,
    "metadata": {"delimiter": "auto", "decimal": ",", "encoding": "cp1252"},
    "schema": {"types": {"id": "int", "amount": "float"}},
}


@pytest.fixture
def orders(project: Any) -> Any:
    project.step(
        "check",
        """\
        @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
        def run(ctx, input):
            def checked(frame):
                ctx.reject(frame[frame["id"] < 0], reason="negative_id")
                return frame[frame["id"] >= 0].assign(zip=lambda each: each["zip"].str.zfill(5))
            return {"output": checked(input) if ctx.mode == "batch" else map(checked, input)}
        """,
    )
    project.write("records.csv", ROWS)
    project.pipeline(
        inputs={"records": {"uri": "records.csv", **ENTRY}},
        steps=[{"id": "check", "uses": "steps.check", "with": {"input": "records", "output": "checked"}}],
        outputs={"clean": "checked"},
    )
    return project


def mended(project: Any, done: Any, **changes: Any) -> str:
    """The rejected dataset with the lines of these numbers changed."""
    lines = [json.loads(line) for line in done.bytes("rejected.jsonl").splitlines()]
    for number, change in changes.items():
        lines[int(number[1:])] |= change
    path = project.folder / "mended.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def replayed(project: Any, done: Any, **more: Any) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """The result, the supplement's manifest and its folder."""
    pipeline = load_pipeline_from_yaml(project.file)
    result = replay(ReplayRequest(manifest=str(done.out / "manifest.json"), pipeline=pipeline, **more))
    path = Path(result["manifest_path"])
    manifest = json.loads(path.read_bytes())
    project.manifests += [manifest, json.loads((done.out / "manifest.json").read_bytes())]
    return result, manifest, path.parent


def test_mended_rows_make_a_supplement_and_the_first_outputs_stay(orders: Any, mode: str) -> None:
    done = orders.good(mode, 1, client_id="acme", batch_id="7", params={})
    first = done.bytes("clean.csv")
    rows = mended(orders, done, _0={"raw": "2;3,5;10115"}, _2={"row": {"id": "4", "amount": "1", "zip": "10119"}})
    result, manifest, folder = replayed(orders, done, rows=rows)
    assert (folder / "clean.csv").read_text() == "id,amount,zip\n2,3.5,10115\n4,1,10119\n"
    assert done.bytes("clean.csv") == first
    assert [json.loads(line)["raw"] for line in (folder / "rejected.jsonl").read_text().splitlines()] == ["3;1;10117;d"]
    assert (manifest["client_id"], manifest["batch_id"], manifest["execution"]["mode"]) == ("acme", "7", mode)
    assert manifest["inputs"]["records"]["schema"] == done.manifest["inputs"]["records"]["schema"]
    first_manifest = json.loads((done.out / "manifest.json").read_bytes())
    uri = str(done.out / "manifest.json")
    assert manifest["replay_of"] == {"run_id": done.manifest["run_id"], "manifest_path": uri, "rows": 3}
    link = {"run_id": result["run_id"], "manifest_path": result["manifest_path"], "rows": 3}
    assert first_manifest == {**done.manifest, "replays": [link]}


def test_the_same_rows_replayed_twice_are_one_supplement(orders: Any) -> None:
    done = orders.good()
    rows = mended(orders, done, _0={"raw": "2;3,5;10115"})
    folders = [replayed(orders, done, rows=rows)[2] for _ in range(2)]
    assert folders[0] == folders[1]
    assert len(json.loads((done.out / "manifest.json").read_bytes())["replays"]) == 1


def test_with_a_mended_pipeline_the_rejected_rows_go_as_they_are(orders: Any) -> None:
    done = orders.good()
    text = orders.file.read_text()
    orders.file.write_text(text.replace("amount: float", "amount: string"))
    _, manifest, folder = replayed(orders, done)
    assert (folder / "clean.csv").read_text() == "id,amount,zip\n2,x,10115\n"
    assert manifest["rejected"]["reasons"] == {"negative_id": 1, "ragged_row": 1}


def test_bytes_that_were_no_text_come_back_as_they_were_unless_they_are_mended(project: Any) -> None:
    project.passthrough(b"id,t\n1,a\n2,\xe9\n3,\xe8\n", on_bad_rows="quarantine")
    done = project.good()
    rows = mended(project, done, _1={"raw": "3,e"})
    _, manifest, folder = replayed(project, done, rows=rows)
    assert (folder / "records.csv").read_bytes() == b"id,t\n3,e\n"
    assert (folder / "replayed" / "records" / "0.csv").read_bytes() == b"id,t\n2,\xe9\n3,e\n"
    assert manifest["rejected"]["reasons"] == {"undecodable_bytes": 1}


def test_bytes_that_are_none_of_its_encoding_do_not_come_back_as_text(project: Any) -> None:
    project.passthrough(b"id,t\n1,a\n2,\x81\xe9\n", on_bad_rows="quarantine", metadata={"encoding": "cp1252"})
    done = project.good()
    _, manifest, folder = replayed(project, done)
    assert (folder / "records.csv").read_bytes() == b"id,t\n"
    assert manifest["rejected"]["reasons"] == {"undecodable_bytes": 1}
    assert (folder / "replayed" / "records" / "0.csv").read_bytes() == b"id,t\n2,\x81\xe9\n"


def test_what_becomes_of_the_other_inputs_must_be_said(project: Any) -> None:
    project.write("o.csv", "id,k\n1,a\n2,b,c\n")
    project.write("rates.csv", "k,rate\na,1\nb,2\n")
    project.write("more.csv", "k,rate\nc,1\n")
    join = {"left": "o", "right": "rates", "policy": {"const": {"keys": ["k"]}}, "output": "j"}
    project.pipeline(
        inputs={"o": {"uri": "o.csv", "on_bad_rows": "quarantine"}, "rates": "rates.csv", "more": "more.csv"},
        steps=[{"id": "join", "uses": "trakt.steps.join", "with": join}],
        outputs={"j": "j", "more": "more"},
    )
    done = project.good()
    rows = mended(project, done, _0={"raw": "2,b"})
    with pytest.raises(PipelineError) as caught:
        replayed(project, done, rows=rows)
    assert "no row here belongs to the input 'rates'" in str(caught.value)
    assert "--again more" in str(caught.value)
    _, manifest, folder = replayed(project, done, rows=rows, again=["rates"], without=["more"])
    assert (folder / "j.csv").read_text() == "id,k,rate\n2,b,2\n"
    assert (folder / "more.csv").read_text() == "k,rate\n"
    assert manifest["inputs"]["rates"]["rows"] == 2
    with pytest.raises(PipelineError, match="'nope' is no input without a row here"):
        replayed(project, done, rows=rows, again=["rates", "nope"], without=["more"])


def test_files_with_columns_of_their_own_keep_them(project: Any) -> None:
    project.write("parts/a.csv", "id,x\n1,2\n2,3,4\n")
    project.write("parts/b.csv", "id,y\n5,6\n7\n")
    entry = {"uri": "parts", "on_bad_rows": "quarantine", "combine_strategy": "union_by_name"}
    project.pipeline(inputs={"r": entry}, outputs={"o": "r"})
    done = project.good()
    rows = mended(project, done, _0={"raw": "2,3"}, _1={"raw": "7,8"})
    assert (replayed(project, done, rows=rows)[2] / "o.csv").read_text() == "id,x,y\n2,3,\n7,,8\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "mended.jsonl:1: this is no JSON"),
        ("[1]", "mended.jsonl:1: this is no JSON object"),
        ('{"input": "records"}', "mended.jsonl:1: this line holds no row"),
        ('{"input": "nope", "raw": "1"}', "mended.jsonl:1: 'nope' is no input"),
        (
            '{"step": "check", "row": {"other": "1"}}',
            "the columns of the row of step 'check' are not those of one input",
        ),
        ('{"input": 1, "raw": "1"}', "'input' must be a text or null"),
        ("", "there is no row in it"),
    ],
)
def test_rows_that_cannot_be_taken_are_named(orders: Any, line: str, told: str) -> None:
    done = orders.good()
    path = orders.folder / "mended.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError) as caught:
        replayed(orders, done, rows=str(path))
    assert told in str(caught.value)


def test_an_output_of_the_first_run_is_never_replaced(orders: Any) -> None:
    text = orders.file.read_text()
    place = orders.folder / "fixed.csv"
    orders.file.write_text(text.replace("clean: checked", f"clean: {{from: checked, uri: {place}}}"))
    done = orders.good()
    before = place.read_bytes()
    with pytest.raises(PipelineError, match="would replace"):
        replayed(orders, done)
    assert place.read_bytes() == before
    assert not list(done.out.glob("replay-*")), "what is refused writes nothing"


def test_rejected_rows_of_the_first_run_are_never_replaced(orders: Any) -> None:
    place = orders.folder / "rejected.jsonl"
    orders.file.write_text(orders.file.read_text() + f"rejected: {place}\n")
    done = orders.good()
    with pytest.raises(PipelineError, match="the dataset of rejected rows would replace"):
        replayed(orders, done)


def test_it_is_the_same_in_s3(orders: Any, bucket: Any) -> None:
    bucket.put("in/records.csv", ROWS)
    pipeline = load_pipeline_from_yaml(orders.file)
    from trakt import LocalRunner

    LocalRunner(input_dir=bucket.uri("in"), output_dir=bucket.uri("out")).run(pipeline)
    lines = bucket.get("out/rejected.jsonl").decode().replace("2;x;10115", "2;3,5;10115")
    bucket.put("mended.jsonl", lines)
    asked = ReplayRequest(manifest=bucket.uri("out/manifest.json"), pipeline=pipeline, rows=bucket.uri("mended.jsonl"))
    result = replay(asked)
    assert replay(asked)["status"] == "skipped"
    key = result["outputs"]["clean"]["path"].removeprefix(bucket.uri(""))
    assert bucket.get(key) == b"id,amount,zip\n2,3.5,10115\n"
    link = {"run_id": result["run_id"], "manifest_path": result["manifest_path"], "rows": 3}
    assert json.loads(bucket.get("out/manifest.json"))["replays"] == [link]


def test_there_must_be_a_run_that_succeeded_and_rejected_something(orders: Any) -> None:
    orders.write("records.csv", "id;amount;zip\n")
    done = orders.good()
    with pytest.raises(InputError, match="there is no row in it"):
        replayed(orders, done)
    orders.write("records.csv", ROWS * 3)
    failed = orders.bad(InputError)
    with pytest.raises(InputError, match="the manifest of a run that has not succeeded"):
        replayed(orders, failed)


def test_from_the_command_line(orders: Any) -> None:
    assert orders.run_cli().returncode == 0
    rows = orders.folder / "out" / "rejected.jsonl"
    (orders.folder / "mended.jsonl").write_text(rows.read_text().replace("2;x;10115", "2;3,5;10115"))
    done = orders.cli("replay", "out/manifest.json", "--rows", "mended.jsonl")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (orders.folder / result["outputs"]["clean"]["path"]).read_text() == "id,amount,zip\n2,3.5,10115\n"
    again, forced = (
        orders.cli("replay", "out/manifest.json", "--rows", "mended.jsonl", *more) for more in ([], ["--force"])
    )
    assert "--force runs it again" in again.stderr
    assert [json.loads(each.stdout)["status"] for each in (again, forced)] == ["skipped", "success"]
    missing = orders.cli("replay", "nowhere.json", "--pipeline-file", "pipeline.yaml")
    assert missing.returncode == 1
    assert "there is no manifest" in missing.stderr
    assert "Traceback" not in missing.stderr


def test_what_is_still_against_a_rule_is_set_aside_again(project: Any) -> None:
    columns = [{"name": "id", "type": "int"}, {"name": "amount", "type": "int", "min": 0}]
    project.passthrough("id,amount\n1,5\n2,-5\n", on_bad_rows="quarantine", schema={"columns": columns})
    done = project.good()
    _, manifest, folder = replayed(project, done)
    assert (folder / "records.csv").read_text() == "id,amount\n"
    assert manifest["rejected"]["reasons"] == {"out_of_range": 1}


def test_rows_of_a_file_whose_columns_were_discarded_in_part_are_read_by_its_own_header(project: Any) -> None:
    entry = {
        "on_bad_rows": "quarantine",
        "schema": {"id": "int", "n": "int"},
        "schema_contract": {"columns": "discard"},
    }
    project.passthrough("id,note,n\n1,a,5\n2,b,x\n", **entry)
    done = project.good()
    folder = replayed(project, done, rows=mended(project, done, _0={"raw": "2,b,7"}))[2]
    assert (folder / "records.csv").read_text() == "id,n\n2,7\n"


def test_what_the_author_declares_goes_before_the_types_of_the_first_run(project: Any) -> None:
    project.passthrough("id,zip\n1,10115\n2,3,4\n", on_bad_rows="quarantine")
    done = project.good()
    project.passthrough("id,zip\n1,10115\n2,3,4\n", on_bad_rows="quarantine", metadata={"dtype": {"zip": "str"}})
    rows = mended(project, done, _0={"raw": "2,02116"})
    assert (replayed(project, done, rows=rows)[2] / "records.csv").read_text() == "id,zip\n2,02116\n"
    project.passthrough("id,zip\n1,10115\n2,3,4\n", on_bad_rows="quarantine", metadata={"types": "text"})
    rows = mended(project, done, _0={"raw": "02,02116"})
    assert (replayed(project, done, rows=rows)[2] / "records.csv").read_text() == "id,zip\n02,02116\n"


def test_a_row_with_an_open_quote_swallows_none_of_the_others(project: Any) -> None:
    project.passthrough('id,n\n1,"7\n2,"8"\nx,5"\n', on_bad_rows="quarantine", schema={"id": "int", "n": "string"})
    done = project.good()
    assert done.manifest["rejected"]["reasons"] == {"type_mismatch": 1, "unbalanced_quote": 1}
    _, manifest, folder = replayed(project, done)
    # side by side they would be one good row: 1, and a text of two lines
    assert (folder / "records.csv").read_text() == "id,n\n"
    assert manifest["rejected"]["reasons"] == {"type_mismatch": 1, "unbalanced_quote": 1}


def test_rows_of_another_replay_in_the_same_folder_are_not_read_again(project: Any) -> None:
    project.write("parts/a.csv", "id,x\n1,2\n2,3,4\n")
    project.write("parts/b.csv", "id,y\n5,6\n7\n")
    entry = {"uri": "parts", "on_bad_rows": "quarantine", "combine_strategy": "union_by_name"}
    project.pipeline(inputs={"r": entry}, outputs={"o": "r"})
    place = str(project.folder / "again")
    done = project.good()
    replayed(project, done, rows=mended(project, done, _0={"raw": "2,3"}, _1={"raw": "7,8"}), output_dir=place)
    (project.folder / "in" / "parts" / "b.csv").unlink()
    done = project.good()
    folder = replayed(project, done, rows=mended(project, done, _0={"raw": "20,30"}), output_dir=place)[2]
    assert (folder / "o.csv").read_text() == "id,x\n20,30\n"


def test_a_row_without_a_file_is_not_lost_among_files_with_columns_of_their_own(project: Any) -> None:
    project.step("none", REJECTS_ALL)
    project.write("parts/a.csv", "id,x\n1,2\n")
    project.write("parts/b.csv", "id,y\n5,6\n")
    project.pipeline(
        inputs={"r": {"uri": "parts", "combine_strategy": "union_by_name"}},
        steps=[{"id": "none", "uses": "steps.none", "with": {"input": "r", "output": "o"}}],
        outputs={"o": "o"},
    )
    done = project.good()
    manifest = replayed(project, done)[1]
    assert manifest["inputs"]["r"]["rows"] == 2


REJECTS_ALL = """\
@step_contract(inputs=["input"], outputs=["output"])
def run(ctx, input):
    ctx.reject(input, reason="all")
    return {"output": input[:0]}
"""


def test_what_was_absent_or_read_by_nobody_stays_away(project: Any) -> None:
    project.write("o.csv", "id\n1\n2,3\n")
    project.write("idle.csv", "q\n1\n")
    more = {"uri": "more.csv", "required": False}
    project.step(
        "both",
        """\
        @step_contract(inputs=["input", "more"], outputs=["output"])
        def run(ctx, input, more):
            assert more is None
            return {"output": input}
        """,
    )
    project.pipeline(
        inputs={"o": {"uri": "o.csv", "on_bad_rows": "quarantine"}, "more": more, "idle": "idle.csv"},
        steps=[{"id": "both", "uses": "steps.both", "with": {"input": "o", "more": "more", "output": "j"}}],
        outputs={"j": "j"},
    )
    done = project.good()
    rows = mended(project, done, _0={"raw": "2"})
    assert (replayed(project, done, rows=rows)[2] / "j.csv").read_text() == "id\n2\n"


def test_a_row_of_an_input_that_the_pipeline_has_no_more_is_not_dropped(orders: Any) -> None:
    done = orders.good()
    orders.file.write_text(orders.file.read_text().replace("records:", "others:").replace(": records", ": others"))
    with pytest.raises(InputError, match="'records' is no input of both the first run and this pipeline"):
        replayed(orders, done)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"input": "records", "row": {"other": "1"}}', "mended.jsonl:1: the columns of `row` are not those of input"),
        ('{"input": "records", "raw": "1;2;\\u4e2d"}', "a row holds the character U+4E2D, which cp1252 does not have"),
    ],
)
def test_rows_that_cannot_be_written_are_refused(orders: Any, line: str, told: str) -> None:
    test_rows_that_cannot_be_taken_are_named(orders, line, told)


def test_the_first_dataset_of_rejected_rows_is_never_replaced(project: Any) -> None:
    place = project.folder / "aside.jsonl"
    project.write("records.csv", "id\n1\n2,3\n")
    project.pipeline(
        inputs={"r": {"uri": "records.csv", "on_bad_rows": "quarantine"}},
        outputs={"o": "r"},
        rejected={"uri": str(place)},
    )
    done = project.good()
    before = place.read_bytes()
    with pytest.raises(PipelineError, match="the dataset of rejected rows would replace"):
        replayed(project, done)
    assert place.read_bytes() == before


def test_a_batch_that_was_run_anew_in_the_meantime_gets_no_link(orders: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = orders.good()
    rows = mended(orders, done, _0={"raw": "2;3,5;10115"})

    def run_and_lose_the_race(request: Any, **more: Any) -> Any:
        result = run(request, **more)
        orders.good(out=done.out, force=True)
        return result

    monkeypatch.setattr("trakt.engine.replay.replay.run", run_and_lose_the_race)
    with pytest.raises(InputError, match="the batch was run anew in the meantime"):
        replayed(orders, done, rows=rows)
    assert json.loads((done.out / "manifest.json").read_bytes())["replays"] == []
