"""`trakt backfill`: each batch has the run it would have had alone, whatever becomes of the others."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trakt import cli

PIPELINE = """\
name: orders
inputs:
  orders: orders.csv
steps:
  - id: net
    uses: steps.net
    with: {input: orders, tax: 0.2, output: net_orders}
outputs: {net_orders: net_orders}
"""
STEP = """\
import os, pathlib, signal, time

from trakt import step_contract


@step_contract(inputs=["input", "tax"], outputs=["output"])
def run(ctx, input, tax):
    print("a step may print")
    words = " ".join(map(str, input["note"]))
    if "kill" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in words:
        pathlib.Path(f"began-{ctx.batch_id}").touch()
        time.sleep(1.5)
    return {"output": input.assign(net=input["gross"] * (1 - tax))}
"""
IN, OUT = "in/{client_id}/{batch_id}", "out/{client_id}/{batch_id}"
BACKFILL = ["backfill", "--pipeline", "orders", "--input-dir", IN, "--output-dir", OUT]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"pipeline.yaml": PIPELINE, "steps/net.py": STEP}.items():
        file = tmp_path / "pipelines" / "orders" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def deliver(client, batch, note="-", rows=2):
    folder = Path("in", client, batch)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orders.csv").write_text("gross,note\n" + f"10,{note}\n" * rows)


def backfill(capsys, *more):
    code = cli.main([*BACKFILL, *more])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def manifest(client, batch):
    return json.loads(Path("out", client, batch, "manifest.json").read_text())


def test_each_batch_has_its_own_run_outputs_and_manifest(home, capsys):
    for client, batch in (("acme", "b1"), ("acme", "b2"), ("globex", "b1")):
        deliver(client, batch)
    Path("pipelines/orders/clients").mkdir()
    Path("pipelines/orders/clients/globex.yaml").write_text("steps: {net: {with: {tax: 0.5}}}\n")
    code, result, said = backfill(capsys)
    assert (code, result["status"], result["counts"]) == (0, "success", {"success": 3})
    assert [(each["client_id"], each["batch_id"], each["status"]) for each in result["runs"]] == [
        ("acme", "b1", "success"),
        ("acme", "b2", "success"),
        ("globex", "b1", "success"),
    ]
    assert Path("out/acme/b2/net_orders.csv").read_text() == "gross,note,net\n10,-,8\n10,-,8\n"
    assert Path("out/globex/b1/net_orders.csv").read_text() == "gross,note,net\n10,-,5\n10,-,5\n"
    assert manifest("acme", "b2")["client_id"] == "acme"
    assert "3 of 3  " in said
    assert "orders: 3 runs in " in said


def test_a_batch_that_fails_holds_nobody_up_and_the_same_command_goes_on(home, capsys):
    for batch in ("b1", "b2", "b3"):
        deliver("acme", batch)
    Path("in/acme/b2/orders.csv").write_text("gross\n10\n")
    code, result, said = backfill(capsys)
    assert (code, result["status"], result["counts"]) == (1, "failed", {"failed": 1, "success": 2})
    assert "acme b2: failed: " in said
    assert result["runs"][1]["error"]["message"]
    deliver("acme", "b2")
    code, result, _ = backfill(capsys)
    assert (code, result["counts"]) == (0, {"skipped": 2, "success": 1})


def test_a_run_whose_process_is_killed_is_the_only_one_that_is_lost(home, capsys):
    for client in ("acme", "globex", "initech"):
        for batch in ("b1", "b2"):
            deliver(client, batch, "kill" if (client, batch) == ("globex", "b1") else "-")
    code, result, _ = backfill(capsys, "--concurrency", "2")
    assert (code, sum(result["counts"].values())) == (1, 6)
    failed = [each for each in result["runs"] if each["status"] == "failed"]
    assert [(each["client_id"], each["batch_id"]) for each in failed] == [("globex", "b1")]
    assert "the process of the run was killed" in failed[0]["error"]["message"]
    assert not Path("out/globex/b1/net_orders.csv").exists()
    assert Path("out/globex/b2/net_orders.csv").exists()


def test_batches_of_a_client_are_compared_with_the_one_before(home, capsys):
    for number, batch in enumerate(("b1", "b2", "b3"), 1):
        deliver("acme", batch, rows=number * 1000)
    assert backfill(capsys, "--concurrency", "3")[0] == 0
    compared = [manifest("acme", batch)["drift"]["baseline"] for batch in ("b2", "b3")]
    assert [baseline["batch_id"] for baseline in compared] == ["b1", "b2"]


def test_who_interrupts_lets_the_runs_under_way_end_and_may_go_on_later(home):
    for batch in ("b1", "b2", "b3", "b4"):
        deliver("acme", batch, "slow")
    started = subprocess.Popen(
        [sys.executable, "-m", "trakt", *BACKFILL, "--concurrency", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not Path("began-b1").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, "")
    assert "interrupted; 0 of 4 batches have ended; the same command goes on with the others" in err
    assert "Traceback" not in err
    assert manifest("acme", "b1")["status"] == "success"
    assert not Path("out/acme/b3").exists()


def test_a_list_says_what_would_be_run_and_runs_nothing(home, capsys):
    deliver("acme", "b1")
    code, result, said = backfill(capsys, "--list")
    assert code == 0
    ids = {"pipeline": "orders", "client_id": "acme", "batch_id": "b1"}
    assert result["requests"] == [{**ids, "input_dir": "in/acme/b1", "output_dir": "out/acme/b1"}]
    assert "acme b1: 1 file, 21 bytes\norders: 1 batch\n" in said
    assert not Path("out").exists()


def test_a_list_asks_for_what_was_asked_of_all_runs(home, capsys):
    deliver("acme", "b1")
    options = ["--param", "net.tax=0.5", "--execution-mode", "stream", "--stream-chunk-size", "7", "--force"]
    (request,) = backfill(capsys, "--list", *options, "--pipeline-version", "2")[1]["requests"]
    assert {key: request[key] for key in request.keys() - {"pipeline", "client_id", "batch_id"}} == {
        "input_dir": "in/acme/b1",
        "output_dir": "out/acme/b1",
        "params": {"net.tax": 0.5},
        "mode": "stream",
        "chunk_rows": 7,
        "force": True,
        "pipeline_version": "2",
    }


def test_the_engine_that_is_asked_for_reaches_every_run(home, capsys):
    """It refuses a step that does not say that it may be called for parts of the rows."""
    deliver("acme", "b1")
    assert backfill(capsys, "--engine", "local")[0] == 0
    code, result, _ = backfill(capsys, "--engine", "spark", "--force")
    assert code == 1
    assert "parts of the rows" in json.dumps(result)


def test_a_list_is_for_lambda_which_has_one_engine(home, capsys):
    deliver("acme", "b1")
    code, _, said = backfill(capsys, "--list", "--engine", "spark")
    assert code == 2
    assert "--engine: a Lambda function has no choice of engine" in said


def test_all_batches_cannot_have_one_manifest(home, capsys):
    deliver("acme", "b1")
    code, _, said = backfill(capsys, "--manifest-path", "manifests/{client_id}.json")
    assert code == 2
    assert "--manifest-path: 'manifests/{client_id}.json' does not hold {batch_id}: all batches would write to" in said
    assert backfill(capsys, "--manifest-path", "manifests/{client_id}-{batch_id}.json")[0] == 0


def test_a_client_that_the_place_does_not_name_is_said_for_all(home, capsys):
    deliver("acme", "b1")
    words = ["backfill", "--pipeline", "orders", "--input-dir", "in/acme/{batch_id}", "--output-dir", "out/{batch_id}"]
    assert cli.main([*words, "--client-id", "acme"]) == 0
    assert json.loads(Path("out/b1/manifest.json").read_text())["client_id"] == "acme"
    capsys.readouterr()
    assert cli.main([*words, "--client-id", "acme", "--client-id", "globex"]) == 2
    assert "--client-id: --input-dir does not hold {client_id}" in capsys.readouterr().err


def test_batches_in_s3_are_found_and_written_there(home, capsys, bucket):
    for batch in ("b1", "b2"):
        bucket.put(f"in/acme/{batch}/orders.csv", "gross,note\n10,-\n")
    places = ["--input-dir", bucket.uri(IN), "--output-dir", bucket.uri(OUT)]
    assert cli.main(["backfill", "--pipeline", "orders", *places, "--concurrency", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"success": 2}
    assert bucket.get("out/acme/b2/net_orders.csv").decode() == "gross,note,net\n10,-,8\n"
