"""Inputs compared with those of the last committed run, through the public API."""

from __future__ import annotations

import json

import pytest

from trakt import InputError, PipelineError, RunRequest, load_pipeline_from_yaml
from trakt.engine.drift.baseline import MOST_READ
from trakt.engine.run import run

HEAD = "id,gross,note\n"
IDS = {"client_id": "acme", "batch_id": "b1"}


def rows(count, gross="1.5", note="x"):
    return HEAD + "".join(f"{n},{gross},{note}\n" for n in range(count))


def findings(done):
    return [
        (each["kind"], each["column"], each["before"], each["after"]) for each in done.manifest["drift"]["findings"]
    ]


def drift_events(done, name="warning.drift"):
    return [event["attributes"] for event in done.manifest["events"] if event["name"] == name]


def test_a_first_run_and_an_identical_one_find_nothing(project, mode):
    project.passthrough(rows(30))
    first, again = project.good(mode, 7, out="out"), project.good(mode, 11, out="out", force=True)
    assert first.manifest["drift"] == {"baseline": None, "findings": []}
    told = {"run_id": first.manifest["run_id"], "batch_id": None, "manifest_path": str(first.out / "manifest.json")}
    assert again.manifest["drift"] == {"baseline": told, "findings": []}
    assert drift_events(again) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,gross\n1,2.5\n", [("column_lost", "note", "string", None)]),
        ("id,gross,note,zip\n1,2.5,x,02116\n", [("column_added", "zip", None, "string")]),
        ("id,gross_eur,note\n1,2.5,x\n", [("column_renamed", "gross", "gross", "gross_eur")]),
        ("id,gross,note\n1,n/a,x\n", [("type_changed", "gross", "float", "string")]),
        ("id,gross,note\n1,,x\n", []),
        ("id,gross,note\n", []),
    ],
)
def test_what_changed_is_a_warning_and_the_run_goes_on(project, mode, content, expected):
    project.passthrough("id,gross,note\n1,1.5,x\n")
    project.good(mode, out="out")
    project.write("records.csv", content)
    done = project.good(mode, out="out")
    assert findings(done) == expected
    told = [{key: each[key] for key in ("kind", "column")} for each in drift_events(done)]
    assert told == [{"kind": kind, "column": column} for kind, column, *_ in expected]


def test_rows_and_missing_values_are_compared_when_all_is_read(project, mode):
    project.passthrough(rows(100))
    project.good(mode, 9, out="out")
    project.write("records.csv", rows(250).replace(",1.5,", ",,", 100))
    done = project.good(mode, 9, out="out")
    assert findings(done) == [("row_count", None, 100, 250), ("null_share", "gross", 0.0, 0.4)]
    assert [event["message"] for event in drift_events(done)] == [
        "input 'records': 250 rows, and 100 rows before",
        "input 'records': column 'gross' lacks 40.0% of its values, and 0.0% before",
    ]


@pytest.mark.parametrize("types", ["infer", "text", "pandas"])
def test_missing_values_are_counted_alike_in_every_mode_and_chunk_size(project, types):
    content = "id,gross,note,none\n" + "".join(
        f"{n},{n if n % 3 else ''},{'x' if n % 5 else ''},\n" for n in range(500)
    )
    project.write("a/2.csv", "id,more\n7,\n8,y\n")
    project.write("a/1.csv", content)
    read = {"read_options": {"types": types}}
    project.pipeline(
        inputs={"records": {"uri": "a/", "combine_strategy": "union_by_name", "metadata": read}},
        outputs={"records": "records"},
    )
    expected = {"id": 0, "gross": 169, "note": 102, "none": 502, "more": 501}
    for arguments in (("batch",), ("stream", 1), ("stream", 7), ("stream", 501), ("stream", 10_000)):
        assert project.good(*arguments).manifest["inputs"]["records"]["nulls"] == expected, arguments


def failing(project, content, **more):
    project.passthrough(content, on_drift="fail", **more)


def test_an_input_that_may_not_drift_fails_the_run_before_its_rows_are_read(project, mode):
    failing(project, rows(30))
    before = project.good(mode, out="out").bytes()
    project.write("records.csv", "id,gross\n" + "1,x\n" * 29)
    done = project.bad(InputError, mode, out="out")
    assert done.told.splitlines()[0::2] == [
        "input 'records': column 'note' is gone",
        "input 'records': column 'gross' is string, and was float",
    ]
    assert "on_drift: warn" in done.told
    assert done.bytes() == before
    assert [each["kind"] for each in drift_events(done, "drift")] == ["column_lost", "type_changed"]
    assert done.manifest["inputs"]["records"]["rows"] == 0
    assert done.manifest["steps"] == []


def test_rows_that_may_not_drift_fail_the_run_before_anything_is_published(project, mode):
    failing(project, rows(100))
    before = project.good(mode, 9, out="out").bytes()
    project.write("records.csv", rows(10))
    done = project.bad(InputError, mode, 9, out="out")
    assert "input 'records': 10 rows, and 100 rows before" in done.told
    assert done.bytes() == before
    assert project.leftovers() == []


def test_all_inputs_are_told_at_once_in_the_order_of_the_file(project, mode):
    for name in ("b", "a", "c"):
        project.write(f"{name}.csv", "id,x\n1,2\n")
    inputs = {
        name: {"uri": f"{name}.csv", "on_drift": fate} for name, fate in (("b", "fail"), ("a", "fail"), ("c", "warn"))
    }
    project.pipeline(inputs=inputs, outputs={name: name for name in inputs})
    project.good(mode, out="out")
    for name in inputs:
        project.write(f"{name}.csv", "id\n1\n")
    done = project.bad(InputError, mode, out="out")
    assert [fault["where"] for fault in done.manifest["error"]["faults"]] == ["input 'b'", "input 'a'"]
    assert [each["input"] for each in done.manifest["drift"]["findings"]] == ["b", "a", "c"]
    assert [event["name"] for event in done.manifest["events"]] == ["drift", "drift", "warning.drift"]


def test_a_failed_run_hands_its_baseline_on_so_that_the_next_one_fails_too(project, mode):
    failing(project, rows(30))
    first = project.good(mode, out="out").manifest["run_id"]
    project.write("records.csv", "id\n1\n")
    for _ in range(3):
        done = project.bad(InputError, mode, out="out")
        assert done.manifest["drift"]["baseline"]["run_id"] == first
    (project.folder / "in" / "records.csv").rename(project.folder / "kept.csv")
    assert "no files" in project.bad(InputError, mode, out="out").told
    (project.folder / "kept.csv").rename(project.folder / "in" / "records.csv")
    assert "column 'note' is gone" in project.bad(InputError, mode, out="out").told
    project.write("records.csv", rows(31))
    done = project.good(mode, out="out")
    assert done.manifest["drift"]["baseline"]["run_id"] == first
    assert "inputs" not in done.manifest["drift"]["baseline"]


def test_one_run_with_a_warning_makes_the_new_shape_the_baseline(project):
    failing(project, rows(10))
    project.good(out="out")
    project.write("records.csv", "id\n1\n")
    project.bad(InputError, out="out")
    text = project.file.read_text()
    project.file.write_text(text.replace("on_drift: fail", "on_drift: warn"))
    assert len(findings(project.good(out="out"))) == 2
    project.file.write_text(text)
    assert findings(project.good(out="out")) == []


def test_what_is_ignored_is_not_looked_for(project, mode, monkeypatch):
    project.passthrough(rows(30), on_drift="ignore")
    project.good(mode, out="out")
    project.write("records.csv", "other\n1\n")
    from trakt.engine.drift import watch as drift

    monkeypatch.setattr(drift, "last_committed", lambda *given: pytest.fail("it was looked for"))
    assert project.good(mode, out="out").manifest["drift"] == {"baseline": None, "findings": []}


def test_another_client_and_another_pipeline_are_no_baseline(project):
    project.passthrough(rows(30))
    project.good(out="out", client_id="acme")
    project.write("records.csv", "id\n1\n")
    assert project.good(out="out", client_id="globex").manifest["drift"]["baseline"] is None
    project.file.write_text(project.file.read_text().replace("name: tested", "name: other"))
    assert project.good(out="out", client_id="globex").manifest["drift"]["baseline"] is None


def in_batch(project, batch, **more):
    """Outputs and manifest in a folder of its own batch."""
    places = {"output_dir": project.folder / "clean [x]" / "{client_id}" / "{batch_id}", **more.pop("places", {})}
    manifest = project.folder / "clean [x]" / more.get("client_id", "acme") / batch / "manifest.json"
    done = project.run(**{"client_id": "acme", "batch_id": batch, **places, **more})
    return done, json.loads(manifest.read_bytes())["drift"] if manifest.exists() else None


def test_of_other_batches_the_newest_by_name_that_succeeded_is_the_baseline(project):
    project.passthrough(rows(10))
    for batch in ("2026-01", "2026-02"):
        assert in_batch(project, batch)[0].error is None
    in_batch(project, "2026-09", client_id="globex")
    project.write("records.csv", "id,gross,note\n1,2,3,4\n")
    assert in_batch(project, "2026-03")[0].error
    project.write("records.csv", "id,gross\n1,2.5\n")
    drift = in_batch(project, "2026-04")[1]
    assert drift["baseline"]["batch_id"] == "2026-02"
    assert [each["kind"] for each in drift["findings"]] == ["column_lost"]
    # it is no baseline of itself
    assert in_batch(project, "2026-04")[1]["baseline"]["batch_id"] == "2026-02"


def test_batches_that_failed_in_a_row_hand_the_baseline_on(project):
    failing(project, rows(30))
    in_batch(project, "b00")
    project.write("records.csv", "id\n1\n")
    for number in range(1, MOST_READ + 3):
        done, drift = in_batch(project, f"b{number:02}")
        assert isinstance(done.error, InputError)
        assert drift["baseline"]["batch_id"] == "b00"


def test_a_replay_of_rejected_rows_is_compared_with_nothing_and_nothing_with_it(project):
    failing(project, rows(30))
    first = project.good(out="out").manifest
    project.write("records.csv", "id,gross,note\n1,2.5,x\n")
    link = {"run_id": first["run_id"], "manifest_path": str(project.folder / "out" / "manifest.json"), "rows": 1}
    request = RunRequest(
        pipeline=load_pipeline_from_yaml(project.file),
        input_dir=str(project.folder / "in"),
        output_dir=str(project.folder / "out"),
        replay_of=link,
    )
    run(request)
    assert json.loads((project.folder / "out" / "manifest.json").read_bytes())["drift"]["baseline"] is None
    project.write("records.csv", rows(30))
    assert project.good(out="out").manifest["drift"]["baseline"] is None


def test_a_run_may_have_a_manifest_of_its_own(project):
    project.passthrough(rows(10))
    path = str(project.folder / "records" / "{run_id}.json")
    for run_id in ("r1", "r2"):
        project.good(run_id=run_id, manifest_path=path)
    project.write("records.csv", "id,gross\n1,2.5\n")
    project.run(run_id="r3", manifest_path=path, **IDS)
    assert json.loads((project.folder / "records" / "r3.json").read_bytes())["drift"]["baseline"] is None
    project.run(run_id="r4", manifest_path=path)
    drift = json.loads((project.folder / "records" / "r4.json").read_bytes())["drift"]
    assert drift["baseline"]["run_id"] == "r2"
    assert [each["kind"] for each in drift["findings"]] == ["column_lost"]


def test_a_caller_may_name_the_baseline(project):
    project.passthrough(rows(10))
    named = project.good(out="one", **IDS)
    project.write("records.csv", "id,gross\n1,2.5\n")
    done = project.good(out="two", baseline=named.out / "manifest.json")
    assert done.manifest["drift"]["baseline"]["manifest_path"] == str(named.out / "manifest.json")
    assert findings(done) == [("column_lost", "note", "string", None)]


def test_a_named_baseline_that_says_nothing_fails_the_run(project):
    project.passthrough(rows(30))
    assert "no manifest lies at" in project.bad(InputError, baseline=project.folder / "none.json").told
    project.write("records.csv", "id\n1,2\n")
    failed = project.bad(InputError, out="failed")
    project.write("records.csv", rows(30))
    told = project.bad(InputError, baseline=failed.out / "manifest.json").told
    assert "has not succeeded, and had no baseline itself" in told
    assert "{batch}" in project.bad(PipelineError, baseline="{batch}.json").told


def test_a_manifest_that_is_none_is_a_warning_unless_a_run_relies_on_it(project):
    project.passthrough(rows(30))
    place = project.folder / "out" / "manifest.json"
    place.parent.mkdir()
    place.write_text('{"a manifest": "of something else"}')
    done = project.good(out="out")
    (event,) = drift_events(done)
    assert event["message"].startswith("inputs are not compared with an earlier run: ")
    assert "this is no manifest" in event["message"]
    failing(project, rows(30))
    place.write_text("[]")
    assert "this is no manifest" in project.bad(InputError, out="out").told


def test_an_input_that_is_absent_is_not_compared(project, mode):
    project.passthrough(rows(30), required=False)
    project.step(
        "none",
        '@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)\ndef run(ctx, input):\n    return {"output": [pd.DataFrame({"a": [1]})] if ctx.mode == "stream" else pd.DataFrame({"a": [1]})}\n',
    )
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "required": False, "on_drift": "fail"}},
        steps=[{"id": "none", "uses": "steps.none", "with": {"input": "records", "output": "made"}}],
        outputs={"records": "made"},
    )
    project.good(mode, out="out")
    kept = (project.folder / "in" / "records.csv").rename(project.folder / "kept.csv")
    assert findings(project.good(mode, out="out")) == []
    kept.rename(project.folder / "in" / "records.csv")
    assert findings(project.good(mode, out="out")) == []


def test_batches_in_s3_are_compared_too(project, bucket, mode):
    project.passthrough(rows(10))
    for batch, content in (("b1", rows(10)), ("b2", "id,gross\n1,2.5\n")):
        bucket.put(f"in/{batch}/records.csv", content)
        places = {"input_dir": bucket.uri("in/{batch_id}/"), "output_dir": bucket.uri("out/{batch_id}/")}
        assert project.run(mode, client_id="acme", batch_id=batch, **places).error is None
    drift = json.loads(bucket.get("out/b2/manifest.json"))["drift"]
    assert drift["baseline"]["manifest_path"] == bucket.uri("out/b1/manifest.json")
    assert [(each["kind"], each["column"]) for each in drift["findings"]] == [("column_lost", "note")]
