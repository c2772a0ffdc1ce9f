"""A Spark session, and work that its executors do part by part."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

from trakt.engine.spark.arrival import REFUSED, travelling
from trakt.errors import MissingExtra, RunError

_ROWS = "part long, name string, seq long, payload binary"
FACTS = ""
"""The name of what is told beside the rows, which no artifact has."""

_NAMES_AN_ERROR = re.compile(r"(?:Caused by: )?(?:\w+\.)*(?:\w+Error|Job aborted[^:]*): ")

Work = Callable[[int, Iterator[Any]], Iterable[tuple[str, Any]]]
"""Given the number of a part, and the values it has where it was made before: the values it makes, each with a name."""


class Executors:
    """The executors of the Spark session that is active, or of one that lasts as long as this."""

    def __init__(self) -> None:
        self._own: Any = None
        self._kept: list[Made] = []
        self._shared: list[Shared] = []

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
            for shared in self._shared:
                shared.forget()
        if self._own is not None:
            with contextlib.suppress(Exception):
                self._own.stop()

    @property
    def version(self) -> str:
        """Spark's."""
        return str(self._session.version)

    def do(self, work: Work, parts: int, first: int = 0) -> Made:
        """Have `work` done with each of so many parts from `first` on; what it makes is kept on the executors' disks.

        Raises:
            RunError: Spark cannot do it.
        """
        with foreign_faults():
            return self._keep(
                self._session.range(first, first + parts, 1, parts).mapInPandas(travelling(_Begun(work)), _ROWS)
            )

    def given(self, name: str, values: Sequence[Any], part: int) -> Made:
        """One more part, made of values that this process has."""
        shared = self.share(list(values))
        with foreign_faults():
            frame = self._session.range(part, part + 1, 1, 1).mapInPandas(
                travelling(_Begun(_Given(name, shared))), _ROWS
            )
        return Made(frame, self._keep)

    def share(self, value: Any) -> Shared:
        """A value that every part may look at; it is sent to each machine once."""
        with foreign_faults():
            shared = Shared(self._session.sparkContext.broadcast(value))
        self._shared.append(shared)
        return shared

    def _keep(self, frame: Any) -> Made:
        from pyspark import StorageLevel

        made = Made(frame.persist(StorageLevel.DISK_ONLY), self._keep)
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


@dataclass(frozen=True, slots=True)
class Shared:
    """A value that lies where executors are; a process that asks for it again gets the same object."""

    broadcast: Any

    @property
    def value(self) -> Any:
        """The value; not to be changed."""
        return self.broadcast.value

    def forget(self) -> None:
        """Free the room that it takes."""
        self.broadcast.destroy()


class Made:
    """What executors have made, part by part: each is a partition of its own, in order, and stays one."""

    def __init__(self, frame: Any, keep: Callable[[Any], Made]) -> None:
        self._frame = frame
        self._keep = keep

    def then(self, name: str, work: Work, part: int | None = None) -> Made:
        """Have `work` done with the values of that name, of all parts or of one; they do not leave their executors."""
        with foreign_faults():
            rows = self._frame.where(self._frame.name == name)
            rows = rows if part is None else rows.where(rows.part == part)
            return self._keep(rows.mapInPandas(travelling(_Continued(work)), _ROWS))

    def and_then(self, other: Made) -> Made:
        """These parts, and behind them those of `other`."""
        with foreign_faults():
            return Made(self._frame.union(other._frame), self._keep)

    def messages(self) -> Any:
        """All values beside the facts, whose names are numbers: an RDD of `trakt.engine.spark.exchange.Message`."""
        with foreign_faults():
            rows = self._frame.where(f"name != '{FACTS}'").select("part", "name", "payload").rdd
            return rows.map(_message)

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
class _Begun:
    """Does the work for the parts whose numbers an executor is given; see `DataFrame.mapInPandas`."""

    work: Work

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            for part in batch["id"]:
                yield from _rows(int(part), self.work(int(part), iter(())))


@dataclass(frozen=True, slots=True)
class _Continued:
    """Does the work for parts of which values were made before."""

    work: Work

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        rows = (row for batch in batches for row in zip(batch["part"], batch["payload"], strict=True))
        for part, values in groupby(rows, key=itemgetter(0)):
            yield from _rows(int(part), self.work(int(part), (pickle.loads(payload) for _, payload in values)))


@dataclass(frozen=True, slots=True)
class _Given:
    name: str
    values: Shared

    def __call__(self, part: int, values: Iterator[Any]) -> Iterator[tuple[str, Any]]:  # noqa: ARG002 - it begins
        return ((self.name, value) for value in self.values.value)


def _message(row: Any) -> tuple[int, tuple[int, bytes]]:
    return int(row.name), (row.part, bytes(row.payload))


def _rows(part: int, made: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    import pandas as pd

    for seq, (name, value) in enumerate(made):
        payload = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        yield pd.DataFrame({"part": [part], "name": [name], "seq": [seq], "payload": [payload]})


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
