"""What of an input may change, by its contract with the declared schema or with the last committed run."""

from __future__ import annotations

import pytest

from trakt import InputError, PipelineError, artifact, workflow
from trakt.pipeline.model import SchemaContract

BEFORE = "id,gross,note\n1,1.5,x\n2,2.5,y\n"
ADDED = "id,gross,extra,note\n1,1.5,e,x\n"
LOST = "id,gross\n1,1.5\n"
CHANGED = "id,gross,note\n1,n/a,x\n"


def held(project, contract, **more):
    project.passthrough(BEFORE, schema_contract=contract, on_drift="ignore", **more)
    project.good(out="out")


@pytest.mark.parametrize(
    ("contract", "content", "told"),
    [
        ("evolve", ADDED, None),
        ("evolve", LOST, None),
        ("evolve", CHANGED, None),
        ("freeze", BEFORE, None),
        ("freeze", "note,id,gross\nx,1,1.5\n", None),
        ("freeze", ADDED, "column 'extra' is not in its contract"),
        ("freeze", LOST, "column 'note' of its contract is gone"),
        ("freeze", CHANGED, "column 'gross' is string, and float in its contract"),
        ({"columns": "freeze"}, CHANGED, None),
        ({"types": "freeze"}, ADDED, None),
        ({"types": "freeze"}, LOST, None),
        ({"types": "freeze"}, CHANGED, "column 'gross' is string, and float in its contract"),
        ({"types": "freeze"}, "id,gross,note\n1,,\n", None),
        ({"columns": "discard"}, LOST, None),
        ({"columns": "discard"}, CHANGED, None),
        ({"columns": "discard", "types": "freeze"}, CHANGED, "column 'gross' is string, and float in its contract"),
    ],
)
def test_a_contract_holds_to_what_the_last_run_had(project, mode, contract, content, told):
    held(project, contract)
    before = (project.folder / "out" / "records.csv").read_bytes()
    project.write("records.csv", content)
    done = project.run(mode, out="out")
    if told is None:
        assert done.error is None
    else:
        assert isinstance(done.error, InputError)
        assert f"input 'records': {told}" in done.told
        assert done.bytes() == before
        # what has broken it does not become the contract
        assert told in project.bad(InputError, mode, out="out").told


def test_everything_that_breaks_a_contract_is_told_at_once(project, mode):
    held(project, "freeze")
    project.write("records.csv", "id,gross,extra\n1,n/a,e\n")
    assert [fault["what"] for fault in project.bad(InputError, mode, out="out").manifest["error"]["faults"]] == [
        "column 'note' of its contract is gone",
        "column 'extra' is not in its contract",
        "column 'gross' is string, and float in its contract",
    ]


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_a_new_column_is_left_out_and_that_is_told(project, mode, chunk):
    held(project, {"columns": "discard"})
    project.write("records.csv", "extra,id,gross,more,note\n" + 'e,1,1.5,"a\nb",x\n' * 3)
    done = project.good(mode, chunk, out="out")
    assert done.rows() == [["id", "gross", "note"], *[["1", "1.5", "x"]] * 3]
    assert done.events["warning.discarded_columns"]["columns"] == ["extra", "more"]
    entry = done.manifest["inputs"]["records"]
    assert (list(entry["schema"]), list(entry["nulls"])) == (["id", "gross", "note"],) * 2


def test_a_file_that_would_lose_every_column_fails(project, mode):
    held(project, {"columns": "discard"})
    project.write("records.csv", "a,b\n1,2\n")
    assert "not one of its columns is in its contract" in project.bad(InputError, mode, out="out").told


def test_whole_amounts_are_floats_still_and_do_not_tighten_the_contract(project, mode):
    held(project, {"types": "freeze"})
    project.write("records.csv", "id,gross,note\n1,3,x\n2,4,y\n")
    done = project.good(mode, out="out")
    assert done.manifest["inputs"]["records"]["schema"]["gross"] == "float"
    assert done.rows()[1:] == [["1", "3", "x"], ["2", "4", "y"]]
    project.write("records.csv", BEFORE)
    project.good(mode, out="out")


def test_whole_numbers_that_no_float_holds_are_another_type(project, mode):
    held(project, {"types": "freeze"})
    project.write("records.csv", "id,gross,note\n1,9007199254740993,x\n")
    assert "column 'gross' is int, and float in its contract" in project.bad(InputError, mode, out="out").told


def test_a_declared_schema_is_the_contract_from_the_first_run_on(project, mode):
    project.passthrough(ADDED, schema=["id", "gross", "note"], schema_contract="freeze")
    assert "column 'extra' is not in its contract" in project.bad(InputError, mode).told
    project.passthrough(ADDED, schema={"note": "string", "id": "int"}, schema_contract={"columns": "discard"})
    assert project.good(mode).rows() == [["id", "note"], ["1", "x"]]
    project.passthrough(LOST, schema=["id", "note"], schema_contract="evolve")
    assert "the declared column 'note' is not there" in project.bad(InputError, mode).told


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        ("freese", "'schema_contract' must be evolve or freeze, or a mapping of 'columns' and 'types', not 'freese'"),
        ("discard", "only columns can be discarded: {columns: discard}"),
        ("quarantine", "set `on_bad_rows: quarantine`"),
        ({"columns": "keep"}, "'columns' must be evolve, freeze or discard, not 'keep'"),
        ({"types": "discard"}, "'types' must be evolve or freeze, not 'discard'"),
        ({"colums": "freeze"}, "did you mean 'columns'?"),
        (7, "not 7"),
    ],
)
def test_a_contract_that_says_nothing_is_a_fault_of_the_file(project, contract, told):
    project.passthrough(BEFORE, schema_contract=contract)
    error = project.bad(PipelineError)
    assert told in error.told
    assert "pipeline.yaml:" in error.told


def test_in_python_a_contract_is_said_by_a_call():
    made = artifact("orders").schema_contract(columns="discard", types="freeze").on_drift("fail")
    (wanted,) = workflow("p").input(made).build().inputs
    assert (wanted.schema_contract, wanted.on_drift) == (SchemaContract("discard", "freeze"), "fail")
    with pytest.raises(PipelineError, match="'on_drift' must be ignore, warn or fail"):
        artifact("orders").on_drift("stop")
