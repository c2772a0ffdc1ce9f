"""A policy: what a step shall do, read from a mapping of the pipeline file or built in Python, by the same rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Protocol, TypeVar

from trakt.errors import Fault, PipelineError
from trakt.pipeline.fields import Field, FieldFault, Problem, read_fields, shown

Arguments = dict[str, Any]


class Policy(Protocol):
    """A frozen dataclass that can be read from a mapping, and checks itself when built."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> tuple[Arguments, list[FieldFault]]:
        """The dataclass arguments that `value` gives, and everything that is wrong with it."""


P = TypeVar("P", bound=Policy)


def policy_of(kind: type[P], value: object) -> P:
    """The policy itself, whether `value` is one already or a mapping that spells one.

    Raises:
        PipelineError: with every fault of the mapping.
    """
    if isinstance(value, kind):
        return value
    raise_faults(policy_faults(kind, {"policy": value}))
    assert isinstance(value, Mapping)  # for the type checker: policy_faults has said so
    return kind(**kind.read(value)[0])


def policy_faults(kind: type[P], literals: Mapping[str, Any]) -> list[FieldFault]:
    """Every fault of the literal binding `policy`; none when it is not a literal."""
    value = literals.get("policy")
    if "policy" not in literals or isinstance(value, kind):
        return []
    if not isinstance(value, Mapping):
        return [FieldFault(("policy",), f"'policy' must be a mapping, not {shown(value)}")]
    return [fault.under("policy") for fault in kind.read(value)[1]]


def check_built(policy: Policy) -> None:
    """Check a policy that was just constructed, and settle its spellings (`keys="id"` becomes `("id",)`).

    Raises:
        PipelineError: with every fault.
    """
    arguments, faults = type(policy).read({entry.name: getattr(policy, entry.name) for entry in fields(policy)})
    raise_faults(faults, prefix=type(policy).__name__)
    for name, value in arguments.items():
        object.__setattr__(policy, name, value)  # the one moment at which a frozen value may still be shaped


def raise_faults(faults: Sequence[FieldFault], prefix: str | None = None) -> None:
    """Raise one `PipelineError` for all `faults`, if there are any."""
    if faults:
        start = (prefix,) if prefix else ()
        raise PipelineError.of(
            Fault(fault.what, ".".join(map(str, (*start, *fault.path))), fault.hint) for fault in faults
        )


def read_given(value: Mapping[str, Any], table: Sequence[Field], *, of: str) -> tuple[Arguments, list[FieldFault]]:
    """Like `read_fields`, but return only the sound values that are given: the dataclass holds the defaults."""
    values, faults = read_fields(value, table, of=of)
    broken = {fault.path[0] for fault in faults if fault.path}
    given = {
        entry.name
        for entry in table
        if any(spelling in value and spelling not in broken for spelling in (entry.name, *entry.aliases))
    }
    return {name: values[name] for name in values if name in given}, faults


def columns_field(name: str, *, required: bool = False, may_be_empty: bool = False) -> Field:
    """A key whose value is a list of column names, or one name."""
    return Field(
        name,
        accepts=(str, list, tuple),
        says="a list of column names",
        required=required,
        check=_columns_check(name, may_be_empty),
        limits=_NAMES if may_be_empty else {**_NAMES, "minItems": 1},
    )


def as_columns(value: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several, as a tuple of names."""
    return (value,) if isinstance(value, str) else tuple(value)


_NAMES = {"minLength": 1, "items": {"type": "string", "minLength": 1}, "uniqueItems": True}


def _columns_check(name: str, may_be_empty: bool) -> Callable[[Any], Problem | None]:
    def check(value: str | Sequence[Any]) -> Problem | None:
        columns = as_columns(value)
        if not columns and not may_be_empty:
            return f"'{name}' must name at least one column", None
        for column in columns:
            if not isinstance(column, str) or not column:
                return f"'{name}' must hold column names, not {shown(column)}", "put the name in quotes"
        twice = [column for column, times in Counter(columns).items() if times > 1]
        return (f"'{name}' names {shown(twice[0])} twice", "name each column once") if twice else None

    return check
