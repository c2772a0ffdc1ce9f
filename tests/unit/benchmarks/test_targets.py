"""How rounds become a verdict."""

from __future__ import annotations

import pytest

from benchmarks.targets import Target, above, along, ratio


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


@pytest.mark.parametrize(("median", "holds"), [(0.89, False), (0.9, True), (1.1, True), (1.11, False)])
def test_what_is_wanted_may_have_a_lower_bound_too(median, holds):
    target = Target("line", [median], 1.1, "x", 0.9)
    assert target.holds is holds
    assert target.row()[3] == "0.9 to 1.1 x"


LARGEST = ("large", 10)


def test_time_on_a_line_is_what_the_line_says_however_long_the_start_takes():
    straight = series(start=[5, 50], middle=[11, 56], large=[25, 70])
    assert along(straight, "start", ("middle", 3), LARGEST) == pytest.approx([1, 1])


def test_time_that_grows_with_the_square_of_the_rows_lies_far_below_the_line():
    squared = series(start=[5], middle=[5 + 9], large=[5 + 100])
    assert along(squared, "start", ("middle", 3), LARGEST) == pytest.approx([0.3])
