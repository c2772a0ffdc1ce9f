"""Which runtimes there are, and what each is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from trakt.parity import glue_job, lambda_function, local, spark
from trakt.parity.asked import Asked, Job, Variant


class Runtime(Protocol):
    """One runtime: a module of this room that has these functions."""

    def refusal(self, asked: Asked, variant: Variant) -> str | None:
        """Why it cannot be run there; None when it can."""

    def prepare(self, job: Job) -> Mapping[str, str]:
        """Make what the runtime finds in the folders of the run; returns the environment that it adds."""

    def carry_out(self, job: Job) -> Mapping[str, Any]:
        """Run it, in a process of its own.

        Raises:
            TraktError: the run failed.
        """


RUNTIMES: Mapping[str, Runtime] = {
    "local": local,
    "lambda": lambda_function,
    "glue": glue_job,
    "spark": spark,
}


def usual() -> tuple[str, ...]:
    """Those that are run when nobody names any: Spark only where it is installed."""
    return tuple(name for name in RUNTIMES if name != "spark" or spark.is_installed())
