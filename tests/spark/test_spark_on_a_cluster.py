"""Spark as it is where one machine is too small: a master and two workers, and `trakt run` as the pages say it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.spark_cluster import SparkCluster, environment_of, is_running
from tests.spark.conftest import outputs_in, told_in

ROOT = Path(__file__).parents[2]
PIPELINE = """
name: orders
inputs: {orders: {uri: orders, on_bad_rows: quarantine}}
steps:
  - id: net
    uses: steps.net
    with: {input: orders, seen: {const: %s}, output: net_orders}
outputs: {orders: net_orders}
"""
# each call notes where it was made; one that is held waits
NET = """
import os
import time
from pathlib import Path

from steps.rate import RATE
from trakt import step_contract


@step_contract(inputs=["input", "seen"], outputs=["output"], supports_partitions=True)
def run(ctx, input, seen):
    part = str(input["id"].iloc[0])
    with open(f"{seen}/{part}", "a") as calls:
        calls.write(f"{os.getcwd()}\\n")
    while os.path.exists(f"{seen}/hold-{part}"):
        time.sleep(0.02)
    refunds = input["gross"] < 0
    ctx.reject(input[refunds], reason="refund", column="gross")
    kept = input[~refunds]
    return {"output": kept.assign(net=kept["gross"] * RATE), "__metrics__": {"kept": len(kept)}}
"""
PARTS = [f"{part}0001" for part in range(6)]


def delivery() -> dict[str, str]:
    """Six files, each a part, with a row that is ragged and one that the step sets aside."""
    head = "id,gross,note\n"
    return {
        f"in/orders/{part}.csv": head
        + "".join(f"{part}{row:04d},{row * 3 - 5}.25,n{row % 7}\n" for row in range(1, 60))
        + f"{part}9999,1\n"
        for part in range(6)
    }


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with SparkCluster(folder, environment_of(sys.executable, ROOT)) as running:
        yield running


@pytest.fixture
def orders(project, tmp_path, monkeypatch):
    """The project of the tests, with a local run beside which the others are held, by the same relative places."""
    monkeypatch.chdir(tmp_path)
    project.folder = Path()
    seen = tmp_path / "seen"
    seen.mkdir()
    project.write({"pipeline.yaml": PIPELINE % seen, "steps/net.py": NET, "steps/rate.py": "RATE = 0.8\n"})
    project.write(delivery())
    project.seen, project.local = seen, project.run("local")
    for each in seen.iterdir():
        each.unlink()
    return project


def begun(cluster, folder, *words, settings="", path=(), **more):
    """`trakt run` there, by Spark's own settings."""
    environment = environment_of(sys.executable, ROOT)
    environment["PYTHONPATH"] = os.pathsep.join(map(str, [ROOT, *path]))
    said = {"PYSPARK_SUBMIT_ARGS": f"{cluster.submit} {settings} pyspark-shell", "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, "-m", "trakt", "run", "--pipeline-file", "pipeline.yaml", "--engine", "spark", *words]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**environment, **said, **more.pop("env", {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    out, err = process.communicate(timeout=180)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def places(out="out"):
    return "--input-dir", "in", "--output-dir", str(out)


def calls(seen, part):
    """Where the step was called for a part, in the order of the calls: folders of executors."""
    note = seen / part
    return note.read_text().splitlines() if note.exists() else []


def test_both_executors_work_and_give_the_bytes_and_the_numbers_of_one_machine(cluster, orders):
    done = ended(begun(cluster, orders.folder, *places()))
    assert done.returncode == 0, done.stderr + cluster.logs()
    out = orders.folder / "out"
    assert outputs_in(orders.local).keys() == {"orders.csv", "rejected.jsonl"}
    assert outputs_in(out) == outputs_in(orders.local)
    assert told_in(out) == told_in(orders.local)
    assert told_in(out)["steps"][0]["metrics"]["kept"] == 6 * 58
    executors = {calls(orders.seen, part)[0] for part in PARTS}
    assert {Path(each).parent.parent.name for each in executors} == {"worker1", "worker2"}


def test_an_executor_that_is_killed_costs_nothing_and_is_counted_once(cluster, orders):
    held = [orders.seen / f"hold-{part}" for part in PARTS[4:]]
    for each in held:
        each.touch()
    running = begun(cluster, orders.folder, *places())
    cluster.until(lambda: True if all(calls(orders.seen, part) for part in PARTS) else running.poll())
    assert running.poll() is None, ended(running).stderr
    # both are in the middle of a part by now, and have done others
    before = cluster.executors()
    os.kill(before[0], signal.SIGKILL)
    cluster.until(lambda: None if is_running(before[0]) else True)
    for each in held:
        each.unlink()
    done = ended(running)
    assert done.returncode == 0, done.stderr + cluster.logs()
    assert any(len(calls(orders.seen, part)) > 1 for part in PARTS)
    assert outputs_in(orders.folder / "out") == outputs_in(orders.local)
    assert told_in(orders.folder / "out") == told_in(orders.local)
