"""What a step that looks at all rows together is told when it is run for one part of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trakt.engine.spark.executors import Shared
from trakt.engine.spark.facts import StepFacts
from trakt.engine.spark.look import HeardBy
from trakt.engine.spark.stages import rows_of
from trakt.pipeline.apart import Part
from trakt.pipeline.context import Context
from trakt.pipeline.graph import ResolvedStep


@dataclass(frozen=True, slots=True)
class Side:
    """What a step is told beside the rows of its parts.

    Attributes:
        held: its arguments of which every part is given all.
        first_rows: the number of each part's first row, where that is known.
        found: what was found out for each part; none where nothing had to be.
    """

    held: Shared | None = None
    first_rows: Mapping[int, int] = field(default_factory=dict)
    found: Sequence[HeardBy] = ()

    def of(self, part: int) -> Part:
        """What is known of one part."""
        return Part(self.first_rows.get(part, 1), self.found[part].value if self.found else ())


def in_parts(step: ResolvedStep, side: Side, part: int, told: StepFacts) -> ResolvedStep:
    """The step as it is called for one part, whose tally goes into `told`."""
    apart = step.contract.apart
    assert apart is not None
    held = side.held.value if side.held else {}
    known = side.of(part)

    def of_part(ctx: Context, **arguments: Any) -> Mapping[str, Any]:
        result, told.tally = apart.part(ctx, known, **arguments, **held)
        return result

    inputs = {name: each for name, each in step.inputs.items() if name not in held}
    return replace(step, function=of_part, inputs=inputs, reads=(rows_of(step),))
