"""What Spark and its bridge to Java raise, in words."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from trakt.engine.spark.arrival import REFUSED
from trakt.errors import RunError

_NAMES_AN_ERROR = re.compile(r"(?:Caused by: )?(?:\w+\.)*(?:\w+Error|Job aborted[^:]*): ")


@contextlib.contextmanager
def foreign_faults() -> Iterator[None]:
    """What they raise is a RunError.

    Raises:
        RunError: Spark cannot do what it was asked to.
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pyspark", "py4j"):
            raise
        # what broke a part may quote its rows
        raise RunError(
            f"Spark gave up: {_in_one_line(str(error))}",
            where="engine: spark",
            hint=_hint(error),
            unquoted=f"Spark gave up: {type(error).__name__}",
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
