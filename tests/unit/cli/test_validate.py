from __future__ import annotations


def test_a_good_file_is_told_in_counts_and_names(trakt, orders, engine):
    said = trakt("validate", "--pipeline", "orders")
    assert said.code == 0
    assert said.lines == ["ok: orders: 1 input, 1 step, 1 output"]
    assert said.result == {
        "status": "ok",
        "pipeline": "orders",
        "pipeline_file": "pipelines/orders/pipeline.yaml",
        "inputs": ["records"],
        "steps": ["trim"],
        "outputs": ["o"],
        "clients": [],
    }


def test_lenient_reaches_the_loader(trakt, orders, engine):
    trakt("validate", "--pipeline", "orders", "--lenient")
    assert [strict for _, strict in engine.loaded] == [False]
