from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt.errors import PipelineError, RunError
from trakt.steps import join
from trakt.steps.join import JoinPolicy, apply_join_policy

ORDERS = pd.DataFrame({"id": [10, 11, 12, 13], "land": ["de", "fr", "xx", "de"], "name": ["a", "b", "c", "d"]})
LANDS = pd.DataFrame(
    {"land": ["fr", "de", "it", "de"], "name": ["F", "D", "I", "G"], "dial": [33, 49, 39, 50], "eu": True}
)


def rows(frame):
    return [tuple(None if pd.isna(value) else value for value in row) for row in frame.itertuples(index=False)]


LEFT = [(10, "de", "a", "D", 49), (10, "de", "a", "G", 50), (11, "fr", "b", "F", 33)]
DE_13 = [(13, "de", "d", "D", 49), (13, "de", "d", "G", 50)]
XX = [(12, "xx", "c", None, None)]
IT = [(None, "it", None, "I", 39)]


@pytest.mark.parametrize(
    ("how", "unmatched", "wanted"),
    [
        ("left", "allow", LEFT + XX + DE_13),
        ("inner", "allow", LEFT + DE_13),
        ("right", "allow", LEFT + DE_13 + IT),
        ("outer", "allow", LEFT + XX + DE_13 + IT),
        ("left", "drop", LEFT + DE_13),
        ("outer", "drop", LEFT + DE_13 + IT),
    ],
)
def test_rows_come_in_the_order_of_the_left_and_right_only_rows_last(run_step, how, unmatched, wanted):
    policy = {"keys": ["land"], "how": how, "unmatched": unmatched}
    outcome = run_step.in_every_way(join.run, left=ORDERS, right=LANDS, policy=policy)
    assert list(outcome.frame.columns) == ["id", "land", "name_left", "name_right", "dial", "eu"]
    assert rows(outcome.frame.drop(columns="eu")) == wanted
    assert outcome.frame.index.tolist() == list(range(len(wanted)))
    assert (outcome.metrics["matched"], outcome.metrics["rows_unmatched"]) == (3, 1)


@pytest.mark.parametrize("kinds", [("float64", "int64"), ("int64", "float64"), ("Float64", "Int64")])
def test_a_whole_number_beside_floats_stays_itself_on_either_side(kinds):
    whole, values = 2**53 + 1, {"i": 2**53 + 1, "f": 1.5}
    left, right = (pd.DataFrame({"k": pd.Series([values[kind[0].lower()]], dtype=kind)}) for kind in kinds)
    joined = apply_join_policy(left, right, JoinPolicy(["k"], how="outer"))
    assert sorted(joined["k"].tolist()) == [1.5, whole]


def test_whole_numbers_stay_whole_where_rows_gain_blanks():
    big = 2**60 + 1
    left = pd.DataFrame({"k": [1, 2], "n": [big, 5]})
    right = pd.DataFrame({"k": [1, 3], "m": [big, 6], "flag": [True, False]})
    joined = apply_join_policy(left, right, JoinPolicy(["k"], how="outer"))
    assert [str(dtype) for dtype in joined.dtypes] == ["int64", "Int64", "Int64", "boolean"]
    assert joined["n"].tolist() == [big, 5, pd.NA]
    assert joined["m"].tolist() == [big, pd.NA, 6]


def test_an_int_key_beside_a_float_key_keeps_its_digits():
    big = 2**60 + 1
    left, right = pd.DataFrame({"k": [big, 5]}), pd.DataFrame({"k": [5.0, 0.5], "v": ["five", "half"]})
    joined = apply_join_policy(left, right, JoinPolicy(["k"], how="outer"))
    assert joined["k"].tolist() == [big, 5, 0.5]
    assert joined["v"].tolist()[1:] == ["five", "half"]


def test_missing_keys_never_match_each_other():
    left = pd.DataFrame({"a": ["x", None, "x"], "b": pd.array([1, 1, None], "Int64")})
    right = left.assign(v=["1", "2", "3"])
    assert rows(apply_join_policy(left, right, JoinPolicy(["a", "b"], how="inner"))) == [("x", 1, "1")]
    assert len(apply_join_policy(left, right, JoinPolicy(["a", "b"], how="outer"))) == 5


def test_equal_keys_meet_however_they_are_stored():
    left = pd.DataFrame({"k": pd.array([5, 6], "Int64")})
    right = pd.DataFrame({"k": pd.Series([Decimal("5.0"), Decimal("7")], dtype=object), "v": ["a", "b"]})
    assert rows(apply_join_policy(left, right, JoinPolicy("k"))) == [(5, "a"), (6, None)]


@pytest.mark.parametrize("chunk_rows", [None, 1, 2])
def test_keys_of_different_kinds_are_an_error_that_says_so(run_step, chunk_rows):
    left = pd.DataFrame({"k": ["5", "6"], "day": ["2026-02-05"] * 2})
    right = pd.DataFrame({"k": [5], "day": pd.array(["2026-02-05"], dtype="datetime64[us]")})
    with pytest.raises(RunError) as caught:
        run_step(join.run, chunk_rows, left=left, right=right, policy={"keys": ["k", "day"]})
    first, second = caught.value.faults
    assert first.what == "key 'k' is text on the left and a number on the right, which never match"
    assert first.where == "column 'k', left row 1"
    assert "trakt.steps.cast" in first.hint
    assert "a timestamp on the right" in second.what


def test_a_key_column_without_values_matches_nothing_and_is_of_no_kind(run_step):
    left, right = (
        pd.DataFrame({"k": [5, 6]}),
        pd.DataFrame({"k": pd.Series([np.nan, np.nan], dtype=object), "v": ["a", "b"]}),
    )
    assert run_step.in_every_way(join.run, left=left, right=right, policy={"keys": "k"}).metrics["matched"] == 0
    assert run_step.in_every_way(join.run, left=right, right=left, policy={"keys": "k"}).metrics["matched"] == 0


@pytest.mark.parametrize("chunk_rows", [None, 1, 7])
def test_unmatched_rows_fail_when_all_are_counted(run_step, chunk_rows):
    left = pd.DataFrame({"land": ["zz"] * 3 + ["de"] + ["zz"] * 5})
    with pytest.raises(RunError, match=r"8 left rows have no partner by \(land\): row 1, 2, 3, 5, 6, \.\.\."):
        run_step(join.run, chunk_rows, left=left, right=LANDS, policy={"keys": ["land"], "unmatched": "fail"})
    matched = run_step(
        join.run, chunk_rows, left=ORDERS.iloc[:2], right=LANDS, policy={"keys": ["land"], "unmatched": "fail"}
    )
    assert (matched.metrics["matched"], matched.metrics["rows_unmatched"]) == (2, 0)


def test_unmatched_rows_warn_once_for_the_whole_input(run_step):
    outcome = run_step.in_every_way(join.run, left=ORDERS, right=LANDS, policy={"keys": ["land"], "unmatched": "warn"})
    ((name, attributes),) = outcome.events
    assert name == "warning.unmatched_rows"
    assert (attributes["rows"], attributes["first_rows"], attributes["keys"]) == (1, [3], ["land"])


def test_colliding_columns_get_suffixes_or_fail_by_name():
    joined = apply_join_policy(ORDERS, LANDS, JoinPolicy("land", suffixes=("", "_land")))
    assert list(joined.columns) == ["id", "land", "name", "name_land", "dial", "eu"]
    with pytest.raises(RunError, match="column 'name': both sides have this column"):
        apply_join_policy(ORDERS, LANDS, JoinPolicy("land", collision="fail"))
    with pytest.raises(RunError, match="column 'name_left': the join would make two columns of this name"):
        apply_join_policy(ORDERS.assign(name_left=1), LANDS, JoinPolicy("land"))


def test_every_key_column_that_is_not_there_is_named_with_its_side():
    with pytest.raises(RunError) as caught:
        apply_join_policy(ORDERS, LANDS, JoinPolicy(["lnad", "dial"]))
    assert [fault.what for fault in caught.value.faults] == [
        "there is no column 'lnad' in the left side",
        "there is no column 'dial' in the left side",
        "there is no column 'lnad' in the right side",
    ]


def test_empty_sides_keep_every_column(run_step):
    for how in ("left", "inner", "right", "outer"):
        outcome = run_step.in_every_way(
            join.run, left=ORDERS.iloc[:0], right=LANDS, policy={"keys": "land", "how": how}
        )
        assert len(outcome.frame) == (4 if how in ("right", "outer") else 0)
        assert outcome.frame.shape[1] == 6
        outcome = run_step.in_every_way(
            join.run, left=ORDERS, right=LANDS.iloc[:0], policy={"keys": "land", "how": how}
        )
        assert len(outcome.frame) == (4 if how in ("left", "outer") else 0)


def test_right_rows_are_not_lost_when_the_left_stream_has_no_chunk(run_step):
    policy = {"keys": ["land"], "how": "right"}
    result = join.run(run_step.context("stream"), iter([]), iter([LANDS]), policy)
    assert sum(len(chunk) for chunk in result["output"]) == 4


def test_an_absent_optional_input_is_an_error_that_names_it(run_step):
    with pytest.raises(RunError, match="'right' is bound to an optional input that is absent"):
        run_step(join.run, left=ORDERS, right=None, policy={"keys": "land"})


def test_every_fault_of_a_policy_is_found_at_plan_time():
    policy = {"key": "id", "how": "lefft", "suffixes": ["_x"], "collision": 5, "unmatched": "ignore"}
    faults = {fault.path: fault.hint for fault in join.check({"policy": policy}, "stream")}
    assert set(faults) == {("policy", key) for key in policy} | {("policy",)}
    assert faults["policy", "key"] == "did you mean 'keys'?"
    assert faults["policy", "how"] == "did you mean 'left'?"
    assert (
        join.check({"policy": {"keys": "id", "suffixes": ["_x", "_x"]}}, "batch")[0].what
        == "the two suffixes must differ"
    )
    with pytest.raises(PipelineError, match=r"JoinPolicy\.how"):
        JoinPolicy("id", how="cross")


KEYS = st.lists(st.integers(0, 4) | st.none(), max_size=15)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(KEYS, KEYS, st.sampled_from(["left", "inner", "right", "outer"]))
def test_any_two_sides_join_as_two_plain_loops_would(run_step, left_keys, right_keys, how):
    left = pd.DataFrame({"k": pd.array(left_keys, "Int64"), "l": range(len(left_keys))})
    right = pd.DataFrame({"k": pd.array(right_keys, "Int64"), "r": range(len(right_keys))})
    wanted, found = [], set()
    for at, key in enumerate(left_keys):
        partners = [other for other, value in enumerate(right_keys) if key is not None and value == key]
        found.update(partners)
        wanted += [(key, at, other) for other in partners]
        if not partners and how in ("left", "outer"):
            wanted.append((key, at, None))
    if how in ("right", "outer"):
        wanted += [(key, None, other) for other, key in enumerate(right_keys) if other not in found]
    outcome = run_step.in_every_way(join.run, left=left, right=right, policy={"keys": ["k"], "how": how})
    assert rows(outcome.frame) == wanted
