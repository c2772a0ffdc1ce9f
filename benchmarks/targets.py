"""What is wanted, and whether the rounds show it. Everything compared was measured in the same round."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Series


@dataclass(frozen=True, slots=True)
class Target:
    """`measured` has one number per round, and its median must lie between `least` and `most` (None: anywhere)."""

    what: str
    measured: Sequence[float]
    most: float | None
    unit: str = ""
    least: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.measured)

    @property
    def holds(self) -> bool | None:
        if self.most is None:
            return None
        return self.median <= self.most and (self.least is None or self.median >= self.least)

    @property
    def wanted(self) -> str:
        if self.most is None:
            return "-"
        return f"<= {self._told(self.most)}" if self.least is None else f"{self.least:g} to {self._told(self.most)}"

    def row(self) -> list[str]:
        """Cells for `HEADER`."""
        median, spread = self._told(self.median), f"{min(self.measured):.3g} to {max(self.measured):.3g}"
        return [self.what, median, spread, self.wanted, {True: "yes", False: "**no**", None: "-"}[self.holds]]

    def _told(self, number: float) -> str:
        return f"{number:.3g} {self.unit}".rstrip()


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


def along(
    series: Series, start: str, size: tuple[str, float], largest: tuple[str, float], measure: str = "wall_s"
) -> list[float]:
    """How many times as much `size` (command, rows) took as the line from the start to `largest` says.

    What the start takes is no part of either.
    """
    (name, rows), (largest_name, most_rows) = size, largest
    line = [taken * rows / most_rows for taken in above(series, largest_name, start, measure)]
    return [taken / said for taken, said in zip(above(series, name, start, measure), line, strict=True)]
