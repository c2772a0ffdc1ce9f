"""How the counts of a quality gate stand against its policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trakt.errors import Fault
from trakt.steps.columns import absent_columns
from trakt.steps.quality_policy import QualityGatePolicy
from trakt.steps.quality_tally import Tally


@dataclass(frozen=True, slots=True)
class Violation:
    """One demand that the input does not meet; its `numbers` (and names) travel with the event."""

    gate: str
    message: str
    numbers: Mapping[str, object]
    hint: str | None = None
    unquoted_hint: str | None = None

    @property
    def fault(self) -> Fault:
        """The same, to be raised."""
        where = f"quality gate {self.gate}"
        return Fault(self.message, where, self.hint, Fault(self.message, where, self.unquoted_hint))


def violations_of(policy: QualityGatePolicy, tally: Tally) -> list[Violation]:
    """Every demand of the policy that the rows counted do not meet, in the order of the gates."""
    return [
        *_absent(tally, "required_columns", policy.required_columns),
        *_blank(tally),
        *_repeated(tally),
        *_row_count(policy, tally.rows),
        *_null_ratios(policy, tally),
    ]


def _absent(tally: Tally, gate: str, columns: Sequence[str]) -> Iterator[Violation]:
    if tally.header is None:  # an input without a single chunk has no header to judge
        return
    for column in columns:
        for fault in absent_columns(tally.header, [column]):
            yield Violation(gate, fault.what, {"column": column}, fault.hint, fault.without_values().hint)


def _blank(tally: Tally) -> Iterator[Violation]:
    for blanks in tally.blanks:
        yield from _absent(tally, "not_null", [blanks.column])
        if blanks.rows:
            named = ", ".join(map(str, blanks.first)) + (", ..." if blanks.rows > len(blanks.first) else "")
            values = "1 value is" if blanks.rows == 1 else f"{blanks.rows} values are"
            message = f"column '{blanks.column}': {values} missing: row {named}"
            numbers = {"column": blanks.column, "missing": blanks.rows, "first_rows": blanks.first}
            yield Violation("not_null", message, numbers, "complete the input, or set the rows aside: quarantine")


def _repeated(tally: Tally) -> Iterator[Violation]:
    for repeats in tally.repeats:
        yield from _absent(tally, "unique_keys", repeats.columns)
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


def _row_count(policy: QualityGatePolicy, rows: int) -> Iterator[Violation]:
    least, most = policy.row_count_min, policy.row_count_max
    if least is not None and rows < least:
        message = f"{rows} rows, at least {least} wanted"
        yield Violation("row_count", message, {"rows": rows, "min": least})
    if most is not None and rows > most:
        message = f"{rows} rows, at most {most} wanted"
        yield Violation("row_count", message, {"rows": rows, "max": most})


def _null_ratios(policy: QualityGatePolicy, tally: Tally) -> Iterator[Violation]:
    yield from _absent(tally, "max_null_ratio", tuple(policy.max_null_ratio))
    for column, allowed in policy.max_null_ratio.items():
        nulls = tally.nulls[column]
        # not `nulls > allowed * rows`: 0.29 * 100 is less than 29 to a float
        ratio = nulls / tally.rows if tally.rows else 0.0
        if ratio > allowed:
            share = f"{nulls} of {tally.rows} values are missing ({ratio:.4g})"
            message = f"column '{column}': {share}, at most {allowed:g} allowed"
            numbers = {"column": column, "nulls": nulls, "rows": tally.rows, "ratio": ratio, "max": allowed}
            yield Violation("max_null_ratio", message, numbers)
