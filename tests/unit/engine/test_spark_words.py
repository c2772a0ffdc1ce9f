from pathlib import Path

import pytest

from trakt.engine.spark.arrival import REFUSED, unlike
from trakt.engine.spark.foreign import _hint, _in_one_line, foreign_faults
from trakt.engine.spark.shipment import _folder_with
from trakt.engine.spark.task import FilePart
from trakt.errors import InputError, RunError
from trakt.storage import StoredFile

WORKER = """
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "/x/worker.py", line 1, in main
ModuleNotFoundError: No module named 'steps_of_ours'
"""
JAVA = """An error occurred while calling o120.getResult.
: org.apache.spark.SparkException: Exception thrown in awaitResult:
Caused by: java.lang.OutOfMemoryError: Java heap space
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (WORKER, "ModuleNotFoundError: No module named 'steps_of_ours'"),
        (JAVA, "Caused by: java.lang.OutOfMemoryError: Java heap space"),
        ("Something else\nat a place", "Something else"),
        ("", "it does not say why"),
    ],
)
def test_of_what_spark_says_the_line_that_names_an_error_is_told(said: str, told: str) -> None:
    assert _in_one_line(said) == told


def test_an_executor_with_other_versions_is_told_with_those_and_where_it_runs() -> None:
    here = {"trakt": "0.1.0", "pandas": "3.0.1", "numpy": "2.3.0"}
    said = unlike(here, {"trakt": "0.1.0", "pandas": "2.3.3", "numpy": ""})
    assert said.startswith(f"{REFUSED} pandas 2.3.3, not 3.0.1; numpy missing, not 2.3.0 (on ")
    spark = f"Job aborted:\n  File arrival.py, in unpacked\nRuntimeError: {said}\n\tat org.apache.spark"
    assert _in_one_line(spark) == said
    assert _hint(RuntimeError(spark)) == "install the same versions there and here"


def test_a_relative_file_is_found_from_where_the_run_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "i.csv").write_text("a\n1\n")
    monkeypatch.chdir(tmp_path)
    part = FilePart(StoredFile("i.csv", 4))
    monkeypatch.chdir("/")
    with part.source(None).open() as stream:
        assert stream.read() == b"a\n1\n"


def test_a_file_that_an_executor_does_not_have_is_told_with_where_to_keep_it(tmp_path: Path) -> None:
    with pytest.raises(InputError) as missing:
        FilePart(StoredFile(str(tmp_path / "i.csv"), 4)).source(None).open()
    assert "where every machine has it under this name" in str(missing.value)
    assert str(tmp_path / "i.csv") in str(missing.value)


def test_a_copy_of_steps_lies_where_spark_clears_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spark = tmp_path / "blockmgr"
    spark.mkdir()
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path / 'gone'},{spark}")
    copy = _folder_with({"steps/net.py": b"NET = 1\n"}, tmp_path / "elsewhere")
    assert copy.parent == spark
    assert (copy / "steps/net.py").read_bytes() == b"NET = 1\n"


def test_what_spark_says_may_quote_a_row_and_is_kept_from_where_none_may_go() -> None:
    failed = type("Py4JJavaError", (Exception,), {"__module__": "py4j.protocol"})
    with pytest.raises(RunError, match="Spark gave up: ValueError: no number: 'Jane Doe'") as raised, foreign_faults():
        raise failed("at work\nValueError: no number: 'Jane Doe'\n")
    assert str(raised.value.without_values()).startswith("engine: spark: Spark gave up: Py4JJavaError\n")
