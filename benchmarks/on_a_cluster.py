"""Runs a command on a master and two workers of this machine, and tells what its driver and its executors took.

    python -m benchmarks.on_a_cluster COMMAND...

The last line on stdout is JSON: `wall_s` of the command, `driver_cpu_s` with the Java that it starts, `executors_cpu_s`
with the workers that start them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.launch import Family
from benchmarks.measure import ROOT
from tests.fakes.spark_cluster import SparkCluster, environment_of


def main(*command: str) -> None:
    """Run it; what it says on stderr goes there too."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SparkCluster(Path(folder), environment_of(sys.executable, ROOT)) as cluster,
    ):
        executors = [Family(pid) for pid in cluster.workers]
        for family in executors:
            family.start()
        settings = {**os.environ, "PYSPARK_SUBMIT_ARGS": f"{cluster.submit} pyspark-shell"}
        began = time.perf_counter()
        process = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL)
        driver = Family(process.pid)
        driver.start()
        code = process.wait()
        wall = time.perf_counter() - began
        for family in (driver, *executors):
            family.end()
    if code:
        sys.exit(code)
    print(
        json.dumps(
            {
                "wall_s": wall,
                "driver_cpu_s": driver.cpu_s,
                "executors_cpu_s": sum(family.cpu_s for family in executors),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
