"""`trakt schema pipeline`: it lets pass what `trakt validate` lets pass, and refuses what that refuses."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.docs.session import ROOT, blocks_of
from trakt.cli import main
from trakt.engine.file_schemas import client_schema, manifest_schema, pipeline_schema
from trakt.engine.load import load_pipeline_from_yaml
from trakt.errors import PipelineError
from trakt.pipeline.yaml_tree import read_tree
from trakt.schema import LogicalType, type_pattern

SCHEMA = pipeline_schema()
EDITOR = jsonschema.Draft202012Validator(SCHEMA)
CLIENT_EDITOR = jsonschema.Draft202012Validator(client_schema())


def as_json(text):
    """The values of a YAML file as an editor sees them: a date is its text."""
    return json.loads(json.dumps(read_tree(text).value, default=str))


def from_pages():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in blocks_of(page.read_text("utf-8"), page.name):
            if (
                block.kind == "yaml"
                and block.title
                and "clients/" not in block.title
                and re.search(r"^(inputs|steps|outputs):", block.body, re.MULTILINE)
            ):
                yield pytest.param(block.body, id=f"{page.name}:{block.line}")


OVERLAYS = [
    pytest.param(block.body, id=f"{page.name}:{block.line}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for block in blocks_of(page.read_text("utf-8"), page.name)
    if block.kind == "yaml" and "clients/" in (block.title or "")
]
EXAMPLES = [
    pytest.param(path.read_text("utf-8"), id=path.parent.name) for path in ROOT.glob("examples/*/pipeline.yaml")
]


def faults_of(text, folder):
    """What `trakt validate` finds, but for steps whose code stands elsewhere on the page."""
    file = folder / "pipeline.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_pipeline_from_yaml(file)
    except PipelineError as error:
        return [fault for fault in error.faults if "module" not in fault.what]
    return []


@pytest.mark.parametrize("text", [*from_pages(), *EXAMPLES])
def test_every_sound_pipeline_of_the_pages_and_examples_passes(text, tmp_path):
    told = [error.message for error in EDITOR.iter_errors(as_json(text))]
    assert told == [] or faults_of(text, tmp_path) != []


def test_there_are_pipelines_on_the_pages_and_in_the_examples():
    assert len(list(from_pages())) > 20
    assert len(EXAMPLES) == 4


WHOLE = {
    "name": "orders",
    "version": "1.2",
    "description": "all there is",
    "inputs": {
        "orders": {
            "uri": "orders/*.csv",
            "kind": "csv",
            "combine_strategy": "union_by_name",
            "required": True,
            "on_bad_rows": "quarantine",
            "max_bad_rows": 5,
            "max_bad_ratio": 0.5,
            "metadata": {"sep": ";", "read_options": {"encoding": "cp1252", "dtype": {"zip": "str"}}},
            "schema": {"columns": [{"name": "id", "type": "Int64", "min": 1}, "zip"], "types": {"day": "date"}},
            "schema_contract": {"columns": "discard", "types": "freeze"},
            "on_drift": "fail",
        },
        "codes": "codes.csv",
        "names": {"schema": ["id"], "schema_contract": "freeze", "metadata": {"required": False, "delimiter": "auto"}},
        "more": None,
    },
    "steps": [
        {
            "id": "joined",
            "uses": "trakt.steps.join",
            "with": {
                "left": "orders",
                "right": "codes",
                "policy": {"const": {"keys": ["id"], "how": "inner", "suffixes": ["_a", "_b"]}},
                "output": "joined",
            },
        },
        {
            "id": "gate",
            "uses": "trakt.steps.quality_gate",
            "with": {
                "input": "joined",
                "policy": {
                    "const": {
                        "mode": "warn",
                        "unique_keys": ["id", ["zip", "day"]],
                        "row_count": {"min": 1},
                        "max_null_ratio": {"zip": 0.1},
                        "gate_modes": {"not_null": "quarantine"},
                    }
                },
                "output": "checked",
            },
        },
        {
            "id": "renamed",
            "uses": "trakt.steps.rename",
            "with": {
                "input": "checked",
                "policy": {"const": {"mapping": {"zip": "plz"}, "optional": ["zip"]}},
                "output": "renamed",
            },
        },
        {
            "id": "typed",
            "uses": "trakt.steps.cast",
            "with": {"input": "renamed", "types": {"const": {"id": "Int64"}}, "output": "typed"},
        },
        {
            "id": "newest",
            "uses": "trakt.steps.dedupe",
            "with": {
                "input": "typed",
                "policy": {"const": {"keys": "id", "winner": "latest", "order_by": "day"}},
                "output": "newest",
            },
        },
        {
            "id": "few",
            "uses": "trakt.steps.select",
            "with": {"input": "newest", "columns": {"const": ["id"]}, "output": "few"},
        },
        {
            "id": "some",
            "uses": "trakt.steps.filter",
            "with": {"input": "few", "where": {"const": "id > 0"}, "output": "some"},
        },
    ],
    "outputs": {
        "datasets": [
            {"name": "all", "from": "some", "uri": "all.csv", "metadata": {"write_options": {"quoting": "all"}}},
            {"name": "codes", "from": "codes"},
        ]
    },
    "rejected": {"uri": "rejected.jsonl", "raw_text": False},
    "execution": {"mode": "batch", "chunk_rows": 10, "max_batch_rows": None, "on_limit": "glue"},
}

ORDERS, POLICY = ("inputs", "orders"), ("with", "policy", "const")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("nam",), "orders"),
        (("name",), 5),
        (("name",), " "),
        (("inputs",), ["orders"]),
        (("inputs", "codes"), 5),
        (("inputs", "codes"), []),
        (("inputs", "codes"), False),
        ((*ORDERS, "ur"), "orders.csv"),
        ((*ORDERS, "uri"), ["orders.csv"]),
        ((*ORDERS, "kind"), "cvs"),
        ((*ORDERS, "combine_strategy"), "union"),
        ((*ORDERS, "required"), "yes"),
        ((*ORDERS, "max_bad_rows"), -1),
        ((*ORDERS, "max_bad_rows"), True),
        ((*ORDERS, "max_bad_ratio"), 5),
        ((*ORDERS, "on_drift"), "tell"),
        ((*ORDERS, "metadata", "delimeter"), ","),
        ((*ORDERS, "metadata", "sep"), "||"),
        ((*ORDERS, "metadata", "header"), "yes"),
        ((*ORDERS, "metadata", "skiprows"), -1),
        ((*ORDERS, "metadata", "read_options", "encodin"), "utf-8"),
        ((*ORDERS, "metadata", "read_options", "decimal"), ";"),
        ((*ORDERS, "metadata", "read_options", "na_values"), [1]),
        ((*ORDERS, "metadata", "read_options", "dtype", "zip"), "strin"),
        ((*ORDERS, "schema"), {"id": "integr"}),
        ((*ORDERS, "schema"), []),
        ((*ORDERS, "schema", "columns", 0, "nulable"), False),
        ((*ORDERS, "schema", "columns", 0, "nullable"), "no"),
        ((*ORDERS, "schema", "typos"), {}),
        ((*ORDERS, "schema_contract"), "discrad"),
        ((*ORDERS, "schema_contract", "columns"), "drop"),
        (("steps",), {"joined": {}}),
        (("steps", 0, "id"), "a b"),
        (("steps", 0, "user"), "x"),
        (("steps", 0, "with", "inptu"), "orders"),
        (("steps", 0, "with", "output"), 5),
        (("steps", 0, "with", "policy"), 5),
        (("steps", 0, *POLICY), "inner"),
        (("steps", 0, *POLICY, "how"), "cross"),
        (("steps", 0, *POLICY, "kyes"), ["id"]),
        (("steps", 0, *POLICY, "suffixes"), ["_a"]),
        (("steps", 0, *POLICY, "keys"), []),
        (("steps", 1, *POLICY, "mode"), "halt"),
        (("steps", 1, *POLICY, "unique_keys"), [["zip", 3]]),
        (("steps", 1, *POLICY, "row_count", "least"), 1),
        (("steps", 1, *POLICY, "row_count", "min"), -1),
        (("steps", 1, *POLICY, "max_null_ratio", "zip"), 10),
        (("steps", 1, *POLICY, "gate_modes", "not_nul"), "warn"),
        (("steps", 1, *POLICY, "gate_modes", "not_null"), "stop"),
        (("steps", 2, *POLICY, "mapping", "zip"), 5),
        (("steps", 2, *POLICY, "mapping"), {}),
        (("steps", 3, "with", "types", "const", "id"), "integr"),
        (("steps", 4, *POLICY, "winner"), "oldest"),
        (("steps", 5, "with", "columns", "const"), ["id", "id"]),
        (("steps", 6, "with", "where", "const"), 5),
        (("outputs", "dataset"), []),
        (("outputs", "datasets", 0, "form"), "some"),
        (("outputs", "datasets", 0, "kind"), "cvs"),
        (("outputs", "datasets", 0, "metadata", "write_options", "quoting"), "none"),
        (("outputs", "datasets", 0, "metadata", "write_options", "index"), True),
        (("outputs",), {"all": {"name": "all", "from": "some"}}),
        (("outputs",), {"all": None}),
        (("rejected", "raw_txt"), True),
        (("rejected", "raw_text"), "no"),
        (("execution",), "streem"),
        (("execution", "mode"), "streem"),
        (("execution", "chunk_rows"), 0),
        (("execution", "chunk_rows"), "many"),
    ],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else None,
)
def test_what_validate_refuses_the_schema_refuses_too(path, value, tmp_path):
    changed = copy.deepcopy(WHOLE)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert faults_of(yaml.safe_dump(changed, sort_keys=False), tmp_path) != []
    assert not EDITOR.is_valid(changed)


@pytest.mark.parametrize("path", [("name",), ("steps", 0, "id"), ("steps", 0, "uses"), ("steps", 0, "with"), ("steps", 0, *POLICY, "keys"), ("steps", 0, "with", "left"), ("outputs", "datasets", 0, "from")])  # fmt: skip
def test_what_must_be_there_the_schema_asks_for(path, tmp_path):
    changed = copy.deepcopy(WHOLE)
    place = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    assert faults_of(yaml.safe_dump(changed, sort_keys=False), tmp_path) != []
    assert not EDITOR.is_valid(changed)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), None),
        (("inputs", "more"), {}),
        (("version",), 3),
        ((*ORDERS, "metadata"), None),
        ((*ORDERS, "metadata", "sep"), "\\t"),
        ((*ORDERS, "metadata", "sep"), "\t"),
        ((*ORDERS, "metadata", "header"), 0),
        ((*ORDERS, "schema"), {"id": "Int64", "day": "datetime64[ns]", "zip": " STRING[pyarrow] "}),
        ((*ORDERS, "schema"), ["id", {"name": "zip", "pattern": "[0-9]+"}]),
        ((*ORDERS, "schema"), {"columns": {"id": "int"}, "dtypes": {"x": "float"}}),
        ((*ORDERS, "schema_contract"), None),
        (("steps", 0, *POLICY, "keys"), "id"),
        (("steps", 0, "with", "policy"), {"keys": {"const": ["id"]}}),
        (("outputs",), {"all": "some", "more": {"from": "codes", "uri": None}}),
        (("rejected",), "bad.jsonl"),
        (("execution",), "batch"),
        (("execution",), None),
    ],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else None,
)
def test_what_validate_lets_pass_the_schema_lets_pass(path, value, tmp_path):
    changed = copy.deepcopy(WHOLE)
    place = changed
    for key in path[:-1]:
        place = place[key]
    if path:
        place[path[-1]] = value
    assert faults_of(yaml.safe_dump(changed, sort_keys=False), tmp_path) == []
    assert [error.message for error in EDITOR.iter_errors(changed)] == []


@pytest.mark.parametrize(
    "name",
    ["int", "Int64", "UINT8", "string[python]", "Datetime64[ns]", "date32[day][pyarrow]", " text ", "in", "int128", "string[", "", "xint", "datetime64[]"],
)  # fmt: skip
def test_the_pattern_of_a_type_is_that_of_its_parser(name):
    assert bool(re.search(type_pattern(), name)) == (LogicalType.parse(name) is not None)


def test_both_schemas_are_of_the_dialect_they_name_and_printed(capsys):
    for name, made in (("pipeline", SCHEMA), ("manifest", manifest_schema())):
        jsonschema.Draft202012Validator.check_schema(made)
        assert main(["schema", name]) == 0
        assert json.loads(capsys.readouterr().out) == made
    assert manifest_schema() == json.loads(Path(ROOT, "trakt", "engine", "manifest.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("text", [each for each in from_pages() if EDITOR.is_valid(as_json(each.values[0]))])
def test_what_a_pipeline_may_say_a_client_may_change(text):
    said = {key: value for key, value in as_json(text).items() if key != "name"}
    assert [error.message for error in CLIENT_EDITOR.iter_errors(said)] == []


@pytest.mark.parametrize("text", OVERLAYS)
def test_every_overlay_of_the_pages_passes(text):
    assert [error.message for error in CLIENT_EDITOR.iter_errors(as_json(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inputs: {orders: null}",
        "inputs: {orders: {metadata: {delimiter: null}, schema: {zip: null}}}",
        "inputs: {orders: {kind: null, on_bad_rows: quarantine}}",
        "steps: {gate: null, net: {with: {tax: 1}}}",
        "steps: [{id: net, with: {tax: 1}}]",
        "steps: {gate: {with: {policy: {const: {mode: warn}}}}}",
        "steps: {gate: {uses: trakt.steps.quality_gate, with: {policy: {const: {mode: null}}}}}",
        "outputs: {orders: null}",
        "outputs: {datasets: [{name: orders, uri: a.csv}]}",
        "outputs: {orders: {uri: a.csv, metadata: {delimiter: ';'}}}",
        "execution: null",
        "rejected: {raw_text: false}",
        "version: 2",
    ],
)
def test_an_overlay_may_say_a_part_of_it_and_take_things_away(text):
    assert [error.message for error in CLIENT_EDITOR.iter_errors(as_json(text) or {})] == []


@pytest.mark.parametrize(
    "text",
    [
        "name: acme",
        "inputz: {}",
        "inputs: {orders: {kindd: csv}}",
        "inputs: {orders: {on_bad_rows: quarantined}}",
        "inputs: {orders: {kind: csv, metadata: {delimter: x}}}",
        "steps: {net: {usez: steps.net}}",
        "outputs: {orders: {form: orders}}",
        "execution: {mode: streaming}",
    ],
)
def test_a_typo_in_an_overlay_is_one_in_the_editor_too(text):
    assert list(CLIENT_EDITOR.iter_errors(as_json(text)))
