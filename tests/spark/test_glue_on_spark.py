"""The script of a Glue job on Spark, begun as Glue begins it: by spark-submit, with its arguments, from S3's copies."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fakes.spark_cluster import environment_of
from tests.spark.conftest import ON_LOOPBACK, outputs_in, without_times
from trakt import LocalRunner, load_pipeline_from_yaml

ROOT = Path(__file__).parents[2]
IDS = {"client_id": "acme", "batch_id": "2026-02-05"}
PIPELINE = """
name: orders
inputs: {orders: {uri: orders, on_bad_rows: quarantine}}
steps:
  - id: net
    uses: steps.net
    with: {input: orders, rate: 0.8, output: net_orders}
outputs: {orders: net_orders}
"""
NET = """
from trakt import step_contract


@step_contract(inputs=["input", "rate"], outputs=["output"], supports_partitions=True)
def run(ctx, input, rate):
    return {"output": input.assign(net=input["gross"] * rate, client=ctx.client_id)}
"""
# as a script of one's own does, whose GlueContext makes a session and goes on with it
AFTER_GLUES_OWN = """
from pyspark.context import SparkContext
from pyspark.sql import SparkSession

session = SparkSession(SparkContext.getOrCreate())

from trakt.runtime.glue_main import main

main()
assert session.range(3).count() == 3
assert session.conf.get("spark.app.name") == "the job's own"
"""


@pytest.fixture
def job(tmp_path, project):
    """A pipeline as a zip, and a delivery of two files."""
    project.write({"orders/pipeline.yaml": PIPELINE, "orders/steps/net.py": NET})
    project.write({"in/orders/1.csv": "id,gross\n0001,100\n0002\n", "in/orders/2.csv": "id,gross\n0003,2.5\n"})
    with zipfile.ZipFile(tmp_path / "pipelines.zip", "w") as packed:
        for name in ("pipeline.yaml", "steps/net.py"):
            packed.write(tmp_path / "orders" / name, f"pipelines/orders/{name}")
    pipeline = load_pipeline_from_yaml(tmp_path / "orders" / "pipeline.yaml")
    LocalRunner(input_dir=tmp_path / "in", output_dir=tmp_path / "local").run(pipeline, **IDS)
    return tmp_path


def submitted(job, script, *words):
    """What Spark runs in a folder that holds nothing of ours."""
    (job / "elsewhere").mkdir()
    (job / "elsewhere" / "glue-script.py").write_text(script)
    settings = {**ON_LOOPBACK, "spark.master": "local[2]", "spark.app.name": "the job's own"}
    conf = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    submit = Path(sys.executable).with_name("spark-submit")
    done = subprocess.run(
        [submit, *conf, "--py-files", job / "pipelines.zip", "glue-script.py", *words],
        cwd=job / "elsewhere",
        env={**environment_of(sys.executable, ROOT), "SPARK_LOCAL_IP": "127.0.0.1", "TMPDIR": os.fspath(job)},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def same_but_for_the_runtime(job, folder):
    here, there = (without_times(json.loads((job / each / "manifest.json").read_text())) for each in ("local", folder))
    told = [
        (each.pop("runtime")["name"], each.pop("fingerprint"), each["pipeline"].pop("file")) for each in (here, there)
    ]
    assert [name for name, *_ in told] == ["local", "glue"]
    assert there == here
    assert outputs_in(job / folder) == outputs_in(job / "local")
    assert set(outputs_in(job / folder)) == {"orders.csv", "rejected.jsonl"}


def test_the_script_as_it_is_shipped_gives_the_bytes_of_a_local_run(job, glue_arguments):
    places = {"input_dir": job / "in", "output_dir": job / "out"}
    words = glue_arguments(pipeline="orders", engine="spark", **IDS, **places)
    done = submitted(job, (ROOT / "handlers" / "glue_job.py").read_text(), *words)
    same_but_for_the_runtime(job, "out")
    # spark-submit gives what its script says on stderr to stdout as well
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["status"], result["job_name"]) == ("success", "trakt")
    manifest = json.loads((job / "out" / "manifest.json").read_text())
    assert manifest["execution"]["engine"] == "spark"


def test_a_script_that_has_a_session_shares_it_and_keeps_it(job, glue_arguments):
    places = {"input_dir": job / "in", "output_dir": job / "out"}
    words = glue_arguments(pipeline="orders", engine="spark", **IDS, **places)
    submitted(job, AFTER_GLUES_OWN, *words)
    same_but_for_the_runtime(job, "out")
