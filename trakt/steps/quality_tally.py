"""What a quality gate counts while rows pass, of all of them or of a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trakt.steps.quality_policy import QualityGatePolicy
from trakt.steps.seen_keys import SeenKeys

Rows = np.ndarray[Any, np.dtype[np.bool_]]
"""Which rows of a chunk."""

Places = np.ndarray[Any, np.dtype[np.int64]]

SHOWN_ROWS = 5
"""So many repeated rows are named; the rest are counted."""


@dataclass(slots=True)
class Blanks:
    """Rows without a value in a column that must have one: how many, and the first few."""

    column: str
    seen: int = 0
    rows: int = 0
    first: list[int] = field(default_factory=list)

    gate: ClassVar[str] = "not_null"
    reason: ClassVar[str] = "missing_value"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def told(self) -> str:
        """Why such a row is set aside."""
        return f"no value in column '{self.column}'"

    def add(self, chunk: pd.DataFrame) -> Rows:
        """Count those of the next rows; returns which they are."""
        blank = chunk[self.column].isna().to_numpy(dtype=bool)
        at = np.flatnonzero(blank)
        self.rows += len(at)
        self.first += (at[: SHOWN_ROWS - len(self.first)] + self.seen + 1).tolist()
        self.seen += len(chunk)
        return blank

    def follow(self, later: Blanks) -> None:
        """Count those of the rows that come next, which were counted apart."""
        self.first += [self.seen + row for row in later.first[: SHOWN_ROWS - len(self.first)]]
        self.rows += later.rows
        self.seen += later.seen


@dataclass(slots=True)
class Repeats:
    """Rows that repeat the key of an earlier one: how many, and the first few as (row, earlier row)."""

    columns: tuple[str, ...]
    seen: int = 0
    rows: int = 0
    first: list[tuple[int, int]] = field(default_factory=list)

    gate: ClassVar[str] = "unique_keys"
    reason: ClassVar[str] = "duplicate_key"

    @property
    def told(self) -> str:
        """Why such a row is set aside."""
        return f"repeats the key ({', '.join(self.columns)}) of an earlier row"

    def add(self, chunk: pd.DataFrame, keys: SeenKeys) -> Rows:
        """Count those of the next rows; returns which they are."""
        start = self.seen + 1
        earlier = keys.first_rows(chunk, self.columns)
        repeats = earlier < np.arange(start, start + len(chunk))
        at = np.flatnonzero(repeats)
        self.rows += len(at)
        self.first += [(start + each, int(earlier[each])) for each in at[: SHOWN_ROWS - len(self.first)].tolist()]
        self.seen += len(chunk)
        return repeats

    def follow(self, later: Repeats) -> None:
        """Count those of the rows that come next, which were counted apart."""
        shown = later.first[: SHOWN_ROWS - len(self.first)]
        self.first += [(self.seen + row, self.seen + earlier) for row, earlier in shown]
        self.rows += later.rows
        self.seen += later.seen


Gate = Blanks | Repeats


@dataclass(slots=True)
class Tally:
    """The counts of the rows of one input, or of a part of them.

    Attributes:
        rows: so many have passed.
        nulls: missing values of these, by column.
        header: no rows, with the columns of the first chunk; None where there was none.
    """

    blanks: list[Blanks]
    repeats: list[Repeats]
    rows: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    header: pd.DataFrame | None = None

    @classmethod
    def of(cls, policy: QualityGatePolicy) -> Tally:
        """Nothing counted yet."""
        return cls([Blanks(column) for column in policy.not_null], [Repeats(key) for key in policy.keys])

    def add(
        self, chunk: pd.DataFrame, policy: QualityGatePolicy, keys: Sequence[SeenKeys]
    ) -> tuple[pd.DataFrame, list[tuple[Places, Gate]]]:
        """Count one more chunk.

        Args:
            keys: those met so far of each unique key. Where there are fewer of them, the keys beyond are not looked at.

        Returns:
            The rows that pass; and for each gate that sets rows of the chunk aside, their places in it.
        """
        if self.header is None:
            self.header = chunk.iloc[:0]
        aside: list[tuple[Places, Gate]] = []
        left = np.arange(len(chunk))
        passing = chunk
        for gate, add in self._gates(keys):
            if not all(column in chunk for column in gate.columns):
                continue
            offending = add(passing)
            if policy.mode_of(gate.gate) == "quarantine" and offending.any():
                aside.append((left[offending], gate))
                # the gates after this one see the others only
                left, passing = left[~offending], passing[~offending]
        self.rows += len(passing)
        for column in policy.max_null_ratio:
            if column in passing:
                self.nulls[column] += int(passing[column].isna().sum())
        return passing, aside

    def _gates(self, keys: Sequence[SeenKeys]) -> Iterator[tuple[Gate, Callable[[pd.DataFrame], Rows]]]:
        yield from ((each, each.add) for each in self.blanks)
        yield from ((each, partial(each.add, keys=met)) for each, met in zip(self.repeats, keys, strict=False))

    def follow(self, later: Tally) -> None:
        """Count the rows that come next, which were counted apart."""
        for blanks, more in zip(self.blanks, later.blanks, strict=True):
            blanks.follow(more)
        for repeats, again in zip(self.repeats, later.repeats, strict=True):
            repeats.follow(again)
        self.rows += later.rows
        self.nulls += later.nulls
        self.header = later.header if self.header is None else self.header
