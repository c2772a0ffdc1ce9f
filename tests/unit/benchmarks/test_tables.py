"""The tables of a report."""

from __future__ import annotations

import json

from benchmarks.tables import summary, table


def test_cells_of_a_column_are_as_wide_as_its_widest():
    assert table(["a", "name"], [["1", "x"], ["100", "long one"]]).splitlines() == [
        "| a   | name     |",
        "| --- | -------- |",
        "| 1   | x        |",
        "| 100 | long one |",
    ]


def rounds(path, measured, *targets):
    path.write_text(json.dumps({"measured": measured, "targets": targets}), encoding="utf-8")


def test_the_summary_has_every_target_of_the_workloads_that_ran_with_a_link(tmp_path):
    rounds(tmp_path / "stream.json", "Trakt 1.", ["wall", "2 x", "1 to 3", "<= 1 x", "**no**"])
    rounds(tmp_path / "start.json", "Trakt 2.", ["help", "0.1 s", "0 to 1", "<= 1 s", "yes"])
    page = summary(tmp_path, ["start", "memory", "stream"])
    assert page.index("[help](start.md)") < page.index("[wall](stream.md)")
    assert "memory" not in page


def test_the_summary_says_what_each_was_measured_with_when_they_were_not_measured_together(tmp_path):
    for name, measured in (("stream", "Trakt 1."), ("start", "Trakt 2."), ("s3", "Trakt 1.")):
        rounds(tmp_path / f"{name}.json", measured, [name, "2 x", "1 to 3", "<= 1 x", "yes"])
    page = summary(tmp_path, ["stream", "start", "s3"])
    assert "- stream, s3: Trakt 1.\n- start: Trakt 2.\n" in page
