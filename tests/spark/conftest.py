"""These need Apache Spark and a Java: `make spark` has both, and `make test` is told nothing of this folder."""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from trakt import load_pipeline_from_yaml
from trakt.runtime.local_runner import LocalRunner

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]

ON_LOOPBACK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_TIMES = {"run_id", "started_at", "finished_at", "duration_ms", "peak_memory_mb", "at", "path", "engine"}


@pytest.fixture(scope="session", autouse=True)
def spark():
    """A Spark of two threads in this process, as an author's own session would be there."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]").appName("tests of trakt")
    for name, value in ON_LOOPBACK.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


class Project:
    """A folder with a pipeline, the code of its steps and what is delivered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, files: dict[str, str]) -> "Project":
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
        return self

    def run(self, engine: str, mode: str = "batch", **options) -> Path:
        out = self.folder / f"out-{engine}-{mode}"
        pipeline = load_pipeline_from_yaml(self.folder / "pipeline.yaml")
        runner = LocalRunner(input_dir=self.folder / "in", output_dir=out)
        runner.run(pipeline, engine=engine, execution_mode=mode, force=True, **options)
        return out


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def outputs_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def told_in(folder: Path):
    """The manifest without its times, and without what says where it was made."""
    return without_times(json.loads((folder / "manifest.json").read_text("utf-8")))


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in _TIMES}
    return [without_times(item) for item in value] if isinstance(value, list) else value
