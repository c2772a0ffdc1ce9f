"""What is wanted, and whether the rounds show it. Everything compared was measured in the same round."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Series


@dataclass(frozen=True, slots=True)
class Target:
    """`measured` has one number per round, and its median must not be above `most` (None: for information)."""

    what: str
    measured: Sequence[float]
    most: float | None
    unit: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.measured)

    @property
    def holds(self) -> bool | None:
        return None if self.most is None else self.median <= self.most

    def row(self) -> list[str]:
        """Cells for `HEADER`."""
        unit = f" {self.unit}" if self.unit else ""
        spread = f"{min(self.measured):.3g} to {max(self.measured):.3g}"
        wanted = "-" if self.most is None else f"<= {self.most:g}{unit}"
        return [
            self.what,
            f"{self.median:.3g}{unit}",
            spread,
            wanted,
            {True: "yes", False: "**no**", None: "-"}[self.holds],
        ]


HEADER = ["work", "measured", "lowest to highest round", "wanted", "holds"]


def column(series: Series, name: str, measure: str = "wall_s") -> list[float]:
    """One measure of one command, round by round."""
    return [taken[measure] for taken in series[name]]


def ratio(series: Series, one: str, other: str, measure: str = "wall_s") -> list[float]:
    """How many times as much `one` took as `other`."""
    pairs = zip(column(series, one, measure), column(series, other, measure), strict=True)
    return [mine / theirs for mine, theirs in pairs]


def above(series: Series, one: str, other: str, measure: str = "wall_s") -> list[float]:
    """How much more `one` took than `other`."""
    pairs = zip(column(series, one, measure), column(series, other, measure), strict=True)
    return [mine - theirs for mine, theirs in pairs]


def bend(series: Series, start: str, sizes: Sequence[tuple[str, float]], measure: str = "wall_s") -> list[float]:
    """How far time is from a straight line through the start and the largest of `sizes` (command, rows).

    For each round the largest deviation from that line at a size between, as a share of what the line says; what
    the start takes is no part of either.
    """
    *between, (largest, most_rows) = sizes
    from_start = {name: above(series, name, start, measure) for name, _ in sizes}
    rounds = range(len(series[start]))
    lines = [from_start[largest][number] / most_rows for number in rounds]
    return [
        max(abs(from_start[name][number] / (lines[number] * rows) - 1) for name, rows in between) for number in rounds
    ]
