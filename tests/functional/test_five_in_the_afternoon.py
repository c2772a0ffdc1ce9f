"""What went wrong, or was told badly, when people tried Trakt on files of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trakt import InputError, LocalRunner, OutputError, PipelineError, StepError, const, step, step_contract, workflow
from trakt.storage import local

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
KEEP = """\
    @step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
    def run(ctx, input):
        return {"output": input}
"""


def one_step(project: Any, body: str, content: str = "id,v\n1,2\n3,4\n", **more: Any) -> None:
    project.step("work", body)
    project.write("records.csv", content)
    project.pipeline(
        inputs={"records": {"uri": "records.csv", **more}},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "made"}}],
        outputs={"made": "made"},
    )


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_wrong_delimiter_is_no_success(project: Any, mode: str, delimiter: str) -> None:
    project.passthrough(delimiter.join(("id", "zip")) + "\n" + delimiter.join(("1", "02116")) + "\n")
    told = str(project.bad(InputError, mode, 2).error)
    assert "records.csv:1" in told
    assert f"delimiter: {delimiter!r}" in told


def test_a_failed_run_leaves_nothing_hidden_behind(project: Any) -> None:
    project.passthrough("id,v\n1,2\n")
    done = project.good(out="out")
    project.write("records.csv", "id,v\n1\n")
    for _ in range(3):
        project.bad(InputError, out="out")
    assert sorted(os.listdir(done.out)) == ["manifest.json", "records.csv"]


def test_a_bad_byte_in_a_ragged_row_is_told_in_one_sentence(project: Any) -> None:
    project.passthrough("id,ort\n1,Köln,3\n".encode("cp1252"))
    done = project.spawn("run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in")
    _, told = done.communicate()
    assert "records.csv:2: byte 0xf6 is not utf-8" in told
    assert "Exception ignored" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("uri", ["net.xlsx", "net.parquet", "net.zip", "exports/"])
def test_an_output_is_not_written_under_another_kind_s_name(project: Any, uri: str) -> None:
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"}, outputs={"datasets": [{"name": "net", "from": "records", "uri": uri}]}
    )
    assert "name" in str(project.bad(PipelineError).error)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_byte_order_mark_against_the_declared_encoding_is_told(project: Any, encoding: str) -> None:
    project.passthrough("id\nMüller\n".encode("utf-8-sig"), metadata={"encoding": encoding})
    assert "byte order mark says utf-8" in str(project.bad(InputError).error)


def test_a_key_that_a_step_returns_and_does_not_declare_is_told(project: Any, mode: str) -> None:
    one_step(project, KEEP.replace('"output": input', '"output": input, "rest": input'))
    told = str(project.bad(StepError, mode, 1).error)
    assert "rest" in told
    assert "declare" in told


def test_a_link_that_leads_nowhere_is_not_passed_over_in_silence(project: Any) -> None:
    project.passthrough("id\n1\n", name="a.csv")
    (project.folder / "in" / "b.csv").symlink_to(project.folder / "gone.csv")
    for uri in (".", "*.csv"):
        project.pipeline(inputs={"records": uri}, outputs={"records": "records"})
        assert "b.csv" in project.good().events["warning.plan"]["message"]


def test_warnings_are_said_on_the_screen(project: Any) -> None:
    project.write("records.csv", "id,v\n1,\n1,\n")
    policy = {"const": {"mode": "warn", "unique_keys": ["id"]}}
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[
            {
                "id": "gate",
                "uses": "trakt.steps.quality_gate",
                "with": {"input": "records", "policy": policy, "output": "made"},
            }
        ],
        outputs={"made": "made"},
    )
    _, told = project.spawn("run", "--pipeline-file", "pipeline.yaml", "--input-dir", "in").communicate()
    assert "warning: step gate: key (id)" in told
    assert "warning: input 'records': no value in v" in told


def test_a_full_stdout_is_told_and_is_no_traceback(project: Any) -> None:
    project.passthrough("id\n1\n")
    command = f"{sys.executable} -m trakt run --pipeline-file pipeline.yaml --input-dir in"
    run = subprocess.run(
        ["sh", "-c", f"{command} > /dev/full"],
        cwd=project.folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "could not be printed" in run.stderr
    assert "Traceback" not in run.stderr


def test_sys_exit_in_a_step_fails_the_step(project: Any, mode: str) -> None:
    one_step(project, KEEP.replace("return", 'import sys; sys.exit("enough")\n        return'))
    done = project.bad(StepError, mode, 1)
    assert "enough" in str(done.error)
    assert done.manifest["error"]["step_id"] == "work"


def test_a_series_is_told_where_it_was_returned(project: Any) -> None:
    one_step(project, KEEP.replace("input}", 'input.groupby("id")["v"].sum()}'))
    assert "reset_index" in str(project.bad(StepError).error)


def test_a_stream_treated_as_a_table_is_told_what_it_is(project: Any) -> None:
    one_step(project, KEEP.replace("input}", "input.assign(a=1)}"))
    assert "for chunk in input" in str(project.bad(StepError, "stream", 1).error)


def test_a_misspelt_column_of_a_number_format_is_told(project: Any) -> None:
    project.passthrough("amount\n1.5\n", write={"float_format": {"amuont": "%.2f"}})
    assert "did you mean 'amount'" in str(project.bad(OutputError).error)


def test_a_number_format_on_text_says_what_to_do(project: Any) -> None:
    project.passthrough("amount\nx\n", write={"float_format": {"amount": "%.2f"}})
    assert "wants numbers" in str(project.bad(OutputError).error)


@pytest.mark.parametrize("value", ["[1, 2]", "{'a': 1}", "__import__('numpy').arange(2000)"])
def test_a_value_of_many_parts_is_refused(project: Any, value: str) -> None:
    one_step(project, KEEP.replace("input}", f"pd.DataFrame({{'a': pd.Series([{value}], dtype=object)}})}}"))
    assert "has no text form" in str(project.bad(OutputError).error)


def test_a_folder_whose_name_looks_like_a_pattern_is_a_folder(project: Any) -> None:
    folder = project.folder / "acme[x]"
    folder.mkdir()
    (folder / "a.csv").write_text("id\n1\n")
    project.pipeline(inputs={"records": "*.csv"}, outputs={"records": "records"})
    assert project.good(input_dir=folder).bytes() == b"id\n1\n"


def test_a_file_that_grows_between_plan_and_read_is_told(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.passthrough("id\n1\n", schema={"id": "int"})
    opened = local.open_read

    def grow_first(file: Any, waiting: Any) -> Any:
        with Path(file.uri).open("a") as stream:
            stream.write("2\n")
        return opened(file, waiting)

    monkeypatch.setattr(local, "open_read", grow_first)
    assert "changed while it was being read" in str(project.bad(InputError, "stream", 1).error)


def test_a_literal_that_cannot_be_copied_is_handed_over_as_it_is(project: Any) -> None:
    lock = threading.Lock()
    seen = []

    @step_contract(inputs=["input", "lock"], outputs=["output"])
    def run(ctx: Any, input: pd.DataFrame, lock: Any) -> dict[str, Any]:
        seen.append(lock)
        return {"output": input}

    project.write("records.csv", "id\n1\n")
    held = step("s", run=run).bind(input="records", lock=const(lock), output="made")
    flow = workflow("w").input("records", uri="records.csv").step(held).output("made", from_="made")
    flow.run(LocalRunner(input_dir=project.folder / "in", output_dir=project.folder / "o"))
    assert seen == [lock]


def test_the_record_of_a_run_survives_what_a_step_puts_into_it(project: Any) -> None:
    body = 'm = {}; m["m"] = m; ctx.emit_event("odd", value=m, broken=type("B", (), {"__str__": lambda s: 1 / 0})())\n'
    one_step(project, KEEP.replace("return", body + "        raise KeyError('first')\n        return"))
    done = project.bad(StepError)
    assert "first" in str(done.error)
    assert done.manifest["error"]["type"] == "KeyError"


def test_what_one_step_writes_to_an_extension_array_another_does_not_read(project: Any) -> None:
    project.step("spoil", KEEP.replace("return", 'input["v"].array[0] = 99\n        return'))
    project.write("records.csv", "id,v\n1,2\n3,\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        steps=[{"id": "spoil", "uses": "steps.spoil", "with": {"input": "records", "output": "spoilt"}}],
        outputs={"spoilt": "spoilt", "records": "records"},
    )
    assert (project.good().out / "records.csv").read_bytes() == b"id,v\n1,2\n3,\n"


def test_files_with_columns_of_their_own_are_joined(project: Any) -> None:
    for number in range(150):
        project.write(f"many/{number:03}.csv", f"id,c{number}\n{number},x\n")
    project.pipeline(
        inputs={"records": {"uri": "many", "combine_strategy": "union_by_name"}}, outputs={"records": "records"}
    )
    frame = pd.read_csv(project.good().out / "records.csv")
    assert frame.shape == (150, 151)
    assert frame.notna().sum().sum() == 300


def test_a_killed_publication_leaves_no_record_rather_than_an_untrue_one(project: Any) -> None:
    project.write("records.csv", "id\n1\n")
    project.pipeline(inputs={"records": "records.csv"}, outputs={"a": "records", "b": "records"})
    done = project.good(out="out")
    project.write("records.csv", "id\n2\n")
    killer = project.folder / "killer.py"
    killer.write_text(
        "import os, trakt.storage.local as local\n"
        "replace = os.replace\n"
        "def once(source, target):\n"
        "    replace(source, target)\n"
        "    if str(target).endswith('a.csv'): os.kill(os.getpid(), 9)\n"
        "local.os.replace = once\n"
        "from trakt.cli import main\n"
        "main(['run', '--pipeline-file', 'pipeline.yaml', '--input-dir', 'in', '--output-dir', 'out'])\n"
    )
    command = [sys.executable, str(killer)]
    ended = subprocess.run(command, cwd=project.folder, env=ENVIRONMENT, capture_output=True, check=False)
    assert ended.returncode == -9
    assert (done.out / "a.csv").read_bytes() == b"id\n2\n"
    assert (done.out / "b.csv").read_bytes() == b"id\n1\n"
    assert not (done.out / "manifest.json").exists()
    assert project.good(out="out").manifest["status"] == "success"


def test_an_interrupt_after_the_last_publication_puts_everything_back(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.passthrough("id\n1\n")
    out = project.good(out="out").out
    before = {name: (out / name).read_bytes() for name in ("manifest.json", "records.csv")}
    project.write("records.csv", "id\n2\n")
    publish = local.LocalStaged.publish
    # the failed run's own manifest is not what is looked at here
    monkeypatch.setattr("trakt.engine.run._record_failure", lambda record, error: None)

    def interrupted(staged: Any) -> None:
        publish(staged)
        if staged.uri.endswith("manifest.json"):
            raise KeyboardInterrupt

    monkeypatch.setattr(local.LocalStaged, "publish", interrupted)
    assert isinstance(project.run(out="out").error, KeyboardInterrupt)
    assert {name: (out / name).read_bytes() for name in sorted(os.listdir(out))} == before
