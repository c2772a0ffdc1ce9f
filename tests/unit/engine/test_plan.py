from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from trakt.engine.plan import plan
from trakt.engine.request import DEFAULT_CHUNK_ROWS, RunRequest
from trakt.engine.within import Prefixes
from trakt.errors import InputError, PipelineError
from trakt.pipeline.model import Execution, Input, Output, Pipeline


@pytest.fixture
def request_of(tmp_path: Path) -> Any:
    (tmp_path / "r.csv").write_bytes(b"id\n1\n")

    def make(**changes: Any) -> RunRequest:
        mine = {key: changes.pop(key) for key in list(changes) if key in ("inputs_wanted", "outputs", "execution")}
        pipeline = Pipeline(
            name="p",
            inputs=mine.get("inputs_wanted", (Input("r", "r.csv"),)),
            outputs=mine.get("outputs", (Output("o", "r"),)),
            execution=mine.get("execution", Execution()),
        )
        return RunRequest(pipeline=pipeline, input_dir=str(tmp_path), output_dir=str(tmp_path / "out"), **changes)

    return make


def test_a_plan_names_exact_files_targets_and_mode(request_of: Any, tmp_path: Path) -> None:
    planned = plan(request_of(run_id="r1"))
    shown = planned.as_dict()
    assert shown["inputs"]["r"]["files"] == [{"uri": str(tmp_path / "r.csv"), "bytes": 5}]
    assert shown["outputs"]["o"]["uri"] == str(tmp_path / "out" / "o.csv")
    assert (shown["mode"], shown["chunk_rows"]) == ("batch", None)
    assert shown["manifest_path"] == str(tmp_path / "out" / "manifest.json")
    assert not (tmp_path / "out").exists()
    for line in (str(tmp_path / "r.csv"), "5 bytes", str(tmp_path / "out" / "o.csv"), "manifest.json"):
        assert line in planned.describe()


@pytest.mark.parametrize(
    ("wanted", "execution", "expected"),
    [
        ({}, Execution("stream"), ("stream", DEFAULT_CHUNK_ROWS)),
        ({}, Execution("stream", 7), ("stream", 7)),
        ({"chunk_rows": 3}, Execution("stream", 7), ("stream", 3)),
        ({"mode": "batch"}, Execution("stream", 7), ("batch", None)),
        ({"mode": "stream"}, Execution("batch"), ("stream", DEFAULT_CHUNK_ROWS)),
    ],
)
def test_the_caller_wins_over_the_file(request_of: Any, wanted: Any, execution: Execution, expected: Any) -> None:
    planned = plan(request_of(execution=execution, **wanted))
    assert (planned.mode, planned.chunk_rows) == expected


def test_a_plan_is_frozen(request_of: Any) -> None:
    planned = plan(request_of())
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.mode = "stream"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"chunk_rows": 0}, "at least 1 row"),
        ({"mode": "strem"}, "did you mean 'stream'?"),
        ({"inputs": {"x": "y"}}, "no input is named 'x'"),
        ({"params": {"a.b": 1}}, "there is no step 'a'"),
        ({"outputs": (Output("o", "nothing"),)}, "nothing makes"),
        ({"outputs": (Output("o", "r", kind="cvs"),)}, "did you mean 'csv'?"),
        ({"outputs": (Output("o", "r"), Output("p", "r", uri="o.csv"))}, "o.csv"),
    ],
)
def test_what_a_caller_gets_wrong_is_found_in_the_plan(request_of: Any, changes: Any, told: str) -> None:
    with pytest.raises(PipelineError) as raised:
        plan(request_of(**changes))
    assert told in str(raised.value)


def test_several_faults_come_in_one_error(request_of: Any) -> None:
    with pytest.raises(PipelineError) as raised:
        plan(request_of(chunk_rows=0, inputs={"x": "y"}, outputs=(Output("o", "nothing"),)))
    assert len(raised.value.faults) == 3


def test_a_required_input_without_files_is_found_in_the_plan(request_of: Any) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        plan(request_of(inputs_wanted=(Input("r", "none/*.csv"),)))
    planned = plan(request_of(inputs_wanted=(Input("r", "none/*.csv", required=False),)))
    assert planned.inputs[0].files == ()


@pytest.mark.parametrize("uri", [",", " , "])
def test_a_list_that_names_nothing_is_no_input_that_is_absent(request_of: Any, uri: str) -> None:
    with pytest.raises(InputError, match="input 'r' has no files"):
        plan(request_of(inputs={"r": uri}))


def test_blanks_around_a_place_are_none_of_it(request_of: Any, tmp_path: Path) -> None:
    for uri in (" r.csv", f" {tmp_path}/r.csv "):
        assert [file.uri for file in plan(request_of(inputs={"r": uri})).inputs[0].files] == [str(tmp_path / "r.csv")]


@pytest.mark.parametrize("uri", ["../r.csv", " ../r.csv", "a.csv, ../r.csv", "../x,y.csv", "/etc/passwd"])
def test_what_a_request_asks_for_is_judged_by_where_it_leads(request_of: Any, tmp_path: Path, uri: str) -> None:
    (tmp_path / "in").mkdir()
    within = Prefixes((f"{tmp_path}/in/",), (f"{tmp_path}/out/",))
    request = dataclasses.replace(request_of(within=within, inputs={"r": uri}), input_dir=str(tmp_path / "in"))
    with pytest.raises(PipelineError, match="lies outside of what was set up"):
        plan(request)


def test_all_places_outside_are_told_at_once(request_of: Any, tmp_path: Path) -> None:
    within = Prefixes((f"{tmp_path}/in/",), (f"{tmp_path}/elsewhere/",))
    with pytest.raises(PipelineError) as caught:
        plan(request_of(within=within, inputs_wanted=(Input("r", "r.csv"), Input("s", f"{tmp_path}/s.csv"))))
    assert [fault.what.partition(":")[0] for fault in caught.value.faults] == [
        "input 'r'",
        "output 'o'",
        "the manifest",
    ]
