"""A join of which the left side is in parts gives what one call for all of its rows gives."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.steps.apart import in_parts, said_by
from trakt.errors import RunError
from trakt.steps import join
from trakt.steps.join_policy import HOWS, UNMATCHED

KEYS = st.lists(st.integers(0, 5) | st.none(), max_size=20)
CUTS = st.lists(st.integers(0, 20), max_size=5)
POLICIES = st.fixed_dictionaries(
    {"keys": st.just(["k"]), "how": st.sampled_from(HOWS), "unmatched": st.sampled_from(UNMATCHED)}
)


def _rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(None if pd.isna(value) else value for value in row) for row in frame.itertuples(index=False)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(KEYS, KEYS, POLICIES, CUTS, st.sampled_from([None, 1, 3]))
def test_wherever_the_left_side_is_cut_rows_metrics_events_and_errors_are_those_of_one_call(
    run_step, left_keys, right_keys, policy, cuts, chunk_rows
):
    left = pd.DataFrame({"k": pd.array(left_keys, "Int64"), "l": range(len(left_keys)), "both": "x"})
    right = pd.DataFrame({"k": pd.array(right_keys, "Int64"), "r": range(len(right_keys)), "both": "y"})
    sides = {"left": left, "right": right, "policy": policy}
    whole, why = said_by(lambda: run_step(join.run, **sides))
    parts, why_not = said_by(lambda: in_parts(run_step, join.run, cuts, chunk_rows, **sides))
    assert why_not == why
    if whole and parts:
        assert _rows(parts.frame) == _rows(whole.frame)
        assert [str(dtype) for dtype in parts.frame.dtypes] == [str(dtype) for dtype in whole.frame.dtypes]
        assert (parts.metrics, parts.events) == (whole.metrics, whole.events)


def test_a_key_of_another_kind_is_told_with_its_row_among_all(run_step):
    left, right = pd.DataFrame({"k": [1, 2, "x"]}, dtype=object), pd.DataFrame({"k": [1, 2], "v": ["a", "b"]})
    with pytest.raises(RunError, match="left row 3"):
        in_parts(run_step, join.run, [2], None, left=left, right=right, policy={"keys": ["k"]})


def test_the_right_side_travels_without_what_it_is_made_ready_as():
    import pickle

    from trakt.steps.join_policy import JoinPolicy
    from trakt.steps.right_side import RightSide

    side = RightSide(pd.DataFrame({"k": [1, 2], "v": ["a", "b"]}), JoinPolicy(["k"]))
    before = len(pickle.dumps(side))
    assert (len(side.partners.none_found), len(side.others)) == (2, 2)
    assert len(pickle.dumps(side)) == before
