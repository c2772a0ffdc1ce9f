"""Where inputs are found and outputs go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trakt import InputError, PipelineError, RunError

OPTIONAL = """\
@step_contract(inputs=["input", "extra"], outputs=["output"], supports_stream=True)
def run(ctx, input, extra):
    ctx.emit_event("extra", absent=extra is None)
    return {"output": input}
"""


def reads(project: Any, uri: str, **more: Any) -> None:
    project.pipeline(inputs={"records": {"uri": uri, **more}}, outputs={"records": "records"})


@pytest.mark.parametrize("inside", [True, False])
def test_an_optional_input_that_is_absent_reaches_the_step_as_none(project: Any, mode: str, inside: bool) -> None:
    project.step("work", OPTIONAL)
    project.write("records.csv", "id\n1\n")
    where = {"metadata": {"required": False}} if inside else {"required": False}
    project.pipeline(
        inputs={"records": "records.csv", "extra": {"uri": "extra.csv", **where}},
        steps=[
            {"id": "work", "uses": "steps.work", "with": {"input": "records", "extra": "extra", "output": "worked"}}
        ],
        outputs={"records": "worked"},
    )
    done = project.good(mode)
    assert done.events["extra"] == {"absent": True}
    assert done.manifest["inputs"]["extra"]["absent"] is True
    assert done.manifest["inputs"]["extra"]["files"] == []
    project.write("extra.csv", "x\n1\n")
    done = project.good(mode)
    assert done.events["extra"] == {"absent": False}
    assert done.manifest["inputs"]["extra"]["absent"] is False


def test_an_absent_input_bound_to_an_output_is_told(project: Any, mode: str) -> None:
    reads(project, "nothing.csv", required=False)
    assert "optional input that is absent" in project.bad(RunError, mode).told


def test_an_input_that_nobody_reads_is_not_read_and_told(project: Any, mode: str) -> None:
    project.write("records.csv", "id\n1\n")
    project.write("broken.csv", b"\xff\xff\0")
    project.pipeline(inputs={"records": "records.csv", "broken": "broken.csv"}, outputs={"records": "records"})
    done = project.good(mode)
    assert done.manifest["inputs"]["broken"]["rows"] is None
    assert "'broken' is read by no step" in done.events["warning.plan"]["message"]


def test_an_override_replaces_an_input(project: Any, mode: str, tmp_path: Path) -> None:
    project.passthrough("id\n1\n")
    other = tmp_path / "other.csv"
    other.write_text("id\n2\n")
    done = project.good(mode, input_overrides={"records": other})
    assert done.bytes() == b"id\n2\n"
    assert done.manifest["inputs"]["records"]["source"] == str(other)
    project.write("sub/third.csv", "id\n3\n")
    assert project.good(mode, input_overrides={"records": "sub/third.csv"}).bytes() == b"id\n3\n"
    assert "did you mean 'records'?" in project.bad(PipelineError, mode, input_overrides={"record": other}).told


def test_params_replace_the_literals_of_steps(project: Any, mode: str) -> None:
    project.step(
        "add",
        """\
        @step_contract(inputs=["input", "more"], outputs=["output"], supports_stream=True)
        def run(ctx, input, more):
            work = lambda frame: frame.assign(id=frame["id"] + more)
            return {"output": work(input) if ctx.mode == "batch" else map(work, input)}
        """,
    )
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "add", "uses": "steps.add", "with": {"input": "records", "more": 1, "output": "added"}}],
        outputs={"records": "added"},
    )
    assert project.good(mode).bytes() == b"id\n2\n"
    done = project.good(mode, params={"add.more": 10})
    assert done.bytes() == b"id\n11\n"
    assert done.manifest["params"] == {"add.more": 10}
    assert "did you mean" in project.bad(PipelineError, mode, params={"ad.more": 10}).told


def test_two_outputs_to_one_place_are_refused(project: Any) -> None:
    project.write("records.csv", "id\n1\n")
    datasets = [
        {"name": name, "from": "records", "uri": uri} for name, uri in (("a", "x.csv"), ("b", "./sub/../x.csv"))
    ]
    project.pipeline(inputs={"records": "records.csv"}, outputs={"datasets": datasets})
    told = project.bad(PipelineError).told
    assert "output 'a'" in told
    assert "output 'b'" in told
    assert "pipeline.yaml:" in told


def test_an_output_over_an_input_is_refused(project: Any, mode: str) -> None:
    project.passthrough("id\n1\n")
    done = project.bad(PipelineError, mode, out="in")
    assert "would replace" in done.told
    assert (project.folder / "in" / "records.csv").read_text() == "id\n1\n"


def test_an_output_over_an_input_is_refused_by_any_other_name(project: Any, mode: str) -> None:
    project.passthrough("id\n1\n")
    (project.folder / "link").symlink_to(project.folder / "in")
    project.bad(PipelineError, mode, out="link")
    assert (project.folder / "in" / "records.csv").read_text() == "id\n1\n"


def test_an_output_under_the_name_of_the_manifest_is_refused(project: Any) -> None:
    project.write("records.csv", "id\n1\n")
    datasets = [{"name": "a", "from": "records", "uri": "manifest.json"}]
    project.pipeline(inputs={"records": "records.csv"}, outputs={"datasets": datasets})
    assert "manifest" in project.bad(PipelineError).told


def test_a_missing_input_names_what_is_there(project: Any, mode: str) -> None:
    project.write("recods.csv", "id\n1\n")
    reads(project, "records.csv")
    told = project.bad(InputError, mode).told
    assert "nothing at" in told
    assert "did you mean" in told
    assert "recods.csv" in told
    assert "pipeline.yaml:" in told


def test_all_missing_inputs_are_told_at_once(project: Any) -> None:
    project.pipeline(inputs={"a": "a.csv", "b": "b/*.csv"}, outputs={"x": "a", "y": "b"})
    error = project.bad(InputError).error
    assert error is not None
    assert len(error.faults) == 2


def test_a_folder_is_read_by_name_without_hidden_files_and_files_of_other_kinds(project: Any, mode: str) -> None:
    for name, row in (("b.csv", "2"), ("a.CSV", "1"), ("c.csv", "3"), (".hidden.csv", "9")):
        project.write(f"parts/{name}", f"id\n{row}\n")
    project.write("parts/notes.txt", "read me")
    project.write("parts/deeper/d.csv", "id\n4\n")
    reads(project, "parts")
    done = project.good(mode)
    assert done.bytes() == b"id\n1\n2\n3\n"
    assert "notes.txt" in done.events["warning.plan"]["message"]


def test_a_folder_with_only_files_of_other_kinds_is_told(project: Any, mode: str) -> None:
    project.write("parts/data.xlsx", "x")
    reads(project, "parts")
    told = project.bad(InputError, mode).told
    assert "not of this kind" in told
    assert "data.xlsx" in told


def test_an_empty_folder_is_told(project: Any, mode: str) -> None:
    (project.folder / "in" / "parts").mkdir(parents=True)
    reads(project, "parts")
    assert "no files" in project.bad(InputError, mode).told


def test_a_glob_is_sorted_and_a_comma_list_keeps_its_order(project: Any, mode: str) -> None:
    for name in "cab":
        project.write(f"{name}.csv", f"id\n{name}\n")
    reads(project, "*.csv")
    assert project.good(mode).bytes() == b"id\na\nb\nc\n"
    reads(project, "c.csv, a.csv")
    assert project.good(mode).bytes() == b"id\nc\na\n"


def test_a_comma_list_may_be_longer_than_the_name_of_a_file(project: Any, mode: str) -> None:
    names = [f"deliveries/of a client with a long name/part {number}.csv" for number in range(100)]
    for number, name in enumerate(names):
        project.write(name, f"id\n{number}\n")
    reads(project, ", ".join(names))
    assert project.good(mode).manifest["inputs"]["records"]["rows"] == 100


def test_a_hole_in_a_comma_list_is_told(project: Any, mode: str) -> None:
    project.write("a.csv", "id\n1\n")
    reads(project, "a.csv,b.csv")
    told = project.bad(InputError, mode).told
    assert "b.csv" in told


def test_a_file_named_twice_is_told(project: Any, mode: str) -> None:
    project.write("a.csv", "id\n1\n")
    reads(project, "a.csv,*.csv")
    assert "more than once" in project.bad(InputError, mode).told


NAMES = [
    "a,b.csv",
    "a b.csv",
    "a[1].csv",
    "[abc].csv",
    "a*.csv",
    "ü 日本.csv",
    "a?.csv",
    "#a.csv",
    "a%20b.csv",
    "-a.csv",
    "a'b\".csv",
    "~.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_have_any_name(project: Any, mode: str, name: str) -> None:
    project.write(name, "id\n1\n")
    reads(project, name)
    done = project.good(mode)
    assert done.bytes() == b"id\n1\n"
    assert done.manifest["inputs"]["records"]["files"][0]["uri"] == str(project.folder / "in" / name)


@pytest.mark.parametrize("name", NAMES)
def test_an_output_may_have_any_name(project: Any, mode: str, name: str) -> None:
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        outputs={"datasets": [{"name": "o", "from": "records", "uri": f"sub/{name}"}]},
    )
    assert project.good(mode).bytes(f"sub/{name}") == b"id\n1\n"
    assert project.leftovers() == []


def test_a_place_no_storage_knows_is_told(project: Any, mode: str) -> None:
    project.passthrough("id\n1\n")
    assert "s3://" in project.bad(RunError, mode, input_overrides={"records": "s3://bucket/key.csv"}).told
    reads(project, "records.csv")
    project.pipeline(
        inputs={"records": "records.csv"},
        outputs={"datasets": [{"name": "o", "from": "records", "uri": "s3://bucket/key.csv"}]},
    )
    assert "s3://" in project.bad(RunError, mode).told


def test_an_output_keeps_its_place_when_the_folder_is_not_there_yet(project: Any, mode: str) -> None:
    project.passthrough("id\n1\n")
    done = project.good(mode, out="new/deep/folder")
    assert done.bytes() == b"id\n1\n"


def test_an_output_is_readable_like_any_new_file(project: Any, mode: str) -> None:
    project.passthrough("id\n1\n")
    done = project.good(mode)
    ordinary = project.write("ordinary", "x")
    assert (done.out / "records.csv").stat().st_mode == ordinary.stat().st_mode
    assert (done.out / "manifest.json").stat().st_mode == ordinary.stat().st_mode
