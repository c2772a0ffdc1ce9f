import pandas as pd
import pytest

from trakt.errors import PipelineError, RunError
from trakt.steps import rename
from trakt.steps.rename import RenamePolicy, apply_rename_policy

FRAME = pd.DataFrame({"CustNo": [1, 2, 3], "Amt": [1.5, 2.5, 3.5], "other": ["x", "y", "z"]})


def test_columns_are_renamed_and_the_others_stay(run_step):
    outcome = run_step.in_every_way(rename.run, input=FRAME, policy={"mapping": {"CustNo": "id", "Amt": "amount"}})
    assert list(outcome.frame.columns) == ["id", "amount", "other"]
    assert outcome.events == []


def test_two_names_can_be_swapped():
    swapped = apply_rename_policy(FRAME, RenamePolicy({"CustNo": "Amt", "Amt": "CustNo"}))
    assert list(swapped.columns) == ["Amt", "CustNo", "other"]


def test_all_missing_required_columns_are_one_error():
    policy = RenamePolicy({"custno": "id", "zzz": "z", "Amt": "amount"}, required=["othr"])
    with pytest.raises(RunError) as caught:
        apply_rename_policy(FRAME, policy)
    assert [(fault.where, fault.hint) for fault in caught.value.faults] == [
        ("column 'custno'", "did you mean 'CustNo'?"),
        ("column 'zzz'", "its columns: CustNo, Amt, other"),
        ("column 'othr'", "did you mean 'other'?"),
    ]


def test_missing_optional_columns_make_one_event_unless_told_otherwise(run_step):
    policy = {"mapping": {"Amt": "amount", "Memo": "note"}, "optional": ["Memo"]}
    outcome = run_step.in_every_way(rename.run, input=FRAME, policy=policy)
    ((name, attributes),) = outcome.events
    assert (name, attributes["columns"]) == ("warning.missing_columns", ["Memo"])
    silent = run_step.in_every_way(rename.run, input=FRAME, policy={**policy, "warn_on_missing_optional": False})
    assert silent.events == []


def test_two_columns_of_one_name_are_an_error():
    with pytest.raises(RunError, match="'Amt' and 'other' would both be named 'other'"):
        apply_rename_policy(FRAME, RenamePolicy({"Amt": "other"}))


def test_of_two_optional_columns_the_one_that_is_there_gets_the_name():
    policy = RenamePolicy(
        {"CustNo": "id", "Customer": "id"}, optional=["CustNo", "Customer"], warn_on_missing_optional=False
    )
    assert "id" in apply_rename_policy(FRAME, policy).columns
    with pytest.raises(RunError, match="would both be named 'id'"):
        apply_rename_policy(FRAME.assign(Customer=1), policy)


def test_what_happens_to_the_renamed_frame_never_reaches_the_input():
    frame = FRAME.copy()
    renamed = apply_rename_policy(frame, RenamePolicy({"Amt": "amount"}))
    renamed.loc[0, "amount"] = 99.0
    pd.testing.assert_frame_equal(frame, FRAME)


@pytest.mark.parametrize(
    ("policy", "path", "what"),
    [
        ({"maping": {"a": "b"}}, ("policy", "maping"), "unknown key 'maping' in the rename policy"),
        ({"mapping": {}}, ("policy", "mapping"), "must rename at least one column"),
        ({"mapping": {"a": 5}}, ("policy", "mapping"), "must hold column names, not 5"),
        ({"mapping": {"a": "b"}, "optional": ["aa"]}, ("policy", "optional"), "which 'mapping' does not rename"),
        (
            {"mapping": {"a": "b"}, "optional": ["a"], "required": ["a"]},
            ("policy", "optional"),
            "both required and optional",
        ),
        ({"mapping": {"a": "c", "b": "c"}}, ("policy", "mapping", "b"), "'a' and 'b' would both be named 'c'"),
        (
            {"mapping": {"a": "b"}, "warn_on_missing_optional": "no"},
            ("policy", "warn_on_missing_optional"),
            "true or false",
        ),
    ],
)
def test_a_wrong_policy_is_a_fault_at_its_key(policy, path, what):
    faults = [fault for fault in rename.check({"policy": policy}, "batch") if fault.path == path]
    assert what in faults[0].what
    with pytest.raises(PipelineError):
        apply_rename_policy(FRAME, policy)
