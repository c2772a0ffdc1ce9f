import pytest

from trakt.engine.spark.foreign import _in_one_line
from trakt.engine.spark.tell import summed

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


def test_metrics_of_parts_are_added_up_and_others_are_those_of_the_first() -> None:
    one, other = {"rows": 2, "share": 0.5, "word": "a", "yes": True}, {"rows": 3, "share": 0.25, "word": "b", "new": 1}
    assert summed(one, other) == {"rows": 5, "share": 0.75, "word": "a", "yes": True, "new": 1}
