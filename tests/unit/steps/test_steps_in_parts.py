"""Steps that look at all rows together, done for the rows in parts, as processes of their own would do them."""

import pickle
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trakt.errors import QualityError, RunError
from trakt.pipeline.apart import Part
from trakt.pipeline.context import Context
from trakt.pipeline.rounds import Heard
from trakt.steps import dedupe, quality_gate
from trakt.steps.dedupe import DedupePolicy
from trakt.steps.dedupe_apart import rounds_of
from trakt.steps.quality_gate import QualityGatePolicy


def sent(value):
    return pickle.loads(pickle.dumps(value))


def heard_by(rounds, parts, buckets):
    """What each part hears in all rounds, every one of its rows given anew."""
    heard = [[] for _ in parts]
    for _ in range(rounds.rounds):
        told = [sent(rounds.tell(sent(known), frames(part), buckets)) for known, part in zip(heard, parts, strict=True)]
        agreed = sent(rounds.agree([fact for fact, _ in told]))
        meeting = defaultdict(list)
        for part, (_, messages) in enumerate(told):
            for bucket, message in messages.items():
                assert 0 <= bucket < buckets
                meeting[bucket].append((part, message))
        answers = [sent(rounds.meet(meeting[bucket])) for bucket in sorted(meeting)]
        for part, known in enumerate(heard):
            known.append(Heard(part, agreed, [each[part] for each in answers if part in each]))
    return sent(heard)


def frames(chunks):
    """Chunks of a part as they would be there: numbered from the part's own first row."""
    start = 0
    for chunk in chunks:
        yield chunk.set_axis(pd.RangeIndex(start, start + len(chunk)))
        start += len(chunk)


def split(frame, cuts):
    at = [0, *sorted(min(cut, len(frame)) for cut in cuts), len(frame)]
    return [frame.iloc[start:end] for start, end in pairwise(at)]


class Said:
    """What a step says beside its rows."""

    def __init__(self, mode):
        self.events, self.rejected = [], defaultdict(list)
        self.ctx = Context("run", "pipeline", mode=mode, on_event=self._event, on_reject=self._reject)

    def _event(self, name, attributes):
        self.events.append((name, dict(attributes)))

    def _reject(self, rows, reason, column, message):
        self.rejected[reason] += zip(column, message, rows_of(rows), strict=True)
        return len(rows)


def rows_of(frame):
    return [tuple("-" if pd.isna(value) else str(value) for value in row) for row in frame.itertuples(index=False)]


def outcome(said, make):
    """The rows and metrics, or the error; and all that was said."""
    try:
        frame, metrics = make()
    except (QualityError, RunError) as error:
        return str(error), dict(said.rejected), said.events
    return (list(frame.columns), rows_of(frame), dict(metrics)), dict(said.rejected), said.events


def whole(step, frame, policy, mode="stream"):
    said = Said(mode)

    def make():
        result = step.run(said.ctx, given_in(mode, [frame]), policy)
        return made_in(mode, result["output"]), result["__metrics__"]

    return outcome(said, make)


def in_parts(step, parts, policy, buckets, mode="stream"):
    apart, said = step.run.apart, Said(mode)

    def make():
        heard = [()] * len(parts)
        literals = {"policy": policy}
        if apart.looks(literals):
            heard = heard_by(apart.rounds(literals), parts, buckets)
        made, tallies = [], []
        for part, known in zip(parts, heard, strict=True):
            given = given_in(mode, frames(part))
            result, tally = apart.part(said.ctx, Part(found=known), input=given, policy=sent(policy))
            made.append(made_in(mode, result["output"]))
            tallies.append(sent(tally))
        return pd.concat(made), apart.total(said.ctx, tallies, policy=policy)["__metrics__"]

    return outcome(said, make)


def given_in(mode, chunks):
    return iter(chunks) if mode == "stream" else pd.concat(list(chunks))


def made_in(mode, output):
    return pd.concat(list(output)) if mode == "stream" else output


SMALL = st.integers(0, 3) | st.none()
TABLES = st.lists(st.tuples(SMALL, SMALL, st.sampled_from(["x", "y", None])), max_size=25).map(
    lambda rows: pd.DataFrame(
        {
            "a": pd.array([row[0] for row in rows], "Int64"),
            "b": pd.array([row[1] for row in rows], "Int64"),
            "c": pd.Series([row[2] for row in rows], dtype=object),
        }
    )
)
CUTS = st.lists(st.integers(0, 25), max_size=6)
BUCKETS = st.integers(1, 5)
COLUMNS = st.sampled_from(["a", "b", "c", "nope"])
KEYS = st.lists(COLUMNS, min_size=1, max_size=2, unique=True).map(tuple)
MODES = st.sampled_from(["warn", "fail", "quarantine"])


@st.composite
def gates(draw):
    modes = {gate: draw(MODES) for gate in ("not_null", "unique_keys")}
    rest = {
        gate: draw(st.sampled_from(["warn", "fail"])) for gate in ("required_columns", "row_count", "max_null_ratio")
    }
    return QualityGatePolicy(
        gate_modes={**modes, **rest},
        required_columns=draw(st.lists(COLUMNS, max_size=2, unique=True)),
        not_null=draw(st.lists(COLUMNS, max_size=2, unique=True)),
        unique_keys=draw(st.lists(KEYS, max_size=3, unique=True)),
        row_count_min=draw(st.none() | st.integers(0, 20)),
        row_count_max=draw(st.none() | st.integers(20, 25)),
        max_null_ratio=draw(st.dictionaries(COLUMNS, st.sampled_from([0, 0.25, 0.5]), max_size=2)),
    )


@settings(deadline=None, max_examples=80)
@given(TABLES, CUTS, CUTS, BUCKETS, gates())
def test_a_gate_over_parts_says_sets_aside_and_judges_what_it_does_over_all_rows(table, cuts, inner, buckets, policy):
    parts = [split(part, inner) for part in split(table, cuts)]
    told = whole(quality_gate, table, policy)
    for mode in ("batch", "stream"):
        assert in_parts(quality_gate, parts, policy, buckets, mode) == told


ORDERED = st.builds(
    DedupePolicy,
    keys=KEYS,
    winner=st.sampled_from(["latest", "earliest", "min", "max"]),
    order_by=st.lists(COLUMNS, min_size=1, max_size=2, unique=True),
)
BY_PLACE = st.builds(DedupePolicy, keys=KEYS, winner=st.sampled_from(["last", "non_null"]))


@settings(deadline=None, max_examples=80)
@given(TABLES, CUTS, BUCKETS, ORDERED | BY_PLACE)
def test_rows_of_all_parts_dedupe_to_the_rows_of_one_call(table, cuts, buckets, policy):
    parts = [[part] for part in split(table, cuts)]
    assert in_parts(dedupe, parts, policy, buckets, "batch") == whole(dedupe, table, policy, "batch")


@settings(deadline=None, max_examples=40)
@given(TABLES, CUTS, CUTS, BUCKETS, st.builds(DedupePolicy, keys=KEYS, winner=st.just("first")))
def test_the_first_row_of_a_key_is_found_over_parts_chunk_by_chunk(table, cuts, inner, buckets, policy):
    parts = [split(part, inner) for part in split(table, cuts)]
    assert in_parts(dedupe, parts, policy, buckets) == whole(dedupe, table, policy)


@pytest.mark.parametrize(
    "values",
    [
        [1, None, "x", 2],
        [date(2026, 1, 2), 3.5, Decimal(2), "x"],
        [datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC), None, None],
        [pd.Timestamp(2026, 1, 1), "a", date(2026, 1, 1), 3],
    ],
)
@pytest.mark.parametrize("cuts", [[1], [2], [1, 3], [1, 2, 3]])
def test_values_without_a_common_order_are_told_alike_though_no_two_of_them_share_a_key(values, cuts):
    table = pd.DataFrame({"a": range(4), "b": pd.Series(values, dtype=object)})
    for columns in (["b"], ["a", "b"]):
        policy = DedupePolicy("a", "latest", columns)
        told = whole(dedupe, table, policy, "batch")
        assert "have no common order" in told[0]
        assert in_parts(dedupe, [[part] for part in split(table, cuts)], policy, 2, "batch") == told


def test_a_value_stays_what_it_is_where_parts_store_a_column_in_different_ways():
    parts = [
        pd.DataFrame({"a": [1, 2], "b": [np.nan, 2.5], "c": [None, None], "d": [date(2026, 1, 1), None]}),
        pd.DataFrame({"a": [2, 1], "b": pd.array([2**60 + 1, 4], "Int64"), "c": ["x", "y"], "d": [None, None]}),
    ]
    policy = DedupePolicy("a", "non_null")
    (_, rows, metrics), _, _ = in_parts(dedupe, [[part] for part in parts], policy, 3, "batch")
    assert rows == [("1", "4", "y", "2026-01-01"), ("2", "2.5", "x", "-")]
    assert metrics == {"rows_dropped": 2}


def test_of_a_key_that_all_rows_have_one_row_for_each_part_travels():
    table = pd.DataFrame({"a": [1] * 1000, "b": range(1000)})
    rounds = rounds_of(DedupePolicy("a", "latest", "b"))
    heard = heard_by(rounds, [[part] for part in split(table, [500])], 4)
    _, told = rounds.tell(heard[0][:1], frames([table.iloc[:500]]), 4)
    assert [len(each.values) for each in told.values()] == [1]
