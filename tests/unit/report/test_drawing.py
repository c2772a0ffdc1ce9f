from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.flows import fan, tangled
from trakt.engine.flow import Edge, Flow, Node
from trakt.report.drawing import svg
from trakt.report.layout import HEIGHT, WIDTH, drawn
from trakt.report.lettering import ELLIPSIS, shortened, width_of

SVG = "{http://www.w3.org/2000/svg}"
FLOWS = {
    "one": tangled(1, 1),
    "ten": tangled(2, 10),
    "forty": tangled(3, 40),
    "forty that read much": tangled(4, 40, most_reads=6),
    "a hundred": tangled(5, 100),
    "fan out": fan(True, 40),
    "fan in": fan(False, 40),
}
SMALL = Flow(
    "small",
    (
        Node("input0", "input", "orders", "orders.csv"),
        Node("step0", "step", "clean", "steps.clean"),
        Node("output0", "output", "good", "good.csv"),
        Node("rejected", "rejected", "rejected rows", "rejected.jsonl"),
    ),
    (
        Edge("input0", "step0", "orders", 1234),
        Edge("step0", "output0", "cleaned", 1230),
        Edge("step0", "rejected", None, 4),
    ),
    "run-1",
    "success",
)


@pytest.fixture(params=FLOWS, scope="module")
def drawing(request):
    return drawn(FLOWS[request.param])


def overlaps(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def area(box):
    return (box.x, box.y, box.x + WIDTH, box.y + HEIGHT)


def text_area(label):
    half = width_of(label.text, 11) / 2
    return (label.x - half, label.y, label.x + half, label.y + 18)


def test_no_two_boxes_or_labels_overlap_and_all_lie_inside(drawing):
    areas = [*map(area, drawing.boxes), *map(text_area, drawing.labels)]
    assert len(drawing.boxes) == len(drawing.flow.nodes)
    assert [pair for pair in itertools.combinations(areas, 2) if overlaps(*pair)] == []
    assert min(min(left, top) for left, top, _, _ in areas) >= 0
    assert max(right for *_, right, _ in areas) <= drawing.width
    assert max(bottom for *_, bottom in areas) <= drawing.height


def test_every_edge_begins_below_its_source_and_ends_above_its_target(drawing):
    boxes = {box.node.id: box for box in drawing.boxes}
    assert [line.edge for line in drawing.lines] == list(drawing.flow.edges)
    for line in drawing.lines:
        source, target = boxes[line.edge.source], boxes[line.edge.target]
        (begin_x, begin_y), (end_x, end_y) = line.pieces[0][0], line.pieces[-1][-1]
        assert source.x < begin_x < source.x + WIDTH
        assert begin_y == source.y + HEIGHT
        assert target.x < end_x < target.x + WIDTH
        assert end_y == target.y


def test_edges_go_down_and_through_no_box(drawing):
    for line in drawing.lines:
        points = [point for piece in line.pieces for point in piece]
        assert [y for _, y in points] == sorted(y for _, y in points)
        for piece in line.pieces:
            for (x, y), (to_x, to_y) in itertools.pairwise(piece):
                way = (min(x, to_x), y, max(x, to_x), to_y)
                # a bend keeps between its ends: its control points lie there
                assert not [box for box in drawing.boxes if overlaps(way, area(box))]


def test_the_same_flow_gives_the_same_bytes():
    assert svg(tangled(7, 40)) == svg(tangled(7, 40))
    assert svg(SMALL) == svg(SMALL)


def test_inputs_stand_above_steps_and_rejected_rows_at_the_bottom_right():
    boxes = {box.node.id: box for box in drawn(SMALL).boxes}
    assert boxes["input0"].y < boxes["step0"].y < boxes["output0"].y == boxes["rejected"].y
    assert boxes["output0"].x < boxes["rejected"].x


def test_an_input_stands_right_above_its_first_reader():
    nodes = (Node("input0", "input", "a", "a"), Node("input1", "input", "late", "b"))
    steps = tuple(Node(f"step{at}", "step", str(at), "x") for at in range(3))
    edges = (Edge("input0", "step0", "a"), Edge("step0", "step1", "b"), Edge("step1", "step2", "c"), Edge("input1", "step2", "late"))  # fmt: skip
    boxes = {box.node.id: box for box in drawn(Flow("p", nodes + steps, edges)).boxes}
    assert boxes["input1"].y == boxes["step1"].y


def test_edges_say_their_rows_and_artifacts_and_an_artifact_called_as_its_source_is_said_once():
    assert [label.text for label in drawn(SMALL).labels] == ["1,234 rows", "cleaned: 1,230 rows", "4 rows"]


def test_an_artifact_with_several_readers_is_labelled_once():
    assert [label.text for label in drawn(fan(True, 40)).labels] == ["a: 7 rows"]


def test_screen_readers_hear_title_and_description():
    root = ET.fromstring(svg(SMALL))
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby").split()
    told = {each.get("id"): each.text for each in root if each.get("id")}
    assert [told[each] for each in ids] == [
        "Flow of pipeline small, run run-1: success",
        "orders from input orders to step clean, 1,234 rows; cleaned from step clean to output good, 1,230 rows; "
        "rejected from step clean to rejected rows, 4 rows",
    ]


def test_it_has_colours_for_light_and_for_dark():
    style = ET.fromstring(svg(SMALL)).findtext(f"{SVG}style")
    assert "@media (prefers-color-scheme:dark)" in style
    assert "url(" not in style


def test_a_part_of_a_page_has_ids_of_its_own_and_leaves_style_to_the_page():
    text = svg(SMALL, title_id="run-7")
    assert set(re.findall(r' id="([^"]+)"', text)) == {"run-7-title", "run-7-desc"}
    assert "<style>" not in text


def test_a_step_that_failed_is_marked_by_a_word():
    root = ET.fromstring(svg(SMALL, marks={"step0": "failed"}))
    step = next(each for each in root.iter(f"{SVG}g") if each.get("class") == "step failed")
    assert [each.text for each in step.iter(f"{SVG}text")] == ["clean", "steps.clean", "failed"]


def test_long_names_are_shortened_and_told_in_full():
    node = Node("input0", "input", "n" * 300, "s3://bucket/" + "d" * 300 + "/orders.csv")
    root = ET.fromstring(svg(Flow("p", (node,), ())))
    name, detail = (each.text for each in root.iter(f"{SVG}text"))
    assert name.endswith("n" + ELLIPSIS)
    assert detail.startswith(ELLIPSIS)
    assert detail.endswith("/orders.csv")
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert f"input {node.name}: {node.detail}" in titles


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_breaks_the_drawing(name, detail):
    nodes = (Node("input0", "input", name, detail), Node("output0", "output", name, detail))
    root = ET.fromstring(svg(Flow(name, nodes, (Edge("input0", "output0", detail or "x", 2),))))
    known = {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= known


@given(st.text(max_size=80), st.floats(30, 300))
def test_what_is_shortened_fits(text, room):
    assert width_of(shortened(text, room, 11), 11) <= max(room, width_of(ELLIPSIS, 11))


def test_a_flow_of_nothing_is_an_empty_drawing():
    assert drawn(Flow("empty", (), ())).boxes == ()
    assert ET.fromstring(svg(Flow("empty", (), ()))).get("width")
