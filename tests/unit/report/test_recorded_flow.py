from __future__ import annotations

from trakt.engine.flow import Edge
from trakt.report.recorded_flow import not_reached, recorded_flow


def test_it_is_what_graph_draws_of_the_same_run(manifest):
    flow = recorded_flow(manifest)
    assert [(node.id, node.kind, node.name) for node in flow.nodes] == [
        ("input0", "input", "orders"),
        ("step0", "step", "known"),
        ("output0", "output", "known"),
        ("rejected", "rejected", "rejected rows"),
    ]
    assert flow.edges == (
        Edge("input0", "step0", "orders", 2),
        Edge("step0", "output0", "known", 1),
        Edge("input0", "rejected", None, 1),
    )
    assert (flow.run_id, flow.status) == (manifest["run_id"], "success")


def test_outputs_of_a_run_that_failed_have_no_rows(manifest):
    manifest["status"] = "failed"
    assert recorded_flow(manifest).edges[1] == Edge("step0", "output0", "known", None)


def test_outputs_that_were_not_reached_are_left_out_and_named(manifest):
    manifest["steps"] = []
    flow = recorded_flow(manifest)
    assert {node.kind for node in flow.nodes} == {"input", "rejected"}
    assert not_reached(manifest) == ["known"]


def test_artifacts_of_a_step_that_makes_several_are_counted_by_who_publishes_them(manifest):
    manifest["steps"][0]["outputs"] = ["known", "unknown"]
    manifest["steps"].append({**manifest["steps"][0], "step_id": "next", "inputs": ["unknown"], "outputs": []})
    edges = {(each.source, each.target): each.rows for each in recorded_flow(manifest).edges if each.artifact}
    assert edges == {("input0", "step0"): 2, ("step0", "step1"): None, ("step0", "output0"): 1}


def test_a_forged_manifest_makes_no_circle(manifest):
    first = manifest["steps"][0]
    manifest["steps"] = [
        {**first, "inputs": ["b", "a"], "outputs": ["a"]},
        {**first, "inputs": ["a"], "outputs": ["b"]},
    ]
    edges = [(each.source, each.target) for each in recorded_flow(manifest).edges if each.artifact]
    assert edges == [("step0", "step1")]


def test_without_what_steps_read_there_is_no_flow(manifest):
    del manifest["steps"][0]["inputs"]
    assert recorded_flow(manifest) is None
