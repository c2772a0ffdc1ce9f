import numpy as np

from trakt.engine.spark.metrics import of_all


def test_whole_numbers_are_added_up_whoever_has_counted_them() -> None:
    parts = [{"rows": 2, "bad": np.int64(3)}, {"rows": 3}, {"rows": np.int32(1), "bad": 1}]
    assert of_all(parts) == ({"rows": 6, "bad": 4}, [])


def test_what_all_parts_say_is_said_of_all() -> None:
    same = {"mode": "batch", "yes": True, "columns": ["a", "b"], "nothing": None}
    assert of_all([same, dict(same)]) == (same, [])


def test_what_parts_say_otherwise_is_left_out_and_named() -> None:
    assert of_all([{"word": "a", "yes": True}, {"word": "b", "yes": False}]) == ({}, ["word", "yes"])


def test_fractions_are_left_out_also_where_they_are_the_same() -> None:
    """Two parts that sum up to 100.0 each do not sum up to 100.0 together."""
    assert of_all([{"total": 100.0}, {"total": 100.0}]) == ({}, ["total"])
    assert of_all([{"total": 1}, {"total": np.float64(0.5)}]) == ({}, ["total"])


def test_counts_within_a_mapping_are_added_up_and_others_named_by_where_they_stand() -> None:
    parts = [{"by": {"a": 1, "share": 0.5}}, {"by": {"a": 2, "b": 1}}]
    assert of_all(parts) == ({"by": {"a": 3, "b": 1}}, ["by.share"])
    assert of_all([{"by": {"share": 0.5}}, {}]) == ({"by": {}}, ["by.share"])


def test_what_there_is_one_part_of_is_told_as_it_is() -> None:
    assert of_all([{"share": 0.5, "by": {"x": 0.1}}]) == ({"share": 0.5, "by": {"x": 0.1}}, [])
    assert of_all([]) == ({}, [])
