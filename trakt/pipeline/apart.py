"""What a step says of itself that looks at all rows together, and yet can be run in parts of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.pipeline.rounds import Heard, Rounds


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one part of a step's rows before they are looked at.

    Attributes:
        first_row: the number of its first row among all rows, from 1.
        found: what it has heard from the others, in each round.
    """

    first_row: int = 1
    found: Sequence[Heard] = ()


def _never(literals: Mapping[str, Any]) -> bool:  # noqa: ARG001 - it is asked like the others
    return False


@dataclass(frozen=True, slots=True)
class Apart:
    """How a step is run for its rows in parts, so that it comes to what one call for all of them comes to.

    Attributes:
        spread: the input whose rows are in parts.
        part: called as `part(ctx, part, **arguments)` for each, anywhere. It returns what the step returns, and a
            tally: plain data, complete when the output has drained. Rows in it are numbered from the part's first.
        total: called once as `total(ctx, tallies, **arguments)`, without `spread`, with the tallies in the order of the
            parts. It notes events and raises, and returns the metrics, and the rows that come after those of all parts
            under the name of their output.
        whole: inputs of which every part is given all rows.
        held: called once as `held(**arguments)`, without `spread`; the inputs of `whole` as `part` and `total` want
            them. It is sent to other processes, and there serves many parts.
        leaves: whether `total` may return rows, given the step's literals.
        rounds: what parts find out together before `part` is called for the first, given the step's literals; each part
            is told what it has heard as `Part.found`.
    """

    spread: str
    part: Callable[..., tuple[Mapping[str, Any], Any]]
    total: Callable[..., Mapping[str, Any]]
    whole: tuple[str, ...] = ()
    held: Callable[..., Mapping[str, Any]] | None = None
    leaves: Callable[[Mapping[str, Any]], bool] = _never
    rounds: Callable[[Mapping[str, Any]], Rounds] | None = None

    def looks(self, literals: Mapping[str, Any]) -> bool:
        """Whether something of all rows must be found out before the first part, given the step's literals."""
        return self.rounds is not None and self.rounds(literals).rounds > 0
