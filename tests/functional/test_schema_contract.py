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
        ("freese", "did you mean 'freeze'?"),
        (
            "keep",
            "'schema_contract' must be evolve, freeze, discard or quarantine, or a mapping of 'columns' and 'types'",
        ),
        ("quarantine", "add `on_bad_rows: quarantine`"),
        ({"columns": "keep"}, "'columns' must be evolve, freeze, discard or quarantine, not 'keep'"),
        ({"types": "quarantine"}, "add `on_bad_rows: quarantine`"),
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


ASIDE = {"on_bad_rows": "quarantine"}


def reasons(done):
    return done.manifest["rejected"]["reasons"]


def test_values_of_another_type_set_their_rows_aside(project, mode):
    held(project, {"types": "quarantine"}, **ASIDE)
    project.write("records.csv", "id,gross,note\n01,1.5,x\n2,n/a,y\n3,2,z\n4,1.25,NA\n5,,\n")
    done = project.good(mode, 2, out="out")
    assert done.rows() == [["id", "gross", "note"], ["3", "2", "z"], ["4", "1.25", "NA"], ["5", "", ""]]
    assert reasons(done) == {"type_mismatch": 2}
    assert done.manifest["inputs"]["records"]["schema"] == {"id": "int", "gross": "float", "note": "string"}


def test_values_of_another_type_are_discarded_and_counted(project, mode):
    held(project, {"types": "discard"})
    project.write("records.csv", "id,gross,note\n01,1.5,x\n2,n/a,y\n3,0.12345678901234567890,z\n")
    done = project.good(mode, 2, out="out")
    assert done.rows() == [["id", "gross", "note"], ["", "1.5", "x"], ["2", "", "y"], ["3", "", "z"]]
    assert done.events["warning.discarded_values"]["values"] == {"id": 1, "gross": 2}
    assert done.manifest["inputs"]["records"]["nulls"] == {"id": 1, "gross": 2, "note": 0}


def test_declared_types_are_held_the_same_way(project, mode):
    project.passthrough("id,n\n007,1\nx,2\n", schema={"id": "int"}, schema_contract={"types": "discard"})
    assert project.good(mode).rows() == [["id", "n"], ["7", "1"], ["", "2"]]


def test_a_file_with_a_new_column_is_set_aside_whole(project, mode):
    project.write("parts/a.csv", "id,gross\n1,2\n")
    entry = {"uri": "parts", "schema_contract": {"columns": "quarantine"}, "on_drift": "ignore", **ASIDE}
    project.pipeline(inputs={"r": entry}, outputs={"o": "r"})
    project.good(mode, out="out")
    project.write("parts/b.csv", "id,gross,extra\n3,4,5\n6,7,8\n")
    done = project.good(mode, 1, out="out")
    assert done.rows("o.csv") == [["id", "gross"], ["1", "2"]]
    assert reasons(done) == {"unknown_column": 2}
    assert done.manifest["inputs"]["r"]["lines"]["rejected"] == 2
    project.write("parts/a.csv", "id,gross,extra\n1,2,3\n")
    assert project.good(mode, 1, out="out").rows("o.csv") == [["id", "gross"]]


def test_quarantine_needs_a_place_for_bad_rows(project):
    project.passthrough("id\n1\n", schema_contract="quarantine")
    with pytest.raises(PipelineError, match="add `on_bad_rows: quarantine`"):
        project.good()
