"""How rounds become a verdict."""

from __future__ import annotations

import pytest

from benchmarks.targets import Target, above, bend, ratio


def series(**walls):
    return {name: [{"wall_s": wall, "cpu_s": 2 * wall} for wall in each] for name, each in walls.items()}


def test_a_ratio_compares_what_was_measured_in_the_same_round():
    # the machine was twice as slow in the second round, for both
    assert ratio(series(ours=[3, 6], peer=[2, 4]), "ours", "peer") == [1.5, 1.5]


def test_what_is_above_a_peer_is_its_difference_round_by_round():
    assert above(series(ours=[3, 6], peer=[2, 4]), "ours", "peer") == [1, 2]


def test_another_measure_than_the_wall_clock_can_be_compared():
    assert above(series(ours=[3], peer=[2]), "ours", "peer", "cpu_s") == [2]


def test_a_peer_that_lacks_a_round_is_no_peer():
    with pytest.raises(ValueError, match="shorter"):
        ratio(series(ours=[3, 6], peer=[2]), "ours", "peer")


def test_a_target_holds_by_the_median_and_not_by_its_best_round():
    assert Target("wall", [1.0, 1.3, 1.4], 1.25).holds is False
    assert Target("wall", [1.0, 1.2, 9.0], 1.25).holds is True


def test_exactly_what_is_wanted_holds():
    assert Target("wall", [1.25], 1.25).holds is True


def test_what_is_for_information_neither_holds_nor_fails():
    target = Target("wall", [7.0], None, "x")
    assert target.holds is None
    assert target.row() == ["wall", "7 x", "7 to 7", "-", "-"]


def test_a_row_tells_the_median_the_spread_and_the_verdict():
    assert Target("wall", [1.5, 1.0, 3.0], 1.25, "x").row() == ["wall", "1.5 x", "1 to 3", "<= 1.25 x", "**no**"]


SIZES = [("small", 1), ("middle", 3), ("large", 10)]


def test_time_on_a_line_has_no_bend_however_long_the_start_takes():
    straight = series(start=[5], small=[7], middle=[11], large=[25])
    assert bend(straight, "start", SIZES) == pytest.approx([0])


def test_the_bend_is_the_largest_deviation_from_the_line_between_start_and_largest():
    # the line says 2 and 6 above the start
    assert bend(series(start=[5], small=[7.1], middle=[9.8], large=[25]), "start", SIZES) == pytest.approx([0.2])


def test_time_that_grows_with_the_square_of_the_rows_is_bent():
    squared = series(start=[0], small=[1], middle=[9], large=[100])
    assert Target("growth", bend(squared, "start", SIZES), 0.1).holds is False
