"""Whose Spark session a run works in, and what it leaves behind, with a Spark that is none."""

import os
import signal
import sys
from types import SimpleNamespace
from unittest import mock

import pytest

from trakt.engine.spark.executors import Executors


class Spark:
    """PySpark, as far as sessions go: one context in a process, and a session that is active in some threads."""

    def __init__(self, *, context=False, active=False):
        self.stopped = 0
        self.settings = {}
        self.builder = self
        self.session = SimpleNamespace(sparkContext="a context", stop=self._stop)
        self.context = SimpleNamespace(_active_spark_context="a context" if context or active else None)
        self._active = active

    def modules(self):
        sql = SimpleNamespace(SparkSession=self)
        return {"pyspark": SimpleNamespace(SparkContext=self.context), "pyspark.sql": sql}

    def getActiveSession(self):  # noqa: N802
        return self.session if self._active else None

    def appName(self, name):  # noqa: N802
        return self.config("spark.app.name", name)

    def config(self, name, value):
        self.settings[name] = value
        return self

    def getOrCreate(self):  # noqa: N802
        if self.context._active_spark_context is None:
            self.python = os.environ["PYSPARK_PYTHON"]
            signal.signal(signal.SIGINT, lambda *_: self.session.asked_when_stopped)
        return self.session

    def _stop(self):
        self.stopped += 1


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)


def run_in(spark, error=None):
    with mock.patch.dict(sys.modules, spark.modules()), Executors():
        if error:
            raise error


@pytest.mark.parametrize("spark", [Spark(active=True), Spark(context=True)], ids=["active here", "active elsewhere"])
def test_a_spark_that_is_there_is_used_and_left_as_it_was(spark, plain):
    run_in(spark)
    assert (spark.stopped, spark.settings) == (0, {})
    assert "PYSPARK_PYTHON" not in os.environ


def test_a_session_of_its_own_ends_with_the_run_and_leaves_nothing(plain):
    spark, heard = Spark(), signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError):
        run_in(spark, RuntimeError("the run failed"))
    assert spark.stopped == 1
    assert (spark.python, spark.settings["spark.app.name"]) == (sys.executable, "trakt")
    assert "PYSPARK_PYTHON" not in os.environ
    assert signal.getsignal(signal.SIGINT) is heard


def test_one_thing_that_cannot_be_freed_does_not_keep_others(plain):
    spark, freed = Spark(active=True), []

    def fails():
        raise RuntimeError("gone")

    with mock.patch.dict(sys.modules, spark.modules()), Executors() as executors:
        executors._kept += [SimpleNamespace(forget=fails), SimpleNamespace(forget=lambda: freed.append("rows"))]
        executors._shared.append(SimpleNamespace(forget=lambda: freed.append("a side")))
    assert freed == ["rows", "a side"]
