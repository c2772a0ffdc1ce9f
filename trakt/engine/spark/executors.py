"""A Spark session, and work that its executors do part by part."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from trakt.engine.spark.arrival import REFUSED, travelling
from trakt.errors import MissingExtra, RunError

_ROWS = "name string, seq long, payload binary"
FACTS = ""
"""The name of what is told beside the rows, which no artifact has."""

_NAMES_AN_ERROR = re.compile(r"(?:Caused by: )?(?:\w+\.)*(?:\w+Error|Job aborted[^:]*): ")

Work = Callable[[int], Iterable[tuple[str, Any]]]
"""Given the number of a part: the values it makes, each with a name."""


class Executors:
    """The executors of the Spark session that is active, or of one that lasts as long as this."""

    def __init__(self) -> None:
        self._own: Any = None
        self._kept: list[Made] = []

    def __enter__(self) -> Self:
        with foreign_faults():
            # settings of its own, for the same executors
            self._session = self._found().newSession()
            # a row holds a whole chunk: Spark's 10,000 of them in one batch would not fit
            self._session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(Exception):
            for made in self._kept:
                made.forget()
        if self._own is not None:
            with contextlib.suppress(Exception):
                self._own.stop()

    @property
    def version(self) -> str:
        """Spark's."""
        return str(self._session.version)

    def do(self, work: Work, parts: int) -> Made:
        """Have `work` done with each part; what it makes is kept on the executors' disks.

        Raises:
            RunError: Spark cannot do it.
        """
        from pyspark import StorageLevel

        with foreign_faults():
            frame = self._session.range(0, parts, 1, parts).mapInPandas(travelling(_Task(work)), _ROWS)
            made = Made(frame.persist(StorageLevel.DISK_ONLY))
        self._kept.append(made)
        return made

    def _found(self) -> Any:
        try:
            from pyspark import SparkContext
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise MissingExtra("the Spark engine", "spark") from error
        if (active := SparkSession.getActiveSession()) is not None:
            return active
        builder = SparkSession.builder
        # a session is active in one thread, and what it works with belongs to somebody in all of them
        if SparkContext._active_spark_context is not None:
            return builder.getOrCreate()
        if "PYSPARK_PYTHON" not in os.environ:
            # else its workers are whichever `python3` comes first
            os.environ["PYSPARK_PYTHON"] = sys.executable
        if "PYSPARK_GATEWAY_PORT" not in os.environ:
            # not begun by spark-submit, which says so itself; Spark's bar would be drawn over what Trakt says
            builder = builder.appName("trakt").config("spark.ui.showConsoleProgress", "false")
        self._own = builder.getOrCreate()
        return self._own


class Made:
    """What executors have made, part by part."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def facts(self) -> list[Any]:
        """What was told of each part, in their order; by then all of them are made."""
        with foreign_faults():
            rows = self._frame.where(f"name = '{FACTS}'").select("payload").collect()
        return [pickle.loads(row.payload) for row in rows]

    def values(self, name: str) -> Iterator[Any]:
        """The values of that name, in the order of the parts, fetched as they are asked for."""
        with foreign_faults():
            rows = self._frame.where(self._frame.name == name).select("payload").toLocalIterator(True)
            for row in rows:
                yield pickle.loads(row.payload)

    def forget(self) -> None:
        """Free the disks."""
        self._frame.unpersist()


@dataclass(frozen=True, slots=True)
class _Task:
    """Does the work for the parts that an executor is given; see `DataFrame.mapInPandas`."""

    work: Work

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        import pandas as pd

        for batch in batches:
            for part in batch["id"]:
                for seq, (name, value) in enumerate(self.work(int(part))):
                    payload = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
                    yield pd.DataFrame({"name": [name], "seq": [seq], "payload": [payload]})


@contextlib.contextmanager
def foreign_faults() -> Iterator[None]:
    """What Spark and its bridge to Java raise, in words."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise RunError(
            f"Spark gave up: {_in_one_line(str(error))}", where="engine: spark", hint=_hint(error)
        ) from error


def _in_one_line(said: str) -> str:
    """Of what Spark says, the line that names an error; the others say through which hands it has gone."""
    if REFUSED in said:
        return said[said.index(REFUSED) :].splitlines()[0]
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    named = [line for line in lines if _NAMES_AN_ERROR.match(line)]
    return next(iter([*named, *lines]), "it does not say why")


def _hint(error: Exception) -> str:
    if REFUSED in str(error):
        return "install the same versions there and here"
    if "OutOfMemoryError" in str(error) or "TaskResultLost" in str(error) or "maxResultSize" in str(error):
        return "give its driver more memory: spark.driver.memory, and spark.driver.maxResultSize"
    if "ModuleNotFoundError" in str(error):
        return "install Trakt, and what steps import, where the executors run"
    return "-v shows all that it says"
