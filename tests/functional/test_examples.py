"""Every example runs as its README says, gives the bytes it should, and leaves a valid manifest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from trakt.testing import assert_same_output

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/pipeline.yaml"))
EXPECTED = {
    "glue_smoke": {
        "final.csv": "id,amount,zip,currency,client\n0001,10.5,02116,usd,acme\n0002,,10115,usd,acme\n0003,7,00501,usd,acme\n"
    },
    "multi_file_demo": {"exports/final.csv": "id|amount|zip\n1|20|02116\n2|25|10115\n3|60|\n4||00501\n"},
    "quality_and_join": {
        "orders.csv": "order_id,name,zip,amount,changed_at\n"
        "0001,Ada,02116,19.90,2026-02-04 09:00:00\n"
        "0002,Grace,10001,225.50,2026-02-05 08:00:00\n"
        "0004,,,1200.00,2026-02-05 08:30:00\n"
    },
    "stream_orders": {
        "orders.csv": "order_id,zip,cents,total\n"
        "A1,02116,1990,1990\nA2,10115,25000,26990\nA3,00501,500,27490\nB1,01002,120000,147490\nB2,80331,990,148480\n",
        "large_orders.csv": "order_id,zip,cents,total\nA2,10115,25000,26990\nB1,01002,120000,147490\n",
    },
}


@pytest.fixture
def run(run_pipeline):
    return lambda example, **options: run_pipeline(example, input_dir=example / "input", **options)


def outputs_of(folder):
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in found}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_gives_the_bytes_it_should(example, run):
    assert outputs_of(run(example, client_id="acme").folder) == EXPECTED[example.name]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_gives_the_same_bytes_in_every_runtime(example):
    assert_same_output(example, input_dir=example / "input", chunk_rows=[1], client_id="acme")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_manifest_of_an_example_is_valid_and_says_success(example, run):
    manifest = run(example, client_id="acme", batch_id="2026-02-05").manifest
    schema = json.loads(files("trakt.engine").joinpath("manifest.schema.json").read_text("utf-8"))
    jsonschema.validate(manifest, schema)
    assert (manifest["status"], manifest["client_id"], manifest["batch_id"]) == ("success", "acme", "2026-02-05")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_leaves_its_own_folder_as_it_was(example, run):
    before = {path: path.stat().st_mtime_ns for path in example.rglob("*")}
    run(example)
    assert {path: path.stat().st_mtime_ns for path in example.rglob("*")} == before


def test_the_demo_built_in_python_writes_the_same_bytes_as_its_pipeline_file(tmp_path, run):
    example = ROOT / "examples" / "multi_file_demo"
    done = subprocess.run(
        [sys.executable, "-B", str(example / "run_python_dsl.py"), str(tmp_path / "python")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "success 4 rows\n", "")
    assert outputs_of(tmp_path / "python") == outputs_of(run(example).folder) != {}


@pytest.mark.parametrize("rows", [1, 2, 7, 50_000])
def test_the_streamed_example_gives_the_same_bytes_for_every_chunk_size(rows, run):
    ran = run(ROOT / "examples" / "stream_orders", chunk_rows=rows)
    assert outputs_of(ran.folder) == EXPECTED["stream_orders"]
    assert ran.manifest["execution"] == {"engine": "local", "mode": "stream", "chunk_rows": rows}


def test_the_ready_made_steps_say_what_they_saw_in_the_client_batch(run):
    ran = run(ROOT / "examples" / "quality_and_join")
    steps = {step["step_id"]: step for step in ran.result["steps"]}
    assert len({step["uses"] for step in ran.result["steps"]}) == 7
    assert (steps["not_cancelled"]["rows_dropped"], steps["newest"]["rows_dropped"]) == (1, 1)
    assert steps["with_customer"]["rows_unmatched"] == 1
    events = [(event["name"], event["step_id"]) for event in ran.events]
    assert events == [
        ("warning.missing_columns", "our_names"),
        ("warning.unmatched_rows", "with_customer"),
        ("warning.quality_gate", "good_enough"),
    ]
