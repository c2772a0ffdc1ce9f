"""What a quality gate counts while rows pass, and how the counts stand against the policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from trakt.steps.columns import absent_columns
from trakt.steps.quality_policy import QualityGatePolicy
from trakt.steps.seen_keys import SeenKeys

Rows = np.ndarray[Any, np.dtype[np.bool_]]
"""Which rows of a chunk."""

SHOWN_ROWS = 5
"""So many repeated rows are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One demand that the input does not meet; its `numbers` (and names) travel with the event."""

    gate: str
    message: str
    numbers: Mapping[str, object]
    hint: str | None = None
    unquoted_hint: str | None = None


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


@dataclass(slots=True)
class Repeats:
    """Rows that repeat the key of an earlier one: how many, and the first few as (row, earlier row)."""

    columns: tuple[str, ...]
    seen: SeenKeys = field(default_factory=SeenKeys)
    rows: int = 0
    first: list[tuple[int, int]] = field(default_factory=list)

    gate: ClassVar[str] = "unique_keys"
    reason: ClassVar[str] = "duplicate_key"

    @property
    def told(self) -> str:
        """Why such a row is set aside."""
        return f"repeats the key ({', '.join(self.columns)}) of an earlier row"

    def add(self, chunk: pd.DataFrame) -> Rows:
        """Count those of the next rows; returns which they are."""
        start = self.seen.rows + 1
        earlier = self.seen.first_rows(chunk, self.columns)
        repeats = earlier < np.arange(start, start + len(chunk))
        at = np.flatnonzero(repeats)
        self.rows += len(at)
        self.first += [(start + each, int(earlier[each])) for each in at[: SHOWN_ROWS - len(self.first)].tolist()]
        return repeats


class Tally:
    """The counts of one input, over all its chunks. Use it in a `with` block."""

    def __init__(self, policy: QualityGatePolicy) -> None:
        self._policy = policy
        self._rows = 0
        self._nulls: Counter[str] = Counter()
        self._blanks = [Blanks(column) for column in policy.not_null]
        self._repeats = [Repeats(key) for key in policy.keys]
        self._header: pd.DataFrame | None = None

    def add(self, chunk: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[pd.DataFrame, Blanks | Repeats]]]:
        """Count one more chunk; returns the rows that pass, and those to be set aside, with why."""
        if self._header is None:
            self._header = chunk.iloc[:0]
        aside: list[tuple[pd.DataFrame, Blanks | Repeats]] = []
        gates: list[Blanks | Repeats] = [*self._blanks, *self._repeats]
        for each in gates:
            if not all(column in chunk for column in each.columns):
                continue
            offending = each.add(chunk)
            if self._policy.mode_of(each.gate) == "quarantine" and offending.any():
                aside.append((chunk[offending], each))
                # the gates after this one see the others only
                chunk = chunk[~offending]
        self._rows += len(chunk)
        for column in self._policy.max_null_ratio:
            if column in chunk:
                self._nulls[column] += int(chunk[column].isna().sum())
        return chunk, aside

    def violations(self) -> list[Violation]:
        """Every demand of the policy that the rows counted so far do not meet, in the order of the gates."""
        return [
            *self._absent("required_columns", self._policy.required_columns),
            *self._blank(),
            *self._repeated(),
            *self._row_count(),
            *self._null_ratios(),
        ]

    def _absent(self, gate: str, columns: Sequence[str]) -> Iterator[Violation]:
        if self._header is None:  # an input without a single chunk has no header to judge
            return
        for column in columns:
            for fault in absent_columns(self._header, [column]):
                yield Violation(gate, fault.what, {"column": column}, fault.hint, fault.without_values().hint)

    def _blank(self) -> Iterator[Violation]:
        for blanks in self._blanks:
            yield from self._absent("not_null", [blanks.column])
            if blanks.rows:
                named = ", ".join(map(str, blanks.first)) + (", ..." if blanks.rows > len(blanks.first) else "")
                values = "1 value is" if blanks.rows == 1 else f"{blanks.rows} values are"
                message = f"column '{blanks.column}': {values} missing: row {named}"
                numbers = {"column": blanks.column, "missing": blanks.rows, "first_rows": blanks.first}
                yield Violation("not_null", message, numbers, "complete the input, or set the rows aside: quarantine")

    def _repeated(self) -> Iterator[Violation]:
        for repeats in self._repeats:
            yield from self._absent("unique_keys", repeats.columns)
            if repeats.rows:
                named = ", ".join(f"row {row} repeats row {earlier}" for row, earlier in repeats.first)
                rest = ", ..." if repeats.rows > len(repeats.first) else ""
                key = ", ".join(repeats.columns)
                rows = "1 row repeats" if repeats.rows == 1 else f"{repeats.rows} rows repeat"
                message = f"key ({key}): {rows} the key of an earlier row: {named}{rest}"
                first = [row for row, _ in repeats.first]
                numbers = {"columns": list(repeats.columns), "duplicates": repeats.rows, "first_rows": first}
                hint = "mend the input, or keep one row per key with trakt.steps.dedupe"
                yield Violation("unique_keys", message, numbers, hint, hint)

    def _row_count(self) -> Iterator[Violation]:
        least, most = self._policy.row_count_min, self._policy.row_count_max
        if least is not None and self._rows < least:
            message = f"{self._rows} rows, at least {least} wanted"
            yield Violation("row_count", message, {"rows": self._rows, "min": least})
        if most is not None and self._rows > most:
            message = f"{self._rows} rows, at most {most} wanted"
            yield Violation("row_count", message, {"rows": self._rows, "max": most})

    def _null_ratios(self) -> Iterator[Violation]:
        yield from self._absent("max_null_ratio", tuple(self._policy.max_null_ratio))
        for column, allowed in self._policy.max_null_ratio.items():
            nulls = self._nulls[column]
            # not `nulls > allowed * rows`: 0.29 * 100 is less than 29 to a float
            ratio = nulls / self._rows if self._rows else 0.0
            if ratio > allowed:
                share = f"{nulls} of {self._rows} values are missing ({ratio:.4g})"
                message = f"column '{column}': {share}, at most {allowed:g} allowed"
                numbers = {"column": column, "nulls": nulls, "rows": self._rows, "ratio": ratio, "max": allowed}
                yield Violation("max_null_ratio", message, numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for repeats in self._repeats:
            repeats.seen.close()
