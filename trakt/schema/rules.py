"""What a declared column demands of its values beyond their type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trakt.schema import LogicalType, Rule
from trakt.schema.parse import one_array, parse_text

MISSING = "missing_value"


@dataclass(frozen=True, slots=True)
class Breach:
    """Values that are not as they must be: which rows, the reason as a code, and `what` such a value is."""

    rows: Any
    reason: str
    what: str

    def told(self, column: str, value: str | None = None) -> str:
        """What is wrong, in words, with the value or without."""
        if self.reason == MISSING:
            return f"column '{column}' {self.what}"
        return f"column '{column}' holds {f'{value},' if value else 'what is'} {self.what}"


def breaches(rule: Rule, texts: Any, values: pa.Array, kind: LogicalType) -> Iterator[Breach]:
    """Where a column breaks its rule.

    Args:
        texts: as they stand in the file, null where missing.
        values: the same, parsed as `kind`; null where they could not be.
    """
    column = one_array(texts)
    if not rule.nullable:
        yield Breach(pc.is_null(column), MISSING, "has no value")
    if rule.allowed:
        outside = pc.invert(pc.is_in(values, _parsed(rule.allowed, kind)))
        yield Breach(_present(outside, values), "not_allowed", f"none of {', '.join(rule.allowed)}")
    if rule.pattern is not None:
        unlike = pc.invert(pc.match_substring_regex(column, whole(rule.pattern)))
        yield Breach(_present(unlike, column), "pattern_mismatch", f"not like {rule.pattern}")
    if rule.least is not None:
        below = pc.less(values, _parsed((rule.least,), kind)[0])
        yield Breach(_present(below, values), "out_of_range", f"less than {rule.least}")
    if rule.most is not None:
        above = pc.greater(values, _parsed((rule.most,), kind)[0])
        yield Breach(_present(above, values), "out_of_range", f"more than {rule.most}")


def whole(pattern: str) -> str:
    """A pattern that the whole text must be like (RE2, as Arrow has it)."""
    return rf"\A(?:{pattern})\z"


def _parsed(texts: tuple[str, ...], kind: LogicalType) -> pa.Array:
    return parse_text(pa.array(texts, pa.string()), kind)[0]


def _present(rows: pa.Array, values: Any) -> pa.Array:
    """A missing value breaks no rule but `nullable: false`."""
    return pc.and_(pc.fill_null(rows, False), pc.is_valid(values))
