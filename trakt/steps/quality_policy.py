"""What a quality gate demands of its input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trakt.errors import one_of
from trakt.pipeline.fields import Field, FieldFault, Problem, read_fields, shown
from trakt.pipeline.json_schema import mapping_of
from trakt.steps.policy import Arguments, as_columns, check_built, columns_field, read_given

MODES = ("warn", "fail", "quarantine")
GATES = ("required_columns", "not_null", "unique_keys", "row_count", "max_null_ratio")
BY_ROW = ("not_null", "unique_keys")
"""The gates that single rows break, so that these can be set aside."""


@dataclass(frozen=True, slots=True)
class QualityGatePolicy:
    """Gates, and what becomes of rows that break one.

    Attributes:
        mode: for every gate that `gate_modes` does not name, `warn`, `fail`, or `quarantine`: rows that break it are
            rejected, and the gates after it see the others only.
        required_columns: columns that must be there.
        not_null: columns whose values must all be there.
        unique_keys: each a column, or several columns together, whose values no two rows may share.
            Missing values count as equal to each other, so two rows without a key violate it.
        row_count_min, row_count_max: bounds of the number of rows, both inclusive, or None. In YAML
            also `row_count: {min: 1, max: 100}`.
        max_null_ratio: column to the share of its values, 0 to 1, that may be missing.
        gate_modes: gate to one of these; only `not_null` and `unique_keys` are broken by single rows, and so can
            `quarantine`.

    Raises:
        PipelineError: a value is not one of these.
    """

    mode: str = "fail"
    required_columns: Sequence[str] = ()
    not_null: Sequence[str] = ()
    unique_keys: Sequence[str | Sequence[str]] = ()
    row_count_min: int | None = None
    row_count_max: int | None = None
    max_null_ratio: Mapping[str, float] = field(default_factory=dict)
    gate_modes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_built(self)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> tuple[Arguments, list[FieldFault]]:
        """The arguments that a mapping in the shape of the YAML file gives, and all its faults."""
        given, faults = read_given(value, FIELDS, of="the quality gate's policy")
        faults += _row_count_faults(given)
        for gate in ("required_columns", "not_null"):
            if gate in given:
                given[gate] = as_columns(given[gate])
        if "unique_keys" in given:
            keys, key_faults = _unique_keys(given.pop("unique_keys"))
            given["unique_keys"] = keys
            faults += key_faults
        for column, ratio in given.get("max_null_ratio", {}).items():
            if problem := replace(_RATIO, name=str(column)).problem(ratio):
                faults.append(FieldFault(("max_null_ratio", column), *problem))
        gate_faults = read_fields(given.get("gate_modes", {}), GATE_FIELDS, of="gate_modes")[1]
        faults += [fault.under("gate_modes") for fault in gate_faults]
        if not faults:
            faults += _quarantine_faults(given)
        return given, faults

    def mode_of(self, gate: str) -> str:
        """What breaking `gate` does."""
        return self.gate_modes.get(gate, self.mode)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The unique keys, each as a tuple of columns."""
        return tuple(as_columns(key) for key in self.unique_keys)

    @property
    def checks(self) -> int:
        """How many single demands the policy makes."""
        bounds = (self.row_count_min, self.row_count_max)
        counts = sum(bound is not None for bound in bounds)
        return (
            len(self.required_columns) + len(self.not_null) + len(self.unique_keys) + counts + len(self.max_null_ratio)
        )


def _not_negative(value: int | None) -> Problem | None:
    return (f"a row count cannot be {value}", None) if value is not None and value < 0 else None


def _between_0_and_1(value: float) -> Problem | None:
    if 0 <= value <= 1:
        return None
    return f"a null ratio must be from 0 to 1, not {value}", f"write {value / 100:g} for {value:g} %"


def _row_count_faults(given: Arguments) -> list[FieldFault]:
    """Take `row_count` apart into its bounds, in place, and check them together."""
    faults: list[FieldFault] = []
    if "row_count" in given:
        bounds, faults = read_fields(given.pop("row_count"), ROW_COUNT_FIELDS, of="row_count")
        faults = [fault.under("row_count") for fault in faults]
        for end, bound in bounds.items():
            if bound is not None and given.get(f"row_count_{end}") is not None:
                what = f"'row_count_{end}' and 'row_count.{end}' mean the same; give one of them"
                faults.append(FieldFault((f"row_count_{end}",), what))
            elif bound is not None:
                given[f"row_count_{end}"] = bound
    least, most = given.get("row_count_min"), given.get("row_count_max")
    if least is not None and most is not None and least > most:
        faults.append(FieldFault(("row_count",), f"no number of rows is at least {least} and at most {most}"))
    return faults


def _quarantine_faults(given: Arguments) -> list[FieldFault]:
    """Gates that no single row breaks cannot set one aside."""
    mode, modes = given.get("mode"), given.get("gate_modes", {})
    used = [gate for gate in GATES if any(given.get(name) for name in (gate, f"{gate}_min", f"{gate}_max"))]
    return [
        FieldFault(
            ("gate_modes", gate) if gate in modes else ("mode",),
            f"'{gate}' cannot quarantine: no single row breaks it",
            f"set gate_modes: {{{gate}: fail}}; {one_of(BY_ROW)} can",
        )
        for gate in used
        if gate not in BY_ROW and modes.get(gate, mode) == "quarantine"
    ]


def _unique_keys(value: str | Sequence[Any]) -> tuple[tuple[Any, ...], list[FieldFault]]:
    """The keys, a single column as its name and several as a tuple; and all faults in them."""
    entries = as_columns(value)
    entry_field = columns_field("unique_keys")
    problems = ((index, entry_field.problem(entry)) for index, entry in enumerate(entries))
    faults = [FieldFault(("unique_keys", index), *problem) for index, problem in problems if problem]
    if faults:
        return (), faults
    keys = [as_columns(entry) for entry in entries]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            faults.append(FieldFault(("unique_keys", index), f"'unique_keys' names {shown(entries[index])} twice"))
    return tuple(key[0] if len(key) == 1 else key for key in keys), faults


_INT = (int, type(None))
_COUNT = {"minimum": 0}
ROW_COUNT_FIELDS = tuple(
    Field(end, accepts=_INT, says="a number of rows", check=_not_negative, limits=_COUNT) for end in ("min", "max")
)
_RATIO = Field("ratio", accepts=(int, float), says="a number from 0 to 1", check=_between_0_and_1)
GATE_FIELDS = tuple(Field(gate, accepts=(str,), says=one_of(MODES), choices=MODES) for gate in GATES)
_KEYS = columns_field("unique_keys").limits
_KEYS_LIMITS = {"items": {"type": ["string", "array"], **_KEYS}, "minLength": 1}
_RATIO_LIMITS = {"additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}
FIELDS = (
    Field("mode", accepts=(str,), says=one_of(MODES), choices=MODES),
    columns_field("required_columns", may_be_empty=True),
    columns_field("not_null", may_be_empty=True),
    Field(
        "unique_keys", accepts=(str, list, tuple), says="a list of columns, or of lists of them", limits=_KEYS_LIMITS
    ),
    Field(
        "row_count",
        accepts=(Mapping,),
        says="a mapping with min, max or both",
        limits=mapping_of(ROW_COUNT_FIELDS),
    ),
    Field("row_count_min", accepts=_INT, says="a number of rows", check=_not_negative, limits=_COUNT),
    Field("row_count_max", accepts=_INT, says="a number of rows", check=_not_negative, limits=_COUNT),
    Field(
        "max_null_ratio", accepts=(Mapping,), says="a mapping of columns to ratios from 0 to 1", limits=_RATIO_LIMITS
    ),
    Field(
        "gate_modes",
        accepts=(Mapping,),
        says=f"a mapping of gates ({', '.join(GATES)}) to {one_of(MODES)}",
        limits=mapping_of(GATE_FIELDS),
    ),
)
