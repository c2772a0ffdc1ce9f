import logging

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt.errors import PipelineError, QualityError
from trakt.steps import quality_gate
from trakt.steps.quality_gate import QualityGatePolicy, evaluate_quality_gates

ORDERS = pd.DataFrame({"id": [1, 2, 2, 3, 1, 2], "amount": [1.5, None, 2.0, None, 3.0, 4.0]})


def test_a_sound_input_passes_unchanged_in_every_mode(run_step):
    policy = {
        "required_columns": ["id"],
        "unique_keys": [["id", "amount"]],
        "row_count": {"min": 6, "max": 6},
        "max_null_ratio": {"amount": 0.34},
    }
    outcome = run_step.in_every_way(quality_gate.run, input=ORDERS, policy=policy)
    pd.testing.assert_frame_equal(outcome.frame, ORDERS)
    assert outcome.metrics == {"quality_checks": 5, "quality_violations": 0}
    assert outcome.events == []


@pytest.mark.parametrize("chunk_rows", [None, 1, 2, 7])
def test_all_violations_of_the_whole_input_are_one_error(run_step, chunk_rows):
    policy = {
        "required_columns": ["id", "amonut", "zzz"],
        "unique_keys": ["id", ["id", "nope"]],
        "row_count": {"min": 10},
        "max_null_ratio": {"amount": 0.3},
    }
    with pytest.raises(QualityError) as caught:
        run_step(quality_gate.run, chunk_rows, input=ORDERS, policy=policy)
    assert [str(fault) for fault in caught.value.faults] == [
        "quality gate required_columns: there is no column 'amonut' in the input\n  -> did you mean 'amount'?",
        "quality gate required_columns: there is no column 'zzz' in the input\n  -> its columns: id, amount",
        "quality gate unique_keys: key (id): 3 rows repeat the key of an earlier row: "
        "row 3 repeats row 2, row 5 repeats row 1, row 6 repeats row 2\n"
        "  -> mend the input, or keep one row per key with trakt.steps.dedupe",
        "quality gate unique_keys: there is no column 'nope' in the input\n  -> its columns: id, amount",
        "quality gate row_count: 6 rows, at least 10 wanted",
        "quality gate max_null_ratio: column 'amount': 2 of 6 values are missing (0.3333), at most 0.3 allowed",
    ]


def test_a_stream_passes_its_rows_on_before_it_is_judged(run_step):
    stream = quality_gate.run(run_step.context("stream"), iter([ORDERS, ORDERS]), {"row_count": {"max": 1}})["output"]
    assert len(next(stream)) == 6
    assert len(next(stream)) == 6
    with pytest.raises(QualityError, match="12 rows, at most 1 wanted"):
        next(stream)


def test_warn_mode_emits_an_event_with_the_numbers_and_lets_the_run_go_on(run_step):
    policy = {"mode": "warn", "unique_keys": "id", "max_null_ratio": {"amount": 0}}
    outcome = run_step.in_every_way(quality_gate.run, input=ORDERS, policy=policy)
    assert outcome.metrics == {"quality_checks": 2, "quality_violations": 2}
    (first, unique), (_, nulls) = outcome.events
    assert first == "warning.quality_gate"
    assert (unique["gate"], unique["duplicates"], unique["first_rows"]) == ("unique_keys", 3, [3, 5, 6])
    assert (nulls["gate"], nulls["column"], nulls["nulls"], nulls["rows"]) == ("max_null_ratio", "amount", 2, 6)


def test_each_gate_may_have_its_own_mode(run_step):
    policy = {"mode": "fail", "gate_modes": {"unique_keys": "warn"}, "unique_keys": ["id"], "row_count_max": 1}
    with pytest.raises(QualityError) as caught:
        run_step(quality_gate.run, 2, input=ORDERS, policy=policy)
    assert len(caught.value.faults) == 1
    assert [attributes["gate"] for _, attributes in run_step.heard] == ["unique_keys"]


def test_messages_and_events_never_show_key_values(run_step):
    secrets = pd.DataFrame({"mail": ["ann@example.com"] * 2})
    outcome = run_step(quality_gate.run, input=secrets, policy={"mode": "warn", "unique_keys": ["mail"]})
    assert "ann" not in repr(outcome.events)


def test_missing_keys_count_as_equal_to_each_other():
    frame = pd.DataFrame({"id": pd.array([1, None, None], dtype="Int64")})
    with pytest.raises(QualityError, match="row 3 repeats row 2"):
        evaluate_quality_gates(frame, QualityGatePolicy(unique_keys=["id"]))


def test_a_ratio_that_is_met_exactly_is_no_violation():
    frame = pd.DataFrame({"a": [None] * 29 + [1.0] * 71})
    evaluate_quality_gates(frame, {"max_null_ratio": {"a": 0.29}})
    with pytest.raises(QualityError):
        evaluate_quality_gates(frame, {"max_null_ratio": {"a": 0.289}})


def test_an_empty_input_keeps_its_columns_and_violates_only_what_asks_for_rows(run_step):
    policy = {"mode": "warn", "unique_keys": ["id"], "max_null_ratio": {"id": 0}, "row_count": {"min": 1}}
    outcome = run_step.in_every_way(quality_gate.run, input=ORDERS.iloc[:0], policy=policy)
    assert list(outcome.frame.columns) == ["id", "amount"]
    assert [attributes["gate"] for _, attributes in outcome.events] == ["row_count"]


def test_what_happens_to_the_returned_frame_never_reaches_the_input():
    frame = ORDERS.copy()
    passed = evaluate_quality_gates(frame, {})
    passed.loc[0, "amount"] = 99.0
    passed["new"] = 1
    pd.testing.assert_frame_equal(frame, ORDERS)


def test_without_a_context_a_warning_goes_to_the_log(caplog):
    with caplog.at_level(logging.WARNING):
        evaluate_quality_gates(ORDERS, {"mode": "warn", "row_count": {"min": 7}})
    assert "warning.quality_gate: 6 rows, at least 7 wanted" in caplog.text


def test_every_fault_of_a_policy_is_found_at_plan_time():
    policy = {
        "mode": "wran",
        "requird_columns": ["id"],
        "unique_keys": ["id", ["a", 5], "id"],
        "row_count": {"mn": 1, "max": "many"},
        "max_null_ratio": {"amount": 5, "id": "none"},
        "gate_modes": {"row_cuont": "warn", "unique_keys": "maybe"},
    }
    faults = {fault.path: (fault.what, fault.hint) for fault in quality_gate.check({"policy": policy}, "stream")}
    assert set(faults) == {
        ("policy", "mode"),
        ("policy", "requird_columns"),
        ("policy", "unique_keys", 1),
        ("policy", "row_count", "mn"),
        ("policy", "row_count", "max"),
        ("policy", "max_null_ratio", "amount"),
        ("policy", "max_null_ratio", "id"),
        ("policy", "gate_modes", "row_cuont"),
        ("policy", "gate_modes", "unique_keys"),
    }
    assert faults["policy", "requird_columns"][1] == "did you mean 'required_columns'?"
    assert faults["policy", "mode"][1] == "did you mean 'warn'?"
    assert faults["policy", "max_null_ratio", "amount"][1] == "write 0.05 for 5 %"


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"row_count": {"min": 5, "max": 4}}, ("policy", "row_count")),
        ({"row_count": {"min": 5}, "row_count_min": 4}, ("policy", "row_count_min")),
        ({"row_count_min": -1}, ("policy", "row_count_min")),
        ({"unique_keys": ["id", ["id"]]}, ("policy", "unique_keys", 1)),
        (["id"], ("policy",)),
    ],
)
def test_demands_that_contradict_themselves_are_faults(policy, path):
    assert [fault.path for fault in quality_gate.check({"policy": policy}, "batch")] == [path]


def test_a_policy_built_in_python_is_checked_as_it_is_built():
    with pytest.raises(PipelineError, match="'mode' must be warn, fail or quarantine, not 'loud'"):
        QualityGatePolicy(mode="loud")
    assert quality_gate.check({"policy": QualityGatePolicy(unique_keys=[["a", "b"]])}, "stream") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6) | st.none(), min_size=1, max_size=25))
def test_uniqueness_is_judged_the_same_for_any_rows_and_chunks(run_step, keys):
    frame = pd.DataFrame({"id": pd.array(keys, dtype="Int64")})
    outcome = run_step.in_every_way(quality_gate.run, input=frame, policy={"mode": "warn", "unique_keys": ["id"]})
    repeats = [attributes["duplicates"] for _, attributes in outcome.events]
    assert sum(repeats) == len(keys) - len(set(keys))
