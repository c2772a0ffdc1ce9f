"""How two sides are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.pipeline.fields import Field, FieldFault, Problem, shown
from trakt.steps.policy import Arguments, as_columns, check_built, columns_field, read_given

HOWS = ("left", "inner", "right", "outer")
COLLISIONS = ("suffix", "fail")
UNMATCHED = ("allow", "warn", "drop", "fail")


@dataclass(frozen=True, slots=True)
class JoinPolicy:
    """How a left and a right side become one.

    Attributes:
        keys: columns of both sides; rows match when all are equal. A missing value equals nothing,
            not even another missing value (the rule of SQL).
        how: whose rows without a partner are kept: `left`, `right`, both (`outer`) or none (`inner`).
        collision: when both sides have a column of one name that is no key: `suffix` renames both,
            `fail` is an error.
        suffixes: for the left and the right one of such a pair.
        unmatched: what left rows without a partner mean: `allow` nothing, `warn` an event, `drop`
            that they are left out whatever `how` says, `fail` an error.

    Raises:
        PipelineError: a value is not one of these.
    """

    keys: Sequence[str]
    how: str = "left"
    collision: str = "suffix"
    suffixes: Sequence[str] = ("_left", "_right")
    unmatched: str = "allow"

    def __post_init__(self) -> None:
        check_built(self)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> tuple[Arguments, list[FieldFault]]:
        """The arguments that a mapping gives, and all its faults."""
        given, faults = read_given(value, FIELDS, of="the join policy")
        if "keys" in given:
            given["keys"] = as_columns(given["keys"])
        if "suffixes" in given:
            given["suffixes"] = tuple(given["suffixes"])
        return given, faults

    @property
    def keeps_unmatched(self) -> bool:
        """Whether left rows without a partner are in the output."""
        return self.how in ("left", "outer") and self.unmatched != "drop"

    @property
    def keeps_right(self) -> bool:
        """Whether right rows without a partner are in the output."""
        return self.how in ("right", "outer")


def _suffixes_problem(value: Sequence[Any]) -> Problem | None:
    if len(value) != 2 or not all(isinstance(suffix, str) for suffix in value):
        return f"'suffixes' must be two texts, not {shown(value)}", None
    return ("the two suffixes must differ", None) if value[0] == value[1] else None


_SUFFIXES = {"items": {"type": "string"}, "minItems": 2, "maxItems": 2, "uniqueItems": True}
FIELDS = (
    columns_field("keys", required=True),
    Field("how", accepts=(str,), says="one of " + ", ".join(HOWS), choices=HOWS),
    Field("collision", accepts=(str,), says="suffix or fail", choices=COLLISIONS),
    Field("suffixes", accepts=(list, tuple), says="a list of two texts", check=_suffixes_problem, limits=_SUFFIXES),
    Field("unmatched", accepts=(str,), says="one of " + ", ".join(UNMATCHED), choices=UNMATCHED),
)
