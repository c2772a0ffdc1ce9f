"""A Spark session, and work that its executors do part by part."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from trakt.engine.spark.arrival import travelling
from trakt.engine.spark.foreign import foreign_faults
from trakt.engine.spark.made import Begun, Made
from trakt.errors import MissingExtra

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
            self._context = self._found().sparkContext
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
        return str(self._context.version)

    def do(self, work: Work, parts: int, first: int = 0) -> Made:
        """Have `work` done with each of so many parts from `first` on; what it makes is kept on the executors' disks.

        Raises:
            RunError: Spark cannot do it.
        """
        with foreign_faults():
            rdd = self._context.parallelize(range(parts), parts).mapPartitionsWithIndex(travelling(Begun(work, first)))
            return self._keep(rdd, first)

    def given(self, name: str, values: Sequence[Any], part: int) -> Made:
        """One more part, made of values that this process has."""
        return self.do(_Given(name, self.share(list(values))), 1, first=part)

    def share(self, value: Any) -> Shared:
        """A value that every part may look at; it is sent to each machine once."""
        with foreign_faults():
            shared = Shared(self._context.broadcast(value))
        self._shared.append(shared)
        return shared

    def _keep(self, rdd: Any, first: int = 0, only: int | None = None) -> Made:
        made = Made(rdd, self._keep, first, only)
        made.keep()
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


@dataclass(frozen=True, slots=True)
class _Given:
    name: str
    values: Shared

    def __call__(self, part: int, values: Iterator[Any]) -> Iterator[tuple[str, Any]]:  # noqa: ARG002 - it begins
        return ((self.name, value) for value in self.values.value)
