"""What an executor tells of one part beside its rows. It is told once, however often Spark has tried."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from trakt.errors import Fault, MissingExtra, TraktError
from trakt.formats import BadRow, FileFacts
from trakt.pipeline.context import Told

Noted = tuple[str, str, Mapping[str, Any]]
"""An event: the step that noted it, its name and its attributes."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows that a step set aside: the arguments of `trakt.pipeline.context.Context.reject`."""

    rows: Any
    reason: str
    column: Told
    message: Told


@dataclass(slots=True)
class StepFacts:
    """What is known of one step's work on one part; as `trakt.engine.records.StepRecord`.

    Attributes:
        tally: see `trakt.pipeline.apart.Apart.part`.
    """

    rows_in: int = 0
    rows_out: int = 0
    seconds: float = 0.0
    outputs: list[str] = field(default_factory=list)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    tally: Any = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that ended the work on a part, as plain data: its cause may be of a class that only executors know."""

    error: TraktError
    cause: str | None
    said: str
    trace: str

    @classmethod
    def of(cls, error: TraktError) -> Failure:
        """What is to be told of `error`."""
        cause = error.__cause__
        trace = "".join(traceback.format_exception(cause or error))
        error.__cause__ = error.__context__ = error.__traceback__ = None
        if isinstance(error, MissingExtra):
            error.faults = in_an_executor(error.faults)
        return cls(_known_everywhere(error), type(cause).__name__ if cause else None, str(cause or ""), trace)

    def again(self) -> TraktError:
        """The error, to be raised where the run can fail for it."""
        if self.cause:
            self.error.__cause__ = type(self.cause, (Exception,), {})(self.said)
            self.error.__cause__.add_note(f"in an executor:\n{self.trace}")
        return self.error


def in_an_executor(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults of the machine where this is: the process where the run began has no such fault."""
    there = f"in an executor on {platform.node()}"
    return tuple(replace(fault, what=f"{there}: {fault.what}") for fault in faults)


def _known_everywhere(error: TraktError) -> TraktError:
    """The same, of a class that every process has: an author's own is known where the step was loaded."""
    kinds = (each for each in type(error).__mro__ if issubclass(each, TraktError))
    kind = next(each for each in kinds if each.__module__ == TraktError.__module__)
    if kind is type(error):
        return error
    told = kind.of(error.faults)
    told.step_id, told.chunk = error.step_id, error.chunk
    return told


@dataclass(slots=True)
class PartFacts:
    """What is known of one part.

    Attributes:
        bad: its rows that cannot be taken, where they are set aside.
        artifacts: how many rows each artifact has of it.
        events: what steps noted, in its order.
    """

    file: FileFacts | None = None
    bad: list[BadRow] = field(default_factory=list)
    nulls: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    steps: dict[str, StepFacts] = field(default_factory=dict)
    artifacts: dict[str, int] = field(default_factory=dict)
    events: list[Noted] = field(default_factory=list)
    failure: Failure | None = None
