from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest


def test_the_result_is_json_on_stdout_and_words_are_on_stderr(trakt, orders, engine):
    said = trakt("run", "--pipeline", "orders")
    assert said.code == 0
    assert said.result["status"] == "success"
    assert said.result["manifest_path"] == "outputs/manifest.json"
    assert "the manifest is outputs/manifest.json" in said.err


def test_every_option_reaches_the_runner(trakt, orders, engine):
    words = """--input-dir in --output-dir out --input records=/tmp/a=b.csv --input other=x.csv
        --param trim.factor=3 --param trim.name='"3"' --param trim.list=[1,a] --manifest-path m.json --baseline b.json
        --stream-chunk-size 10 --execution-mode stream --engine spark --run-id r7 --pipeline-version v2 --client-id acme --batch-id 2026-02-05
        --lenient --force --otel-enabled --otel-service-name nightly"""
    argv = [word.replace("'", "") for word in words.split()]
    said = trakt("run", "--pipeline", "orders", *argv)
    assert said.code == 0
    assert engine.loaded == [(str(Path("pipelines", "orders", "pipeline.yaml")), False)]
    assert engine.made == [
        {"input_dir": "in", "output_dir": "out", "input_overrides": {"records": "/tmp/a=b.csv", "other": "x.csv"}}
    ]
    (asked,) = engine.runs
    del asked["pipeline"]
    assert asked == {
        "run_id": "r7",
        "pipeline_version": "v2",
        "manifest_path": "m.json",
        "baseline": "b.json",
        "stream_chunk_size": 10,
        "execution_mode": "stream",
        "engine": "spark",
        "client_id": "acme",
        "batch_id": "2026-02-05",
        "params": {"trim.factor": 3, "trim.name": "3", "trim.list": [1, "a"]},
        "strict": False,
        "force": True,
        "otel_enabled": True,
        "otel_service_name": "nightly",
    }


def test_without_options_the_documented_defaults_hold(trakt, orders, engine):
    trakt("run", "--pipeline", "orders")
    assert engine.made == [{"input_dir": ".", "output_dir": "outputs", "input_overrides": {}}]
    (asked,) = engine.runs
    assert (asked["params"], asked["strict"], asked["otel_enabled"], asked["run_id"]) == ({}, True, False, None)
    assert asked["force"] is False


def test_a_step_that_prints_does_not_spoil_the_result(trakt, orders, engine):
    engine.on_run = lambda: print("hello from a step")
    said = trakt("run", "--pipeline", "orders")
    assert said.result["status"] == "success"
    assert "hello from a step" in said.err


def test_pipeline_may_name_a_file(trakt, orders, engine):
    assert trakt("run", "--pipeline", str(orders)).code == 0
    assert trakt("run", "--pipeline-file", str(orders)).code == 0
    assert engine.loaded == [(str(orders), True), (str(orders), True)]


def test_quiet_says_nothing_when_all_is_well(trakt, orders, engine):
    said = trakt("run", "--pipeline", "orders", "-q")
    assert (said.code, said.err) == (0, "")
    assert said.result["status"] == "success"


def test_run_local_is_run(orders, engine, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["run_local", "--pipeline", "orders", "--run-id", "r9"])
    monkeypatch.delitem(sys.modules, "trakt.run_local", raising=False)
    # Trakt is a plugin of pytest too, which therefore loads it in a way that runpy cannot
    finders = [each for each in sys.meta_path if not type(each).__module__.startswith("_pytest.")]
    monkeypatch.setattr(sys, "meta_path", finders)
    with pytest.raises(SystemExit) as done:
        runpy.run_module("trakt.run_local", run_name="__main__")
    assert done.value.code == 0
    assert '"run_id": "r9"' in capsys.readouterr().out
