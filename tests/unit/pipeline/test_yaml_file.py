"""Pipeline files: what they may say, and every fault with its line."""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt.pipeline.graph import examine
from trakt.pipeline.model import Const, Execution, Input, Output, Ref, Step
from trakt.pipeline.yaml_file import Reading, read_pipeline
from trakt.schema import LogicalType, Schema

WHOLE = """\
name: demo
description: what it is for
version: "2"
inputs:
  orders:
    uri: orders/*.csv
    kind: csv
    combine_strategy: union_by_name
    metadata:
      delimiter: auto
      read_options: {encoding: utf-8}
      required: false
    schema: {id: string, amount: Int64}
  people: people.csv
  places:
steps:
  - id: join.all
    uses: steps.join
    description: joins
    with:
      left: orders
      sides: [people, places]
      extra: {by: people, n: 5}
      currency: {const: usd}
      since: 2026-02-05
      ratio: 0.5
      flag: true
      nothing: null
      nested: {const: {a: [b, {const: c}]}}
      output: joined
  - id: second
    uses: tidy
outputs:
  datasets:
    - name: final
      from: joined
      kind: csv
      uri: exports/final.csv
      metadata: {write_options: {delimiter: "|"}}
execution: {mode: stream, chunk_rows: 500}
"""


def read(tmp_path: Path, text: str, *, strict: bool = True) -> Reading:
    file = tmp_path / "pipeline.yaml"
    file.write_text(text, encoding="utf-8")
    return read_pipeline(file, strict=strict)


def told(reading: Reading, tmp_path: Path) -> list[tuple[str, str, str | None]]:
    return [
        ((fault.where or "").replace(f"{tmp_path / 'pipeline.yaml'}", ""), fault.what, fault.hint)
        for fault in reading.faults
    ]


def test_a_whole_file_becomes_the_model(tmp_path: Path) -> None:
    reading = read(tmp_path, WHOLE)
    pipeline = reading.pipeline

    assert reading.faults == ()
    assert pipeline is not None
    assert pipeline.name == "demo"
    assert pipeline.inputs == (
        Input(
            "orders", "orders/*.csv", "csv", "union_by_name", False,
            {"delimiter": "auto", "read_options": {"encoding": "utf-8"}},
            Schema(("id", "amount"), {"id": LogicalType.STRING, "amount": LogicalType.INT}),
        ),
        Input("people", "people.csv"),
        Input("places", "places.csv"),
    )  # fmt: skip
    assert pipeline.steps == (
        Step("join.all", "steps.join", {
            "left": Ref("orders"),
            "sides": (Ref("people"), Ref("places")),
            "extra": {"by": Ref("people"), "n": Const(5)},
            "currency": Const("usd"),
            "since": Const(date(2026, 2, 5)),
            "ratio": Const(0.5),
            "flag": Const(True),
            "nothing": Const(None),
            "nested": Const({"a": ["b", {"const": "c"}]}),
            "output": Ref("joined"),
        }),
        Step("second", "tidy"),
    )  # fmt: skip
    assert pipeline.outputs == (
        Output("final", "joined", "csv", "exports/final.csv", {"write_options": {"delimiter": "|"}}),
    )
    assert pipeline.execution == Execution("stream", 500)


def test_the_origin_names_file_hash_folder_and_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pipeline.yaml").write_text(WHOLE)
    monkeypatch.chdir(tmp_path)
    pipeline = read_pipeline("pipeline.yaml").pipeline

    assert pipeline is not None
    assert pipeline.origin.path == Path("pipeline.yaml")
    assert pipeline.origin.sha256 == hashlib.sha256(WHOLE.encode()).hexdigest()
    assert pipeline.origin.root == tmp_path
    assert pipeline.where("steps", 0, "with", "sides", 1) == "pipeline.yaml:22:23"
    assert pipeline.where("outputs", "datasets", 0, "from") == "pipeline.yaml:36:7"


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("{final: joined}", Output("final", "joined")),
        ("{final: {from: joined, uri: a.csv}}", Output("final", "joined", uri="a.csv")),
        ("{datasets: joined}", Output("datasets", "joined")),
    ],
)
def test_outputs_have_a_short_form(tmp_path: Path, outputs: str, expected: Output) -> None:
    reading = read(tmp_path, f"name: x\noutputs: {outputs}\n")

    assert reading.faults == ()
    assert reading.pipeline is not None
    assert reading.pipeline.outputs == (expected,)
    assert reading.pipeline.where("outputs", "datasets", 0, "from").startswith(f"{tmp_path / 'pipeline.yaml'}:2:")


def test_the_mode_may_stand_alone(tmp_path: Path) -> None:
    reading = read(tmp_path, "name: x\nexecution: stream\n")

    assert reading.pipeline is not None
    assert reading.pipeline.execution == Execution("stream")


def test_sections_may_be_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "name: x\ninputs:\nsteps:\noutputs:\nexecution:\n").faults == ()
    assert read(tmp_path, "name: x\noutputs: {datasets: }\nsteps: [{id: a, uses: b, with: }]").faults == ()


FAULTS = {
    "name: x\nstpes: []": (":2:1", "unknown key 'stpes' in the pipeline", "did you mean 'steps'?"),
    "inputs: {}": (":1:1", "the pipeline lacks the key 'name'", None),
    "name: ' '": (":1:1", "'name' must not be empty", None),
    "name: 5": (":1:1", "'name' must be a text, not 5", None),
    "name: x\nversion: [1]": (":2:1", "'version' must be a text (put 1.10 in quotes: as a number it is 1.1), not [1]", None),
    "name: x\ndescription: 5": (":2:1", "'description' must be a text, not 5", None),
    "name: x\ninputs: [a]": (":2:1", "'inputs' must be a mapping of name to input, not ['a']", None),
    "name: x\nsteps: {a: b}": (":2:1", "'steps' must be a list of steps, not {'a': 'b'}", None),
    "name: x\noutputs: [a]": (":2:1", "'outputs' must be a mapping with the list 'datasets', or of output name to artifact, not ['a']", None),
    "name: x\nexecution:\n  mode: streem": (":3:3", "'mode' must be batch or stream, not 'streem'", "did you mean 'stream'?"),
    "name: x\nexecution: streem": (":2:1", "'mode' must be batch or stream, not 'streem'", "did you mean 'stream'?"),
    "name: x\nexecution: {chunk_rows: 0}": (":2:13", "'chunk_rows' must be at least 1, not 0", None),
    "name: x\nexecution: {chunk_rows: true}": (":2:13", "'chunk_rows' must be a whole number, not True", None),
    "name: x\nexecution: {chunk_rws: 5}": (":2:13", "unknown key 'chunk_rws' in execution", "did you mean 'chunk_rows'?"),
    "name: x\ninputs:\n  '': a.csv": (":3:3", "an input must have a name", None),
    "name: x\ninputs:\n  a: 5": (":3:3", "input 'a' must be a uri or a mapping, not 5", None),
    "name: x\ninputs:\n  a: {uri: 5}": (":3:7", "'uri' must be a text, not 5", None),
    "name: x\ninputs:\n  a: ''": (":3:3", "'uri' must not be empty", None),
    "name: x\ninputs:\n  a: {url: a.csv}": (":3:7", "unknown key 'url' in input 'a'", "did you mean 'uri'?"),
    "name: x\ninputs:\n  a: {combine_strategy: union}": (":3:7", "'combine_strategy' must be concat, validate_schema or union_by_name, not 'union'", None),
    "name: x\ninputs:\n  a: {combine_strategy: unionbyname}": (":3:7", "'combine_strategy' must be concat, validate_schema or union_by_name, not 'unionbyname'", "did you mean 'union_by_name'?"),
    "name: x\ninputs:\n  a: {required: 'no'}": (":3:7", "'required' must be true or false, not 'no'", None),
    "name: x\ninputs:\n  a: {metadata: {required: 1}}": (":3:18", "'required' must be true or false, not 1", None),
    "name: x\ninputs:\n  a: {required: true, metadata: {required: true}}": (":3:34", "input 'a' says 'required' twice: on itself and under 'metadata'", "keep one"),
    "name: x\ninputs:\n  a: {metadata: [b]}": (":3:7", "'metadata' must be a mapping, not ['b']", None),
    "name: x\ninputs:\n  a:\n    schema:\n      id: strin": (":5:7", "the column 'id' has the unknown type 'strin'", "did you mean 'string'? types are string, int, float, decimal, bool, date, timestamp, or pandas names of them"),
    "name: x\nsteps: [a]": (":2:9", "a step must be a mapping with 'id' and 'uses', not 'a'", None),
    "name: x\nsteps:\n  - uses: a": (":3:5", "step lacks the key 'id'", None),
    "name: x\nsteps:\n  - id: a": (":3:5", "step lacks the key 'uses'", None),
    "name: x\nsteps:\n  - id: a b\n    uses: c": (":3:5", "'a b' cannot be the id of a step", "use letters, digits, '_', '.' and '-', not first '.' or '-'"),
    "name: x\nsteps:\n  - id: 5\n    uses: c": (":3:5", "'id' must be a text, not 5", None),
    "name: x\nsteps:\n  - {id: a, uses: c}\n  - {id: a, uses: c}": (":4:6", "the step id 'a' stands twice: steps 1 and 2 of the list", "give each step an id of its own"),
    "name: x\nsteps:\n  - {id: a, uses: c, with: [b]}": (":3:22", "'with' must be a mapping of names, not ['b']", None),
    "name: x\nsteps:\n  - {id: a, uses: c, wiht: {}}": (":3:22", "unknown key 'wiht' in step", "did you mean 'with'?"),
    "name: x\nsteps:\n  - {id: a, uses: c, with: {b: 1, b: 2}}": (":3:35", "the key 'b' stands twice: in lines 3 and 3", "keep one of them"),
    "name: x\noutputs: {datasets: [{name: a}]}": (":2:22", "output lacks the key 'from'", None),
    "name: x\noutputs: {datasets: [{from: a}]}": (":2:22", "output lacks the key 'name'", None),
    "name: x\noutputs: {datasets: [5]}": (":2:22", "an output must be a mapping with 'name' and 'from', not 5", None),
    "name: x\noutputs: {a: 5}": (":2:11", "an output must be a mapping with 'name' and 'from', not 5", None),
    "name: x\noutputs: {a: {name: b, from: c}}": (":2:15", "output 'a' has its name already; 'name' belongs to the list form", "remove it"),
    "name: x\noutputs: {a: {form: c, from: c}}": (":2:15", "unknown key 'form' in output", "did you mean 'from'?"),
    "name: x\noutputs: {datasets: [{name: a, from: b}, {name: a, from: c}]}": (":2:43", "the output name 'a' stands twice", "give each output its own name"),
    "name: x\noutputs: {datasets: [], final: c}": (":2:25", "unknown key 'final' in outputs", "known keys: datasets"),
    "": ("", "the file is empty", "write `name:`, `inputs:`, `steps:` and `outputs:`; `trakt init` writes an example"),
    "# nothing": ("", "the file holds only comments, or nothing that counts", "write `name:`, `inputs:`, `steps:` and `outputs:`; `trakt init` writes an example"),
    "- a": (":1:1", "a pipeline file must hold a mapping of keys, not a list", "write `name:`, `inputs:`, `steps:` and `outputs:`; `trakt init` writes an example"),
    "just text": (":1:1", "a pipeline file must hold a mapping of keys, not a single value", "write `name:`, `inputs:`, `steps:` and `outputs:`; `trakt init` writes an example"),
    "a: b: c": (":1:5", "a ':' stands where no key can be", "check the indentation, or put a text that holds ': ' in quotes"),
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS, ids=[what for _, what, _ in FAULTS.values()])
def test_each_fault_names_its_place_and_the_remedy(tmp_path: Path, text: str) -> None:
    assert told(read(tmp_path, text), tmp_path) == [FAULTS[text]]


def test_all_faults_come_in_one_report_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "nmae: x\nname: y\nexecution: {mode: no}\ninputs:\n  a: {url: b}\n  a: c\nsteps:\n  - uses: b\noutputs:\n  final: {form: x}\n"

    assert [place for place, _, _ in told(read(tmp_path, text), tmp_path)] == [
        ":1:1",
        ":3:13",
        ":5:7",
        ":6:3",
        ":8:5",
        ":10:3",
        ":10:11",
    ]


def test_a_file_with_faults_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    text = "name: x\ninputs: {a: {kind: 5}}\nsteps: [7, {id: s, uses: f}, {id: t}, 8]\noutputs: {datasets: [{name: n}, {name: o, from: a}]}\n"
    pipeline = read(tmp_path, text).pipeline

    assert pipeline is not None
    assert pipeline.inputs == (Input("a", "a.csv"),)
    assert pipeline.steps == (Step("s", "f"), Step("t", ""))
    assert pipeline.outputs == (Output("o", "a"),)
    assert pipeline.where("steps", 0).endswith(":3:12")
    assert ("steps", 3) not in pipeline.origin.marks
    assert pipeline.where("outputs", "datasets", 0).endswith(":4:33")


def test_lenient_reading_lets_unknown_keys_pass_and_no_other_fault(tmp_path: Path) -> None:
    text = "name: x\ncolour: red\ninputs: {a: {uri: a.csv, size: 5}}\nsteps: [{id: s, uses: f, note: n}]\noutputs: {datasets: [{name: o, from: a, z: 1}], other: a}\nexecution: {speed: 9}"

    assert read(tmp_path, text, strict=False).faults == ()
    assert len(read(tmp_path, text).faults) == 6
    assert told(read(tmp_path, "name: 5\nx: 1", strict=False), tmp_path) == [
        (":1:1", "'name' must be a text, not 5", None)
    ]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_bytes(b"\xef\xbb\xbfname: x\r\nexecution:\r\n  mode: stream\r\n")
    reading = read_pipeline(tmp_path / "pipeline.yaml")

    assert reading.faults == ()
    assert reading.pipeline is not None
    assert reading.pipeline.where("execution", "mode").endswith(":3:3")


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("name: x")
    fault = read_pipeline(tmp_path / "pipline.yaml").faults[0]

    assert (fault.what, fault.hint) == ("there is no such pipeline file", "did you mean 'pipeline.yaml'?")
    assert "YAML files there: pipeline.yaml" in (read_pipeline(tmp_path / "zz").faults[0].hint or "")
    assert "there is no folder" in (read_pipeline(tmp_path / "nowhere" / "pipeline.yaml").faults[0].hint or "")


def test_a_directory_is_no_pipeline_file_but_may_hold_one(tmp_path: Path) -> None:
    assert read_pipeline(tmp_path).faults[0].hint == "name a YAML file"
    (tmp_path / "pipeline.yaml").write_text("name: x")
    fault = read_pipeline(tmp_path).faults[0]

    assert (fault.what, fault.hint) == (
        "the pipeline file is a directory",
        f"name the file in it: {tmp_path / 'pipeline.yaml'}",
    )


def test_an_unreadable_file_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)

    assert "cannot be read: Permission denied" in read_pipeline(tmp_path / "pipeline.yaml").faults[0].what


def test_a_path_that_cannot_exist_is_told_so(tmp_path: Path) -> None:
    assert "cannot be read" in read_pipeline(tmp_path / ("x" * 5000)).faults[0].what
    assert "cannot be read" in read_pipeline("a\0b").faults[0].what


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_bytes("name: x\ndescription: Zürich\n".encode("latin-1"))
    fault = read_pipeline(tmp_path / "pipeline.yaml").faults[0]

    assert (fault.what, fault.where, fault.hint) == (
        "the file is not UTF-8 text",
        f"{tmp_path / 'pipeline.yaml'}:2",
        "save it as UTF-8",
    )


def test_a_file_far_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "data.csv").open("wb") as stream:
        stream.truncate(5_000_000)

    assert "larger than 4000000 bytes" in read_pipeline(tmp_path / "data.csv").faults[0].what


def test_a_pipeline_that_was_read_can_be_sent_to_another_process(tmp_path: Path) -> None:
    pipeline = read(tmp_path, WHOLE).pipeline

    assert pipeline is not None
    assert pickle.loads(pickle.dumps(pipeline)) == pipeline


KEYS = st.sampled_from(
    ["name", "inputs", "steps", "outputs", "execution", "datasets", "id", "uses", "with", "const", "from", "uri", "kind",
     "metadata", "required", "schema", "columns", "types", "mode", "chunk_rows", "a", ""]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | KEYS | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.integers(), inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_place(tmp_path: Path, value: dict[str, object]) -> None:
    reading = read(tmp_path, yaml.safe_dump(value))

    assert all(fault.where and fault.what for fault in reading.faults)
    if reading.pipeline:
        graph, faults = examine(reading.pipeline)
        assert (graph is None) == bool(faults)
