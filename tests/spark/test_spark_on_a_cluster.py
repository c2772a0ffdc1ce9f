"""Spark as it is where one machine is too small: a master and two workers, and `trakt run` as the pages say it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import trakt
from tests.fakes.spark_cluster import SparkCluster, environment_of, is_running
from tests.spark.conftest import outputs_in, told_in, without_times
from trakt import LocalRunner, load_pipeline_from_yaml

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
DRIVERS: list[subprocess.Popen[str]] = []
"""None outlives its test, whatever becomes of that."""


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
    project.folder, project.seen = Path(), tmp_path / "seen"
    project.seen.mkdir()
    project.write({"pipeline.yaml": PIPELINE % project.seen, "steps/net.py": NET, "steps/rate.py": "RATE = 0.8\n"})
    project.write(delivery())
    project.local = project.run("local")
    forget_calls(project)
    yield project
    for process in DRIVERS:
        process.kill()
        process.communicate()
    DRIVERS.clear()


def spawned(cluster, words, settings="", path=(), env=()):
    """A Python of a driver, with Spark's own settings."""
    environment = environment_of(sys.executable, ROOT) | {"SPARK_LOCAL_IP": "127.0.0.1", **dict(env)}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, [ROOT, *path]))
    environment["PYSPARK_SUBMIT_ARGS"] = f"{cluster.submit} {settings} pyspark-shell"
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    DRIVERS.append(subprocess.Popen([sys.executable, *words], env=environment, text=True, **pipes))
    return DRIVERS[-1]


def begun(cluster, *words, **more):
    """`trakt run --engine spark` there."""
    which = ["--pipeline-file", "pipeline.yaml", "--engine", "spark"]
    return spawned(cluster, ["-m", "trakt", "run", *which, *words], **more)


def ended(process):
    out, err = process.communicate(timeout=500)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def places(read, written):
    return "--input-dir", read, "--output-dir", written


def calls(project, part):
    """Where the step was called for a part, in the order of the calls: folders of executors."""
    note = project.seen / part
    return note.read_text().splitlines() if note.exists() else []


def forget_calls(project):
    for each in project.seen.iterdir():
        each.unlink()


def kept_in(bucket, folder):
    """What a run has written, and its manifest without times."""
    keys = [key for key in bucket.all_keys() if key.startswith(f"{folder}/")]
    kept = {key.removeprefix(f"{folder}/"): bucket.get(key) for key in keys}
    return {**kept, "manifest.json": without_times(json.loads(kept["manifest.json"]))}


def test_both_executors_work_and_give_the_bytes_and_the_numbers_of_one_machine(cluster, orders):
    done = ended(begun(cluster, *places("in", "out")))
    assert done.returncode == 0, done.stderr + cluster.logs()
    out = Path("out")
    assert outputs_in(orders.local).keys() == {"orders.csv", "rejected.jsonl"}
    assert outputs_in(out) == outputs_in(orders.local)
    assert told_in(out) == told_in(orders.local)
    assert told_in(out)["steps"][0]["metrics"]["kept"] == 6 * 58
    executors = {calls(orders, part)[0] for part in PARTS}
    assert {Path(each).parent.parent.name for each in executors} == {"worker1", "worker2"}


def test_an_executor_that_is_killed_costs_nothing_and_is_counted_once_in_s3_too(cluster, orders, fake_s3):
    for name, content in delivery().items():
        fake_s3.put(name, content)
    read = fake_s3.uri("in")
    LocalRunner(input_dir=read, output_dir=fake_s3.uri("local")).run(load_pipeline_from_yaml("pipeline.yaml"))
    forget_calls(orders)
    held = [orders.seen / f"hold-{part}" for part in PARTS[4:]]
    for each in held:
        each.touch()
    # an executor takes credentials as any process does
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    settings = " ".join(f"--conf spark.executorEnv.{name}={value}" for name, value in aws.items())
    running = begun(cluster, *places(read, fake_s3.uri("out")), settings=settings, env=aws)
    cluster.until(lambda: all(calls(orders, part) for part in PARTS) or running.poll() is not None)
    assert running.poll() is None, ended(running).stderr
    # both are in the middle of a part by now, and have done others
    victim = cluster.executors()[0]
    os.kill(victim, signal.SIGKILL)
    cluster.until(lambda: not is_running(victim))
    for each in held:
        each.unlink()
    done = ended(running)
    assert done.returncode == 0, done.stderr + cluster.logs()
    assert any(len(calls(orders, part)) > 1 for part in PARTS)
    assert kept_in(fake_s3, "out") == kept_in(fake_s3, "local")


def test_a_run_that_is_killed_leaves_nothing_visible_and_nothing_running(cluster, orders):
    (orders.seen / f"hold-{PARTS[5]}").touch()
    running = begun(cluster, *places("in", "out"))
    cluster.until(lambda: bool(calls(orders, PARTS[5])) or running.poll() is not None)
    assert running.poll() is None, ended(running).stderr
    running.kill()
    ended(running)
    assert not [path for path in Path("out").iterdir() if not path.name.startswith(".")]
    cluster.until(lambda: not cluster.executors())
    (orders.seen / f"hold-{PARTS[5]}").unlink()
    LocalRunner(input_dir="in", output_dir="out").run(load_pipeline_from_yaml("pipeline.yaml"))
    assert outputs_in(Path("out")) == outputs_in(orders.local)


SEVERAL = """
import json
import threading

from pyspark.sql import SparkSession

from trakt import LocalRunner, TraktError, load_pipeline_from_yaml

session, said = SparkSession.builder.appName("an author's own").getOrCreate(), {}


def run(name):
    try:
        pipeline = load_pipeline_from_yaml(f"{name}/pipeline.yaml")
        LocalRunner(input_dir="in", output_dir=f"out-{name}").run(pipeline, engine="spark")
    except TraktError as error:
        said[name] = str(error)


run("orders")
# where no session is active, though there is one
other = threading.Thread(target=run, args=["halves"])
other.start()
other.join()
run("raises")
run("lacks")
said["still there"] = session.range(3).count()
print(json.dumps(said))
"""


def test_pipelines_of_one_session_keep_their_code_apart_and_fail_in_words(cluster, orders, tmp_path):
    code = {
        "orders": NET,
        "halves": NET,
        "raises": NET.replace("kept = ", 'if part == "30001": raise ValueError(f"no {part}")\n    kept = '),
        "lacks": f"import only_here\n{NET}",
    }
    for name, net in code.items():
        orders.write({f"{name}/pipeline.yaml": PIPELINE % orders.seen, f"{name}/steps/net.py": net})
        orders.write({f"{name}/steps/rate.py": f"RATE = {0.5 if name == 'halves' else 0.8}\n"})
    orders.write({"several.py": SEVERAL, "elsewhere/only_here.py": ""})
    done = ended(spawned(cluster, ["several.py"], path=["elsewhere"]))
    assert done.returncode == 0, done.stderr + cluster.logs()
    said = json.loads(done.stdout.splitlines()[-1])
    assert said.keys() == {"raises", "lacks", "still there"}, said
    assert outputs_in(Path("out-orders")) == outputs_in(orders.local)
    LocalRunner(input_dir="in", output_dir="halved").run(load_pipeline_from_yaml("halves/pipeline.yaml"))
    assert outputs_in(Path("out-halves")) == outputs_in(Path("halved")) != outputs_in(orders.local)
    assert f"{tmp_path}/raises/steps/net.py:19 (in in/orders/3.csv): ValueError: no 30001" in said["raises"]
    assert "No module named 'only_here'" in said["lacks"]
    assert "executor" in said["lacks"]
    for name in ("raises", "lacks"):
        assert outputs_in(Path(f"out-{name}")) == {}


def test_an_executor_with_another_trakt_is_refused_with_both_versions(cluster, orders, tmp_path):
    older = tmp_path / "older" / "trakt"
    older.mkdir(parents=True)
    (older / "__init__.py").write_text('__version__ = "0.0.9"\n')
    done = ended(begun(cluster, *places("in", "out"), settings=f"--conf spark.executorEnv.PYTHONPATH={older.parent}"))
    assert done.returncode == 1
    # what Spark itself logs stands above it
    assert (
        f"Spark gave up: an executor has other versions than this process: trakt 0.0.9, not {trakt.__version__} (on "
        in done.stderr
    )
    assert "install the same versions there and here" in done.stderr
    assert outputs_in(Path("out")) == {}
