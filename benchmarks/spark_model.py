"""Where Spark would overtake one process: a line for each engine, fitted to what was measured, and Amdahl's law.

What follows from it for other numbers of cores is a model and no measurement.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Measured = Mapping[int, Sequence[float]]
"""Seconds, round by round, by the number of rows."""


@dataclass(frozen=True, slots=True)
class Line:
    """`start` seconds, and `per_million` more for each million rows."""

    start: float
    per_million: float

    @classmethod
    def through(cls, measured: Measured) -> Line:
        """The line whose errors, relative to the medians, have the least squares: small sizes count as large ones."""
        points = [(rows / 1e6, statistics.median(rounds)) for rows, rounds in sorted(measured.items())]
        weights = [1 / seconds**2 for _, seconds in points]
        total = sum(weights)
        at = sum(weight * x for weight, (x, _) in zip(weights, points, strict=True)) / total
        mean = sum(weight * y for weight, (_, y) in zip(weights, points, strict=True)) / total
        spread = sum(weight * (x - at) ** 2 for weight, (x, _) in zip(weights, points, strict=True))
        slope = sum(weight * (x - at) * (y - mean) for weight, (x, y) in zip(weights, points, strict=True)) / spread
        return cls(mean - slope * at, slope)

    def seconds(self, rows: float) -> float:
        """What so many rows take."""
        return self.start + self.per_million * rows / 1e6

    def crossing(self, other: Line) -> float | None:
        """The rows from which on `other`, which starts later, is sooner done; None: it never is."""
        gained = self.per_million - other.per_million
        return max(0.0, (other.start - self.start) / gained * 1e6) if gained > 0 else None


@dataclass(frozen=True, slots=True)
class Scaled:
    """Spark on other numbers of cores, by Amdahl's law: executors share their work, nobody shares the driver's.

    Attributes:
        driver, executors: seconds of processor time for each million rows.
    """

    start: float
    driver: float
    executors: float

    def on(self, cores: int) -> Line:
        """Its line with so many cores of executors."""
        return Line(self.start, self.driver + self.executors / cores)
