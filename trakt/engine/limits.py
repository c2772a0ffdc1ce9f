"""How much a run may take on: rows, memory and time. What runs over stops where a block or a chunk ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from trakt.errors import DeadlineError, LimitError, counted
from trakt.formats import is_packed

BATCH_MEMORY_PER_BYTE = 8
"""Memory that a batch run needs for each stored byte of its inputs; measured, see docs/lambda.md."""

BATCH_MEMORY_MB = 180
"""Memory of a run that reads next to nothing, in MiB; measured as well."""

COMPRESSION = 6
"""How many bytes of delimited text a gzipped byte holds, as a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a runtime gives a run. None: as much as it needs.

    Attributes:
        max_rows: rows of all inputs together.
        memory_mb: MiB of this process. A batch run whose inputs would need more is refused before any is read; a stream
            needs no more for a longer input.
        deadline: when to have stopped, in seconds of `time.monotonic()`.
        hand_over: what exceeds them goes to another runtime, which keeps the record; this one leaves none.
    """

    max_rows: int | None = None
    memory_mb: int | None = None
    deadline: float | None = None
    hand_over: bool = False


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


def require_memory(limits: Limits, sizes: dict[str, int]) -> None:
    """Refuse a batch run that would not fit; `sizes` are the stored bytes of its files by uri.

    Raises:
        LimitError: the estimate is above the limit.
    """
    if limits.memory_mb is None:
        return
    stored = sum(size * (COMPRESSION if is_packed(uri) else 1) for uri, size in sizes.items())
    needed = BATCH_MEMORY_MB + stored * BATCH_MEMORY_PER_BYTE / (1 << 20)
    if needed > limits.memory_mb:
        raise LimitError(
            f"inputs of {sum(sizes.values()):,} bytes would need about {needed:,.0f} MiB of memory in batch mode; "
            f"there are {limits.memory_mb:,}",
            where="memory",
            hint="run in stream mode (execution: mode: stream), give the function more memory, "
            "or let a Glue job take what is too large (on_limit: glue)",
        )
