from __future__ import annotations


def test_the_plan_is_json_on_stdout_and_words_on_stderr(trakt, orders, engine):
    said = trakt("plan", "--pipeline", "orders")
    assert said.code == 0
    assert said.result == {"pipeline": "orders", "mode": "batch", "done_by": None}
    assert said.lines == ["reads records.csv"]


def test_a_plan_of_what_has_been_done_says_so(trakt, orders, engine):
    engine.done = {"run_id": "r1", "finished_at": "2026-02-05T10:00:00+00:00", "status": "success"}
    said = trakt("plan", "--pipeline", "orders")
    assert said.result["done_by"] == {"run_id": "r1", "finished_at": "2026-02-05T10:00:00+00:00"}
    assert said.lines == ["reads records.csv", "  done   by r1"]


def test_every_option_reaches_the_request(trakt, orders, engine):
    trakt(
        *("plan", "--pipeline", "orders", "--input-dir", "in", "--output-dir", "out", "--input", "records=x.csv"),
        *("--param", "trim.factor=3", "--manifest-path", "m.json", "--stream-chunk-size", "7", "--lenient"),
        *("--memory", "512", "--max-rows", "1000"),
    )
    (request,) = engine.requests
    assert (request.input_dir, request.output_dir, request.manifest_path) == ("in", "out", "m.json")
    assert (request.inputs, request.params) == ({"records": "x.csv"}, {"trim.factor": 3})
    assert (request.limits.memory_mb, request.limits.max_rows) == (512, 1000)
    assert (request.chunk_rows, request.strict, request.pipeline.name) == (7, False, "orders")
