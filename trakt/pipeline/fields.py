"""A mapping checked against a table of keys: one definition that reads, checks and names the nearest key.

Pipelines, format options and policies all describe their keys as a tuple of `Field`. `read_fields`
reports every fault at once, each with its key path, so that whoever knows the file can say line and column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from trakt.errors import did_you_mean, one_of

KeyPath = tuple[str | int, ...]
"""A way down nested mappings and lists: `("steps", 0, "with", "policy")`."""


class Mark(NamedTuple):
    """Line and column, both from 1; `file` is the overlay it stands in, None for the pipeline's own file."""

    line: int
    column: int
    file: Path | None = None

    @property
    def position(self) -> tuple[int, int, int]:
        """What faults are sorted by: those of the pipeline's file stand before those of an overlay."""
        return int(self.file is not None), self.line, self.column


Problem = tuple[str, str | None]
"""What is wrong with a value, and what to do."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault, at a key path relative to the mapping that was read."""

    path: KeyPath
    what: str
    hint: str | None = None

    def under(self, *prefix: str | int) -> FieldFault:
        """The same fault seen from further up."""
        return FieldFault((*prefix, *self.path), self.what, self.hint)


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a mapping.

    Attributes:
        name: the key.
        accepts: the Python types its value may have; () means any.
        says: those types in words, for the message.
        required: whether the key must be there.
        default: its value when absent.
        choices: the only values allowed; () means any.
        check: a last look at the value; returns what is wrong and a hint, or None.
        aliases: other spellings of the key that mean the same.
        limits: what `check` demands, as far as JSON Schema has words for it; never more than that (`trakt schema`).
    """

    name: str
    accepts: tuple[type, ...] = ()
    says: str = ""
    required: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    check: Callable[[Any], Problem | None] | None = None
    aliases: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)

    def problem(self, value: Any) -> Problem | None:
        """What is wrong with `value` here, or None."""
        # bool is an int to Python, but never to the author of a YAML file
        misfit = self.accepts and (
            not isinstance(value, self.accepts) or (isinstance(value, bool) and bool not in self.accepts)
        )
        if misfit:
            return (
                f"'{self.name}' must be {self.says or one_of([t.__name__ for t in self.accepts])}, not {shown(value)}",
                None,
            )
        if self.choices and value not in self.choices:
            listed = one_of([str(choice) for choice in self.choices])
            return f"'{self.name}' must be {listed}, not {shown(value)}", did_you_mean(
                str(value), map(str, self.choices)
            )
        return self.check(value) if self.check else None


def read_fields(
    value: Mapping[str, Any], table: Sequence[Field], *, of: str, strict: bool = True
) -> tuple[dict[str, Any], list[FieldFault]]:
    """Check `value` against `table`; return the values by field name (defaults filled in) and all faults.

    Args:
        of: what the mapping is, for the message (`input`, `read_options`).
        strict: False lets unknown keys pass; their values are not returned.
    """
    spelled = {spelling: entry for entry in table for spelling in (entry.name, *entry.aliases)}
    values = {entry.name: entry.default for entry in table}
    given: dict[str, str] = {}
    faults: list[FieldFault] = []
    for key, item in value.items():
        entry = spelled.get(key)
        if entry is None:
            if strict:
                hint = did_you_mean(str(key), spelled) or f"known keys: {', '.join(entry.name for entry in table)}"
                faults.append(FieldFault((key,), f"unknown key '{key}' in {of}", hint))
            continue
        if entry.name in given:
            faults.append(FieldFault((key,), f"'{key}' and '{given[entry.name]}' mean the same; give one of them"))
        elif problem := entry.problem(item):
            faults.append(FieldFault((key,), *problem))
        else:
            values[entry.name] = item
        given[entry.name] = key
    for entry in table:
        if entry.required and entry.name not in given:
            faults.append(FieldFault((), f"{of} lacks the key '{entry.name}'"))
    return values, faults


def shown(value: Any) -> str:
    """A value as a message shows it: in quotes, and never longer than a glance."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def rows_field(name: str, most: int | None = None) -> Field:
    """A key whose value is a number of rows, `most` at most, or nothing."""

    def check(value: int | None) -> Problem | None:
        if value is not None and value < 1:
            return f"'{name}' must be at least 1, not {value}", None
        if value is not None and most is not None and value > most:
            return f"'{name}' must be {most:,} at most, not {value:,}", None
        return None

    limits = {"minimum": 1} if most is None else {"minimum": 1, "maximum": most}
    return Field(name, (int, type(None)), "a whole number", check=check, limits=limits)
