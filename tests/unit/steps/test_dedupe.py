from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trakt.errors import PipelineError, RunError
from trakt.steps import dedupe
from trakt.steps.dedupe import DedupePolicy, apply_dedupe_policy

VISITS = pd.DataFrame(
    {
        "id": ["b", "a", "b", "a", "c"],
        "at": pd.array([3, 1, 3, None, None], dtype="Int64"),
        "note": [None, "one", "two", "three", None],
    }
)


def kept(policy, frame=VISITS):
    return apply_dedupe_policy(frame, policy).index.tolist()


def test_the_greatest_or_least_wins_ties_keep_the_first_and_missing_loses():
    assert kept(DedupePolicy(["id"], order_by="at")) == [0, 1, 4]
    assert kept(DedupePolicy(["id"], "max", "at")) == [0, 1, 4]
    frame = VISITS.assign(at=[3, 1, 2, 5, None])
    assert kept(DedupePolicy(["id"], "latest", "at"), frame) == [0, 3, 4]
    assert kept(DedupePolicy(["id"], "earliest", "at"), frame) == [1, 2, 4]
    assert kept(DedupePolicy(["id"], "min", "at"), frame) == [1, 2, 4]


def test_first_and_last_go_by_the_order_of_rows_and_survivors_keep_theirs():
    assert kept(DedupePolicy("id", "first")) == [0, 1, 4]
    assert kept(DedupePolicy("id", "last")) == [2, 3, 4]


def test_several_columns_to_order_by_have_falling_weight():
    frame = pd.DataFrame({"id": [1, 1, 1], "day": [1, 2, 2], "hour": [9, 3, 8]})
    assert kept({"keys": "id", "winner": "latest", "order_by": ["day", "hour"]}, frame) == [2]


def test_non_null_takes_the_first_value_that_is_there_and_keeps_every_dtype(text):
    frame = pd.DataFrame(
        {
            "id": pd.array([1, 2, 1, 2], dtype="int64"),
            "whole": pd.array([None, 7, 2**60 + 1, 8], dtype="Int64"),
            "name": pd.array([None, None, "x", None], dtype=text),
            "price": pd.Series([None, Decimal("1.50"), Decimal("2.0"), None], dtype=object),
            "day": pd.array([None, None, date(2026, 2, 5), None], dtype=pd.ArrowDtype(pa.date32())),
        }
    )
    merged = apply_dedupe_policy(frame, DedupePolicy(["id"], "non_null"))
    pd.testing.assert_series_equal(merged.dtypes, frame.dtypes)
    assert merged["whole"].tolist() == [2**60 + 1, 7]
    assert merged["name"].fillna("-").tolist() == ["x", "-"]
    assert merged["price"].tolist() == [Decimal("2.0"), Decimal("1.50")]
    assert merged.index.tolist() == [0, 1]


def test_rows_without_a_key_are_equal_to_each_other():
    frame = pd.DataFrame({"id": pd.array([None, 1, None], dtype="Int64")})
    assert kept(DedupePolicy(["id"], "first"), frame) == [0, 1]


def test_the_first_winner_streams_with_the_same_answer_for_every_chunk_size(run_step):
    outcome = run_step.in_every_way(dedupe.run, input=VISITS, policy={"keys": ["id"], "winner": "first"})
    assert outcome.metrics == {"rows_dropped": 2}
    assert outcome.frame.index.tolist() == [0, 1, 4]


@pytest.mark.parametrize("winner", ["last", "non_null", "latest"])
def test_a_winner_that_needs_the_whole_input_is_refused_for_a_stream_with_the_remedy(run_step, winner):
    policy = {"keys": ["id"], "winner": winner} | ({"order_by": "at"} if winner == "latest" else {})
    (fault,) = dedupe.check({"policy": policy}, "stream")
    assert fault.path == ("policy", "winner")
    assert "execution.mode: batch" in fault.hint
    assert dedupe.check({"policy": policy}, "batch") == []
    with pytest.raises(PipelineError, match="whole input"):
        run_step(dedupe.run, 2, input=VISITS, policy=policy)
    assert run_step(dedupe.run, input=VISITS, policy=policy).metrics == {"rows_dropped": 2}


@pytest.mark.parametrize(
    ("policy", "path", "hint"),
    [
        ({"keys": ["id"], "winer": "first"}, ("policy", "winer"), "did you mean 'winner'?"),
        ({"keys": ["id"], "winner": "frist"}, ("policy", "winner"), "did you mean 'first'?"),
        ({"keys": ["id"], "winner": "max"}, ("policy", "winner"), "add order_by: <column>"),
        ({"keys": ["id"], "winner": "first", "order_by": "at"}, ("policy", "order_by"), "leave it out"),
        ({"keys": [], "winner": "first"}, ("policy", "keys"), ""),
        ({"keys": ["id", "id"], "winner": "first"}, ("policy", "keys"), "once"),
        ({"winner": "first"}, ("policy",), ""),
        ("id", ("policy",), ""),
    ],
)
def test_a_wrong_policy_is_a_fault_that_says_what_to_do(policy, path, hint):
    faults = dedupe.check({"policy": policy}, "batch")
    assert path in [fault.path for fault in faults]
    assert hint in " ".join(fault.hint or "" for fault in faults)


def test_the_default_winner_wants_to_know_what_to_order_by():
    with pytest.raises(PipelineError, match="winner 'latest' needs 'order_by'"):
        DedupePolicy(["id"])


def test_every_column_that_is_not_there_is_named():
    with pytest.raises(RunError) as caught:
        apply_dedupe_policy(VISITS, DedupePolicy(["idd", "id"], order_by="att"))
    assert [fault.hint for fault in caught.value.faults] == ["did you mean 'id'?", "did you mean 'at'?"]


def test_values_without_a_common_order_are_an_error_that_names_the_column():
    frame = pd.DataFrame({"id": [1, 1], "at": ["x", 5]}, dtype=object)
    with pytest.raises(RunError, match="the values of at have no common order"):
        apply_dedupe_policy(frame, DedupePolicy(["id"], order_by="at"))


def test_an_empty_frame_keeps_its_columns():
    for policy in (DedupePolicy("id", "first"), DedupePolicy("id", "non_null"), DedupePolicy("id", order_by="at")):
        pd.testing.assert_frame_equal(apply_dedupe_policy(VISITS.iloc[:0], policy), VISITS.iloc[:0])


ROWS = st.lists(st.tuples(st.integers(0, 3) | st.none(), st.integers(0, 3) | st.none()), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(ROWS)
def test_any_rows_dedupe_as_a_plain_loop_would(run_step, rows):
    frame = pd.DataFrame({"id": pd.array([r[0] for r in rows], "Int64"), "at": pd.array([r[1] for r in rows], "Int64")})
    groups: dict = {}
    for position, (key, at) in enumerate(rows):
        groups.setdefault(key, []).append((position, at))
    streamed = run_step.in_every_way(dedupe.run, input=frame, policy={"keys": ["id"], "winner": "first"})
    assert streamed.frame.index.tolist() == sorted(group[0][0] for group in groups.values())
    latest = [min(group, key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))[0] for group in groups.values()]
    assert kept(DedupePolicy("id", "latest", "at"), frame) == sorted(latest)
    firsts = {key: next((at for _, at in group if at is not None), None) for key, group in groups.items()}
    merged = apply_dedupe_policy(frame, DedupePolicy("id", "non_null"))
    assert [None if pd.isna(at) else at for at in merged["at"]] == list(firsts.values())
