from __future__ import annotations

import itertools
import re

import pytest

from trakt.report.charts import _ceiling, columns
from trakt.report.manifests import Found
from trakt.report.measures import Measure, measures_of, missing_values, rows_of_inputs
from trakt.report.runs import groups_of


@pytest.fixture
def group(another):
    def make(*manifests):
        (made,) = groups_of([Found(f"{each['run_id']}.json", each) for each in manifests])
        return made

    return make


def values(measures):
    return {each.title: list(each.values) for each in measures}


def test_runs_stand_in_the_order_in_which_they_began(another, group):
    assert [run.label for run in group(another(3), another(1), another(2)).runs] == ["b1", "b2", "b3"]


def test_clients_and_pipelines_are_kept_apart(another):
    found = [Found(str(at), another(at, client_id=client)) for at, client in enumerate(["b", None, "a", "b"], 1)]
    assert [(each.title, len(each.runs)) for each in groups_of(found)] == [
        ("tested", 1),
        ("tested for a", 1),
        ("tested for b", 2),
    ]


def test_each_run_has_a_number_in_each_measure_and_what_failed_wrote_nothing(another, group):
    failed = another(2, status="failed", error={}, peak_memory_mb=None)
    told = values(measures_of(group(another(1), failed)))
    assert told["Rows read"] == [2, 2]
    assert told["Rows written"] == [1, None]
    assert told["Rows rejected"] == [1, 1]
    assert told["Duration"] == [failed["duration_ms"]] * 2
    assert told["Peak memory"][1] is None


def test_what_no_run_knows_is_left_out(another, group):
    runs = [another(at, peak_memory_mb=None) for at in (1, 2)]
    assert "Peak memory" not in values(measures_of(group(*runs)))


def test_a_replay_is_no_delivery(another, group):
    replay = another(2, replay_of={"run_id": "x", "manifest_path": "x", "rows": 1})
    made = group(another(1), replay, another(3))
    assert values(measures_of(made))["Rows read"] == [2, 2]
    assert len(made.runs) == 3


def test_columns_that_lack_values_are_measured_and_what_moved_most_comes_first(another, group):
    first, second = another(1), another(2)
    second["inputs"]["orders"]["nulls"] = {"id": 2, "zip": 0}
    assert values(missing_values(group(first, second))) == {"id": [0.0, 1.0], "zip": [0.5, 0.0]}
    assert list(values(missing_values(group(first)))) == ["zip"]


def test_inputs_are_told_apart_where_there_are_several(another, group):
    assert rows_of_inputs(group(another(1), another(2))) == []
    second = another(2)
    second["inputs"]["rates"] = {**second["inputs"]["orders"], "rows": 7}
    assert values(rows_of_inputs(group(another(1), second))) == {"orders": [2, 2], "rates": [None, 7]}


@pytest.mark.parametrize(
    ("highest", "unit", "top"),
    [(0, "rows", 10), (1, "rows", 2), (7, "rows", 8), (10, "rows", 10), (11, "rows", 20), (9.99e17, "rows", 1e18), (1389, "rows", 2000), (0, "share", 1),
     (0.031, "share", 0.04), (0.51, "share", 1), (45.2, "ms", 50), (3e9, "rows", 4e9)],
)  # fmt: skip
def test_scales_end_at_a_round_number_that_is_not_below_the_highest(highest, unit, top):
    assert _ceiling(highest, unit) == pytest.approx(top)


def test_a_plot_has_a_column_per_value_and_a_cross_per_run_that_failed(another, group):
    runs = group(another(1), another(2, status="failed", error={}), another(3)).runs
    svg = columns(Measure("Rows read", "", "rows", [4, None, 0]), runs)
    assert re.findall(r"<title>(.*?)</title>", svg) == ["b1: 4", "b3: 0"]
    assert svg.count('class="cross"') == 1
    heights = [float(each) for each in re.findall(r'<rect class="good"[^>]* height="([\d.]+)"', svg)]
    assert heights[0] > heights[1] == 0
    assert 'aria-label="Rows read over 3 runs: lowest 0 (b3), highest 4 (b1), last 0 (b3)"' in svg


def test_columns_stand_in_proportion_to_their_values_and_do_not_overlap(another, group):
    runs = group(*(another(at) for at in range(1, 29))).runs
    svg = columns(Measure("Rows", "", "rows", list(range(1, 29))), runs)
    boxes = [tuple(map(float, each)) for each in re.findall(r'x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"', svg)]  # fmt: skip
    assert len(boxes) == 28
    assert all(x + width <= after for (x, width, _), (after, _, _) in itertools.pairwise(boxes))
    assert boxes[27][2] / boxes[0][2] == pytest.approx(28, rel=0.1)
