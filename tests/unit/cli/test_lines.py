"""The lines of a run, from looks that are made up: what a number, a percent and the time that is left say."""

from __future__ import annotations

import io

import pytest

from trakt.engine.progress import Part

pytest.importorskip("rich")

from rich.console import Console

from trakt.cli.lines import Lines, clock, percent, short


class Run:
    """Stands for a run's progress."""

    pipeline, mode = "orders", "stream"

    def __init__(self, *parts: Part) -> None:
        self.now = list(parts)
        self.seconds = 0.0

    def parts(self) -> list[Part]:
        return self.now


def drawn(lines: Lines, width: int = 110, height: int = 30) -> list[str]:
    memory = io.StringIO()
    Console(width=width, height=height, file=memory).print(lines.draw(width, height))
    return [line.rstrip() for line in memory.getvalue().splitlines()]


def reading(state="rows", read=0, rows=0, passes=1):
    return Part("input", "orders", state, rows, None, 0, read, 1_000_000, passes)


@pytest.mark.parametrize("width", [20, 40, 60])
def test_the_last_line_leaves_room_for_an_interrupt_and_shows_the_time_though_a_name_is_long(width):
    run = Run(reading())
    run.pipeline = "orders_of_all_our_clients_in_the_north"
    last = drawn(Lines(run), width)[-1]
    assert len(last) <= width - 3
    assert last.startswith("order")
    assert ("  0:00" in last, last.endswith(" (stream)  0:00")) == (width > 20, width > 20)


def test_the_time_that_is_left_follows_from_the_speed_of_the_pass():
    run = Run(reading())
    lines = Lines(run)
    drawn(lines)
    run.seconds, run.now = 10.0, [reading(read=250_000, rows=5_000)]
    told = drawn(lines)[1].split()
    assert told[:4] == ["read", "orders", "rows", "25%"]
    assert told[-6:] == ["5,000", "500", "250.0", "kB", "0:10", "0:30"]


def test_a_second_pass_begins_anew_and_says_so():
    run = Run(reading("types", 0, 0, 2))
    lines = Lines(run)
    drawn(lines)
    run.seconds, run.now = 4.0, [reading("types", 990_000, 5_000, 2)]
    assert "types 1/2  99%" in drawn(lines)[1]
    run.seconds, run.now = 5.0, [reading("rows", 0, 0, 2)]
    assert "rows 2/2   0%" in drawn(lines)[1]
    run.seconds, run.now = 15.0, [reading("rows", 500_000, 3_000, 2)]
    # half of it in the ten seconds of this pass, whatever the first one took
    assert drawn(lines)[1].split()[-2:] == ["0:15", "0:10"]


def test_all_of_it_is_read_only_when_it_is_done():
    assert percent(reading(read=1_000_000)) == 99
    assert percent(Part("input", "empty", "rows", 0, None, 0, 0, 0)) == 0
    run = Run(reading("done", 1_000_000, 20))
    assert "done" in drawn(Lines(run))[1]


def test_nothing_is_promised_before_there_is_a_speed():
    run = Run(reading())
    lines = Lines(run)
    drawn(lines)
    run.seconds, run.now = 0.5, [reading(read=999_000, rows=5)]
    assert drawn(lines)[1].split()[-1] == "0:00"
    run.seconds, run.now = 60.0, [reading(read=0, rows=0)]
    assert drawn(lines)[1].split()[-1] == "1:00"


@pytest.mark.parametrize("width", [20, 30, 40, 48, 58, 70, 84, 100, 200])
def test_no_line_is_wider_than_the_terminal(width):
    part = Part("input", "name" * 30, "rows", 123_456_789, None, 0, 9_999_999, 10_000_000, 2)
    run = Run(
        part, Part("step", "größe" * 10, "running", 5, 5, 0), Part("output", "表" * 30, "writing", None, 5, bytes=7)
    )
    lines = Lines(run)
    drawn(lines)
    run.seconds = 4_000.0
    assert max(Console(width=300).measure(line).maximum for line in drawn(lines, width)) <= width


def test_where_there_is_no_room_for_all_what_goes_on_is_shown():
    done = [Part("step", f"done{number}", "done", 1, 1, 0) for number in range(10)]
    going = [Part("step", f"going{number}", "running", 1, 1, 0) for number in range(3)]
    lines = drawn(Lines(Run(*done, *going)), height=8)
    assert [line.split()[1] for line in lines[1:-1]] == ["done0", "going0", "going1", "going2"]
    assert lines[-1] == "orders (stream)  0:00, 9 more"


def test_durations_and_rates_are_short():
    assert [clock(seconds) for seconds in (0, 7.9, 65, 3_600, 7_325)] == ["0:00", "0:07", "1:05", "1:00:00", "2:02:05"]
    assert [short(rows) for rows in (0.4, 950, 12_345, 999_499, 999_500, 1_400_000)] == [
        "0",
        "950",
        "12k",
        "999k",
        "1.0M",
        "1.4M",
    ]
