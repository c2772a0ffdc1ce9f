"""Where Spark overtakes one process, as far as two cores can tell."""

from __future__ import annotations

import pytest

from benchmarks.spark_model import Line, Scaled


def test_a_line_goes_through_medians_that_lie_on_one() -> None:
    line = Line.through({1: [8.0, 99.0, 7.0], 2_000_000: [11.0], 100_000_000: [158.0, 158.0]})
    assert (line.start, line.per_million) == (pytest.approx(8, rel=1e-5), pytest.approx(1.5, rel=1e-5))


def test_small_sizes_count_as_much_as_large_ones() -> None:
    line = Line.through({1: [1.0], 10_000_000: [11.0], 100_000_000: [201.0]})
    assert line.start == pytest.approx(1, rel=0.2)


def test_lines_cross_where_both_take_as_long() -> None:
    local, spark = Line(0.5, 1.0), Line(8.0, 0.5)
    assert local.crossing(spark) == pytest.approx(15e6)
    assert local.seconds(15e6) == pytest.approx(spark.seconds(15e6))


def test_who_starts_later_and_is_no_faster_never_overtakes() -> None:
    assert Line(0.5, 1.0).crossing(Line(8.0, 1.0)) is None
    assert Line(8.0, 1.0).crossing(Line(0.5, 0.5)) == 0


def test_executors_share_their_work_and_nobody_shares_the_drivers() -> None:
    scaled = Scaled(start=8.0, driver=0.4, executors=1.6)
    assert [scaled.on(cores).per_million for cores in (1, 2, 4)] == [pytest.approx(each) for each in (2, 1.2, 0.8)]
    assert scaled.on(4).start == 8
