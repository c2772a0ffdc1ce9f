"""The schema an author declares for an input, in each of its three shapes.

    schema: [id, amount]                                  columns that must be there
    schema: {id: string, amount: Int64}                   and their types, by logical or pandas name
    schema: {columns: [id, amount], types: {amount: float}}   both; `dtypes` says the same as `types`

`columns` of the third shape may itself be a mapping of types, or a list of `{name, type}`. Such an entry may hold
rules: `{name: amount, type: float, nullable: false, min: 0}`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from trakt.errors import did_you_mean, one_of
from trakt.pipeline.fields import Field, FieldFault, KeyPath, Problem, read_fields, shown
from trakt.schema import ANY, LogicalType, Rule, Schema


def _pattern_problem(pattern: str) -> Problem | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    from trakt.schema.rules import whole

    try:
        pc.match_substring_regex(pa.array([""]), whole(pattern))
    except pa.ArrowInvalid as fault:
        return (
            f"'pattern' is no regular expression: {fault}",
            "its syntax is that of RE2: no look-around, no references",
        )
    return None


THIRD_SHAPE = (
    Field("columns", (list, tuple, Mapping), "a list of column names, or a mapping of column to type", default=()),
    Field("types", (Mapping,), "a mapping of column to type", default={}, aliases=("dtypes",)),
)
COLUMN = (
    Field("name", (str,), "the name of a column", required=True),
    Field("type", (str,), "the name of a type"),
)
_BOUND = (int, float, str, dt.date)
RULE = (
    Field("nullable", (bool,), "true or false", default=True),
    Field("allowed", (list, tuple), "a list of values", default=()),
    Field("pattern", (str,), "a regular expression", check=_pattern_problem),
    Field("min", _BOUND, "a value"),
    Field("max", _BOUND, "a value"),
)
_ORDERED = (LogicalType.INT, LogicalType.FLOAT, LogicalType.DATE, LogicalType.TIMESTAMP)


def read_schema(value: Any) -> tuple[Schema | None, list[FieldFault]]:
    """The schema that `value` declares, and everything that is wrong with it; null declares none."""
    if value is None or isinstance(value, Schema):
        return value, []
    reading = _Reading()
    if isinstance(value, Mapping) and any(isinstance(each, Mapping | list | tuple) for each in value.values()):
        parts, faults = read_fields(value, THIRD_SHAPE, of="schema")
        reading.faults += faults
        reading.add_columns(parts["columns"], ("columns",))
        reading.add_types(parts["types"], ("types" if "types" in value else "dtypes",))
    elif isinstance(value, Mapping | list | tuple):
        reading.add_columns(value, ())
    else:
        what = f"a schema must be a list of columns, or a mapping of column to type, not {shown(value)}"
        return None, [FieldFault((), what)]
    if not reading.columns and not reading.types and not reading.faults:
        reading.faults.append(FieldFault((), "the schema names no column", "name one, or leave 'schema' out"))
    reading.check_rules()
    schema = Schema(tuple(reading.columns), reading.types or None, reading.rules or None)
    return (None if reading.faults else schema), reading.faults


class _Reading:
    """Columns, types and faults, gathered from one or two places."""

    def __init__(self) -> None:
        self.columns: list[str] = []
        self.types: dict[str, LogicalType] = {}
        self.rules: dict[str, Rule] = {}
        self._places: dict[str, KeyPath] = {}
        self._words: dict[str, str] = {}
        self.faults: list[FieldFault] = []

    def add_columns(self, value: Any, path: KeyPath) -> None:
        if isinstance(value, Mapping):
            self.columns += [name for name in value if isinstance(name, str)]
            self.add_types(value, path)
            return
        for index, each in enumerate(value):
            name, place = each, (*path, index)
            if isinstance(each, Mapping):
                column, faults = read_fields(each, (*COLUMN, *RULE), of="column")
                self.faults += [fault.under(*place) for fault in faults]
                name = column["name"]
                if faults:
                    continue
                if column["type"] is not None:
                    self.add_types({name: column["type"]}, place, key="type")
                self._add_rule(name, column, place)
            if not isinstance(name, str) or not name.strip():
                hint = f"write it in quotes: '{name}'" if isinstance(name, bool | int | float) else None
                what = f"a column name must be a non-empty text, not {shown(name)}"
                self.faults.append(FieldFault(place, what, hint))
            elif name in self.columns:
                self.faults.append(FieldFault(place, f"the column '{name}' stands twice"))
            else:
                self.columns.append(name)

    def _add_rule(self, name: str, column: Mapping[str, Any], place: KeyPath) -> None:
        bounds = [None if column[end] is None else str(column[end]) for end in ("min", "max")]
        allowed = tuple(str(value) for value in column["allowed"])
        rule = Rule(column["nullable"], allowed, column["pattern"], *bounds)
        if truths := [value for value in column["allowed"] if isinstance(value, bool)]:
            self._words[name] = "yes, on or true" if truths[0] else "no, off or false"
        if rule != ANY:
            self.rules[name], self._places[name] = rule, place

    def check_rules(self) -> None:
        """Values and bounds of rules must be of the column's type, which may be declared elsewhere."""
        for name, rule in self.rules.items():
            kind, place = self.types.get(name), self._places[name]
            for end, bound in (("min", rule.least), ("max", rule.most)):
                if bound is not None and kind not in _ORDERED:
                    what = f"'{end}' of column '{name}' needs a type with an order, not {kind or 'none'}"
                    self.faults.append(FieldFault((*place, end), what, f"declare its type: {one_of(_ORDERED)}"))
                elif bound is not None and (problem := _misfit(bound, kind)):
                    self.faults.append(FieldFault((*place, end), f"'{end}' of column '{name}': {problem}"))
            if kind is not LogicalType.BOOL and name in self._words:
                what = f"'allowed' of column '{name}': YAML takes {self._words[name]} for a truth value, not a text"
                self.faults.append(FieldFault((*place, "allowed"), what, "write it in quotes"))
                continue
            for value in rule.allowed if kind else ():
                if problem := _misfit(value, kind):
                    self.faults.append(FieldFault((*place, "allowed"), f"'allowed' of column '{name}': {problem}"))

    def add_types(self, value: Mapping[str, Any], path: KeyPath, key: str | None = None) -> None:
        for name, said in value.items():
            place = (*path, key or name)
            kind = LogicalType.parse(said) if isinstance(said, str) else None
            if kind is None:
                names = [each.value for each in LogicalType]
                near = did_you_mean(said, names) if isinstance(said, str) else None
                listed = f"types are {', '.join(names)}, or pandas names of them"
                what = f"the column '{name}' has the unknown type {shown(said)}"
                self.faults.append(FieldFault(place, what, f"{near} {listed}" if near else listed))
            elif self.types.setdefault(name, kind) is not kind:
                what = f"the column '{name}' is declared both {self.types[name]} and {kind}"
                self.faults.append(FieldFault(place, what, "declare it once"))


def _misfit(text: str, kind: LogicalType | None) -> str | None:
    """What is wrong with a value of a rule; only who declares rules waits for Arrow."""
    import pyarrow as pa

    from trakt.schema.parse import WANTED, parse_text

    if kind is None or not parse_text(pa.array([text], pa.string()), kind)[1][0].as_py():
        return None
    return f"{shown(text)} is not {WANTED[kind]}"
