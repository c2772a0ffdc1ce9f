"""`trakt graph`: what is drawn is what is in the pipeline, and the chart is one whatever names hold."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trakt.cli import main
from trakt.cli.mermaid import mermaid
from trakt.engine.flow import Edge, Flow, Node

PIPELINE = """\
name: orders
inputs:
  orders: {uri: orders.csv, on_bad_rows: quarantine}
  codes: {uri: codes.csv, required: false}
steps:
  - id: positive
    uses: trakt.steps.filter
    with: {input: orders, where: {const: "amount > 1"}, output: positive}
  - id: gate
    uses: trakt.steps.quality_gate
    with: {input: positive, policy: {const: {mode: quarantine, not_null: [zip]}}, output: checked}
outputs:
  checked: checked
  all: orders
"""
ORDERS = "id,zip,amount\n1,02116,5\n2,,7\n3,10115,1\n4,10115,1,9\n5,00501,2\n"

# The part of Mermaid's flowchart grammar that is used: quoted labels without quotes, line breaks or comments in them
LABEL = r'"((?:[^"\n#%`&<>\\:;]|#\d+;|<br>)+)"'
NODE = re.compile(rf"  (\w+)(?:\(\[{LABEL}\]\)|\[{LABEL}\]|\[\({LABEL}\)\]|\[/{LABEL}/\])")
EDGE = re.compile(rf"  (\w+) (-->|-\.->)(?:\|{LABEL}\|)? (\w+)")


def drawn(text):
    """The nodes by id, and edges as (from, to, label lines, dotted); entities in labels are resolved."""
    header, *lines = text.splitlines()
    assert header == "flowchart LR"
    nodes, edges = {}, []
    for line in lines:
        if node := NODE.fullmatch(line):
            assert node[1] not in nodes
            nodes[node[1]] = shown(next(each for each in node.groups()[1:] if each))
        else:
            edge = EDGE.fullmatch(line)
            assert edge, line
            edges.append((edge[1], edge[4], shown(edge[3]) if edge[3] else [], edge[2] == "-.->"))
    assert {end for edge in edges for end in edge[:2]} <= set(nodes)
    return nodes, edges


def shown(label):
    return [html.unescape(re.sub(r"#(\d+);", r"&#\1;", part)) for part in label.split("<br>")]


@pytest.fixture
def graph(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.yaml").write_text(PIPELINE, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")

    def call(*more, code=0, file="orders.yaml"):
        assert main(["graph", "--pipeline-file", file, *more]) == code
        return capsys.readouterr()

    return call


@pytest.fixture
def ran(graph, capsys):
    assert main(["run", "--pipeline-file", "orders.yaml", "-q"]) == 0
    capsys.readouterr()
    return "outputs/manifest.json"


def test_every_input_step_and_output_is_a_node_and_every_reading_an_edge(graph):
    nodes, edges = drawn(graph().out)
    assert nodes == {
        "input0": ["orders", "orders.csv"],
        "input1": ["codes", "codes.csv"],
        "step0": ["positive", "trakt.steps.filter"],
        "step1": ["gate", "trakt.steps.quality_gate"],
        "output0": ["checked", "checked.csv"],
        "output1": ["all", "all.csv"],
        "rejected": ["rejected rows", "rejected.jsonl"],
    }
    assert edges == [
        ("input0", "step0", ["orders"], False),
        ("step0", "step1", ["positive"], False),
        ("step1", "output0", ["checked"], False),
        ("input0", "output1", ["orders"], False),
        ("input0", "rejected", [], True),
    ]


def test_a_manifest_puts_rows_on_the_edges_and_shows_who_rejected(graph, ran):
    said = graph("--manifest", ran)
    _, edges = drawn(said.out)
    assert edges == [
        ("input0", "step0", ["orders", "4 rows"], False),
        ("step0", "step1", ["positive", "3 rows"], False),
        ("step1", "output0", ["checked", "2 rows"], False),
        ("input0", "output1", ["orders", "4 rows"], False),
        ("input0", "rejected", ["1 row"], True),
        ("step1", "rejected", ["1 row"], True),
    ]
    assert said.err.startswith("rows of run ")
    assert "status success" in said.err


def test_json_says_the_same(graph, ran):
    told = json.loads(graph("--manifest", ran, "--format", "json").out)
    assert told["status"] == "ok"
    assert told["run_status"] == "success"
    assert [node["id"] for node in told["nodes"]] == list(drawn(graph().out)[0])
    assert {(each["source"], each["target"]): each["rows"] for each in told["edges"]}["step0", "step1"] == 3


def test_svg_draws_the_same(graph, ran):
    root = ET.fromstring(graph("--manifest", ran, "--format", "svg").out)
    said = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    nodes, _ = drawn(graph().out)
    assert {text for shown in nodes.values() for text in shown} <= set(said)
    rows = sorted(each for each in said if re.search(r"\d rows?$", each))
    assert rows == ["1 row", "1 row", "3 rows", "4 rows", "checked: 2 rows"]
    assert "run 2" in root.findtext("{http://www.w3.org/2000/svg}title")


def test_a_pipeline_that_rejects_nothing_has_no_node_for_it(graph, tmp_path):
    text = PIPELINE.replace(", on_bad_rows: quarantine", "")
    (tmp_path / "orders.yaml").write_text(text, encoding="utf-8")
    nodes, edges = drawn(graph().out)
    assert "rejected" not in nodes
    assert not any(dotted for *_, dotted in edges)


def test_a_failed_run_shows_how_far_it_came(graph, ran, tmp_path, capsys):
    text = PIPELINE.replace("mode: quarantine, not_null: [zip]", "mode: fail, not_null: [zip]")
    (tmp_path / "orders.yaml").write_text(text, encoding="utf-8")
    assert main(["run", "--pipeline-file", "orders.yaml", "-q"]) == 1
    capsys.readouterr()
    said = graph("--manifest", ran)
    assert "status failed" in said.err
    assert ("step0", "step1", ["positive", "3 rows"], False) in drawn(said.out)[1]
    assert ("step1", "output0", ["checked"], False) in drawn(said.out)[1]
    assert ("input0", "output1", ["orders"], False) in drawn(said.out)[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m["pipeline"].update(name="other"), "a run of pipeline 'other', not of 'orders'"),
        (lambda m: m["steps"][0].update(step_id="old"), "the run had the step 'old', which the pipeline has not"),
        (lambda m: m["outputs"]["all"].update(rows="many"), "no whole manifest"),
        (lambda m: m.pop("inputs"), "no whole manifest"),
    ],
)
def test_a_manifest_of_something_else_is_refused(graph, ran, tmp_path, change, told):
    manifest = json.loads((tmp_path / ran).read_text("utf-8"))
    change(manifest)
    (tmp_path / "other.txt").write_text(json.dumps(manifest), encoding="utf-8")
    said = graph("--manifest", "other.txt", code=1)
    assert told in said.err
    assert "other.txt" in said.err


def test_a_manifest_that_is_not_there_is_told(graph):
    assert "none.json: there is no manifest" in graph("--manifest", "none.json", code=1).err


def test_a_manifest_in_s3_is_read_too(graph, ran, tmp_path, bucket):
    bucket.client.put_object(Bucket=bucket.name, Key="m.json", Body=(tmp_path / ran).read_bytes())
    assert "4 rows" in graph("--manifest", f"s3://{bucket.name}/m.json").out


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_no_name_breaks_the_chart(name, detail):
    nodes = (Node("input0", "input", name, detail or "-"), Node("output0", "output", name, "x"))
    text = mermaid(Flow("p", nodes, (Edge("input0", "output0", name, 2),)))
    (seen, _), (_, _, label, _) = drawn(text)[0]["input0"], drawn(text)[1][0]
    readable = "".join(each if each.isalnum() or each.isprintable() else "\ufffd" for each in name)
    assert seen == readable
    assert label == [readable, "2 rows"]


@pytest.mark.parametrize("name", ["1. first", "- item", "_name_", "+ more", "1) one"])
def test_markdown_in_a_name_is_no_markup(name):
    text = mermaid(Flow("p", (Node("step0", "step", name, "x"),), ()))
    assert name not in text
    assert drawn(text)[0] == {"step0": [name, "x"]}


@pytest.mark.parametrize("name", ['a"]; b', "%%{init: {}}%%", "`**bold**`", "<script>x</script>", "style: #1;", "&amp;", "end", "C:\\n"])  # fmt: skip
def test_names_that_mean_something_to_mermaid_stay_names(name):
    text = mermaid(Flow("p", (Node("step0", "step", name, "x"),), ()))
    assert drawn(text)[0] == {"step0": [name, "x"]}
