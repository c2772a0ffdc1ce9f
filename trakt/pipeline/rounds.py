"""What parts of a step's rows find out together before the step is run for them, each in a process of its own.

It goes in rounds, as bulk synchronous parallel programs do (Valiant 1990): every part tells something, what parts have
told meets, and every part hears what came of it. What is told goes into buckets, by a digest of the rows' keys, so that
no place has to hold all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

Frames = Iterator["pd.DataFrame"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one part has heard in one round.

    Attributes:
        part: its number, from 0; parts are in the order of their rows.
        agreed: what `Rounds.agree` has made of the facts of all parts.
        answers: what `Rounds.meet` has said to this part, in the order of the buckets; of some nothing.
    """

    part: int
    agreed: Any
    answers: Sequence[Any]


class Rounds(Protocol):
    """What a step with its policy wants to know of all rows. All that goes in or comes out can be pickled."""

    @property
    def rounds(self) -> int:
        """How many there are; 0 where the step wants to know nothing."""

    def tell(self, heard: Sequence[Heard], frames: Frames, buckets: int) -> tuple[Any, Mapping[int, Any]]:
        """The next round of one part.

        Args:
            heard: by this part in the rounds before.
            frames: its rows; they are the same each time.
            buckets: how many there are.

        Returns:
            A small fact for `agree`; and for some buckets, by their numbers from 0, what is to meet there.

        Raises:
            RunError: the rows cannot be worked on.
        """

    def agree(self, facts: Sequence[Any]) -> Any:
        """What every part is to know, of the facts of all parts in their order.

        Raises:
            RunError: the rows together cannot be worked on.
        """

    def meet(self, told: Sequence[tuple[int, Any]]) -> Mapping[int, Any]:
        """What to answer to which part, of what parts, in their order, have told to one bucket."""
