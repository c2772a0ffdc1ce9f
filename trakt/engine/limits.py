"""How much a run may take on: rows, memory and time. What runs over stops where a block or a chunk ends.

What would clearly run over is not begun at all: see `trakt.engine.admission`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from trakt.errors import DeadlineError, LimitError, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a runtime gives a run. None: as much as it needs.

    Attributes:
        max_rows: rows of all inputs together.
        memory_mb: MiB of this process; a run that would need more is not begun, see `trakt.engine.admission`.
        deadline: when to have stopped, in seconds of `time.monotonic()`.
        hand_over: what exceeds them goes to another runtime, which keeps the record; this one leaves none.
        has_spark: whether the engine may be Spark.
    """

    max_rows: int | None = None
    memory_mb: int | None = None
    deadline: float | None = None
    hand_over: bool = False
    has_spark: bool = True

    @property
    def bound_size(self) -> bool:
        """Whether how large the inputs are matters at all."""
        return self.max_rows is not None or self.memory_mb is not None


UNLIMITED = Limits()


class Allowance:
    """What is left of the limits of one run."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows = 0

    def reading(self) -> Callable[[int], None]:
        """For one file: to be called after each block with the rows it has given so far in this pass.

        It raises what `check_time` does, and LimitError as soon as all files together have given too many.
        """
        most = 0

        def seen(rows: int) -> None:
            nonlocal most
            # a second pass over a file sees the same rows again
            self._rows += max(0, rows - most)
            most = max(most, rows)
            self._check_rows()
            self.check_time()

        return seen

    def check_time(self) -> None:
        """Raise DeadlineError when the time is up."""
        deadline = self._limits.deadline
        if deadline is not None and time.monotonic() >= deadline:
            raise DeadlineError(
                "stopped: there was no time left to finish; nothing was published",
                hint="give the function more time or memory (with more memory it is faster too), send smaller batches, "
                "or run the pipeline as a Glue job",
            )

    def _check_rows(self) -> None:
        limit = self._limits.max_rows
        if limit is not None and self._rows > limit:
            raise LimitError(
                f"more than {counted(limit, 'row')}: reading stopped there",
                where="max_batch_rows",
                hint="raise the limit, send smaller batches, or let a Glue job take what is too large (on_limit: glue)",
            )
