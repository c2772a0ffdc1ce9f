"""Outputs whose rows are made text of where the rows are, and not in this process, which writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trakt.errors import TraktError
from trakt.formats import renders_apart
from trakt.pipeline.model import Output
from trakt.schema import LogicalType

if TYPE_CHECKING:
    from trakt.engine.plan import Plan, PlannedOutput


@dataclass(frozen=True, slots=True)
class Rendered:
    """What an output is given in place of a frame.

    Attributes:
        rows, types: of the frame.
        columns: as they are called in the output; None where it was no frame that can be written.
        text: its rows in UTF-8.
        seconds: what it took.
        error: makes what is to be raised once the columns were looked at, if anything is.
    """

    rows: int
    types: Mapping[str, LogicalType | None]
    columns: Sequence[str] | None
    text: bytes
    seconds: float
    error: Callable[[], TraktError] | None = None


def rendered_apart(plan: Plan) -> tuple[PlannedOutput, ...]:
    """The outputs of a plan that are given such values: on Spark those of one file, in the order of the rows."""
    if plan.engine == "local":
        return ()
    return tuple(each for each in plan.outputs if _is_text_of_rows(each.wanted))


def _is_text_of_rows(wanted: Output) -> bool:
    return renders_apart(wanted.kind) and not wanted.partition_by and not wanted.sort_by
