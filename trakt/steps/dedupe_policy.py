"""Which row of a key `trakt.steps.dedupe` keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.pipeline.fields import Field, FieldFault
from trakt.steps.policy import Arguments, as_columns, check_built, columns_field, read_given

DESCENDING = ("latest", "max")
ORDERED = (*DESCENDING, "earliest", "min")
WINNERS = (*ORDERED, "first", "last", "non_null")


@dataclass(frozen=True, slots=True)
class DedupePolicy:
    """Which row stays of those that share a key.

    Attributes:
        keys: the columns that make the key. Missing values are equal to each other, as in SQL's
            DISTINCT: of several rows without a key one stays.
        winner: `latest` or `max`: the greatest `order_by`; `earliest` or `min`: the least; `first` or
            `last`: by the order of rows; `non_null`: the first non-missing value of every column.
        order_by: a column, or several of falling weight. Of equals the first row wins; a row whose
            `order_by` is missing loses. Text is ordered as text: cast dates in other notations
            than ISO 8601 first.

    Raises:
        PipelineError: a value is not one of these, or `order_by` is missing where the winner needs it.
    """

    keys: Sequence[str]
    winner: str = "latest"
    order_by: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_built(self)

    @property
    def ordered(self) -> tuple[str, ...]:
        """The columns to order by."""
        return as_columns(self.order_by or ())

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> tuple[Arguments, list[FieldFault]]:
        """The arguments that a mapping gives, and all its faults."""
        given, faults = read_given(value, FIELDS, of="the dedupe policy")
        for name in ("keys", "order_by"):
            if given.get(name) is not None:
                given[name] = as_columns(given[name])
        winner = given.get("winner", "latest")
        misread = {"winner", "order_by"} & {fault.path[0] for fault in faults if fault.path}
        if not misread and winner in ORDERED and given.get("order_by") is None:
            hint = "add order_by: <column>, or use winner: first, last or non_null"
            path = ("winner",) if "winner" in value else ()
            faults.append(FieldFault(path, f"winner '{winner}' needs 'order_by'", hint))
        if not misread and winner not in ORDERED and given.get("order_by") is not None:
            hint = "leave it out, or use winner: latest or earliest"
            faults.append(FieldFault(("order_by",), f"winner '{winner}' does not look at 'order_by'", hint))
        return given, faults


FIELDS = (
    columns_field("keys", required=True),
    Field("winner", accepts=(str,), says="one of " + ", ".join(WINNERS), choices=WINNERS),
    Field(
        "order_by",
        accepts=(str, list, tuple, type(None)),
        says="a column name or a list of them",
        check=lambda value: None if value is None else columns_field("order_by").problem(value),
    ),
)
