"""Spark's own cluster on this machine: a master and two workers, a process each, which start executors for a run."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TypeVar

T = TypeVar("T")

_DEPLOY = "org.apache.spark.deploy"
_PATIENCE = 300.0


class SparkCluster:
    """`with SparkCluster(folder) as cluster:` listens on `cluster.url`; its processes end with the block.

    Each worker has one core and lets one executor run at a time, of 512 MiB. Logs lie in the folder.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        import pyspark

        self._home = Path(pyspark.__file__).parent
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        # Spark 4 would listen on a port for requests over HTTP, always the same
        own = {"SPARK_HOME": str(self._home), "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}
        self._environment = {**environment, **own, "SPARK_LOCAL_IP": "127.0.0.1"}

    def __enter__(self) -> Self:
        try:
            self._begin("master", f"{_DEPLOY}.master.Master")
            self.url = self.until(lambda: self._said("master", r"Starting Spark master at (spark://[\d.:]+)"))
            for name in ("worker1", "worker2"):
                place = ["--work-dir", str(self._folder / name)]
                self._begin(name, f"{_DEPLOY}.worker.Worker", "--cores", "1", "--memory", "600m", *place, self.url)
            for name in ("worker1", "worker2"):
                self.until(lambda name=name: self._said(name, r"Successfully registered with master (.*)"))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    @property
    def submit(self) -> str:
        """The settings of a run here, for `PYSPARK_SUBMIT_ARGS`; it begins when both executors are there."""
        settings = {
            "spark.cores.max": "2",
            "spark.executor.memory": "512m",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
        }
        return " ".join([f"--master {self.url}", *(f"--conf {name}={value}" for name, value in settings.items())])

    @property
    def workers(self) -> list[int]:
        """Their process ids."""
        return [process.pid for process in self._processes[1:]]

    def executors(self) -> list[int]:
        """The process ids of those that are running: a worker has no other children."""
        return [pid for pid, parent in _parents() if parent in self.workers]

    def logs(self) -> str:
        """The last lines of every log, those of executors too."""
        found = [*self._folder.glob("*.log"), *self._folder.glob("worker*/app-*/*/stderr")]
        return "\n".join(f"== {path}\n" + "\n".join(_lines(path)[-30:]) for path in sorted(found))

    def until(self, found: Callable[[], T]) -> T:
        """What `found` gives as soon as it gives something."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if value := found():
                return value
            if any(process.poll() is not None for process in self._processes):
                break
            time.sleep(0.05)
        raise AssertionError(f"the cluster did not come so far:\n{self.logs()}")

    def _begin(self, name: str, kind: str, *words: str) -> None:
        command = [str(self._home / "bin" / "spark-class"), kind, "--host", "127.0.0.1", "--port", "0"]
        log = (self._folder / f"{name}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [*command, "--webui-port", "0", *words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)

    def _said(self, name: str, pattern: str) -> str | None:
        found = re.search(pattern, "\n".join(_lines(self._folder / f"{name}.log")))
        return found[1] if found else None

    def _end(self) -> None:
        # workers first: the end of the master would make them look for another one
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _parents() -> Iterator[tuple[int, int]]:
    """The process id of each process on this machine, and its parent's."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (place / "stat").read_text().rpartition(")")[2]
        except OSError:
            continue
        state, parent = after_name.split()[:2]
        if state != "Z":
            yield int(place.name), int(parent)


def is_running(pid: int) -> bool:
    """Whether there is such a process still."""
    return any(each == pid for each, _ in _parents())


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines() if path.exists() else []


def environment_of(python: str, root: Path) -> dict[str, str]:
    """What a machine of the cluster has: a Java, and this Trakt."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(root), "PYSPARK_PYTHON": python}
