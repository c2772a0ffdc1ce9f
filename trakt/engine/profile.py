"""What an input looked like in one run: columns, types, rows, missing values; and how two runs differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from trakt.errors import counted

Kind = Literal["column_added", "column_lost", "column_renamed", "type_changed", "row_count", "null_share"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One input of one run.

    Attributes:
        types: column name to logical type, in column order.
        blank: columns without a single value; their type means nothing.
        rows: None before they are read.
        nulls: column name to how many values are missing.
    """

    types: Mapping[str, str]
    blank: Collection[str] = ()
    rows: int | None = None
    nulls: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Any) -> Self | None:
        """That of an input's entry in a manifest; None where it was absent, not read, or is no entry."""
        if not isinstance(entry, Mapping):
            return None
        rows, types, nulls = entry.get("rows"), entry.get("schema"), entry.get("nulls")
        if not isinstance(rows, int) or not isinstance(types, Mapping):
            return None
        counts = {name: count for name, count in nulls.items() if isinstance(count, int)} if nulls else {}
        blank = types if rows == 0 else [name for name, count in counts.items() if count == rows]
        return cls(types, frozenset(blank), rows, counts)

    def as_dict(self) -> dict[str, Any]:
        """As a manifest hands it on."""
        return {"rows": self.rows, "schema": dict(self.types), "nulls": dict(self.nulls)}

    def null_share(self, column: str) -> float | None:
        """How many of a column's values are missing, from 0 to 1; None where that is not known."""
        return self.nulls[column] / self.rows if self.rows and column in self.nulls else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: of a `column`, by the name it had before if it had one, or of the whole input.

    Attributes:
        before, after: types, names (of a renamed column), rows or shares.
        position: of the column, from 1.
    """

    input: str
    kind: Kind
    column: str | None
    before: Any
    after: Any
    position: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As the manifest has it."""
        named = {"input": self.input, "kind": self.kind, "column": self.column}
        return {**named, "before": self.before, "after": self.after}

    def told(self, *, quoted: bool = True) -> str:
        """In words; unless `quoted`, columns are told by their position."""
        column = f"column '{self.column}'" if quoted else f"column {self.position}"
        match self.kind:
            case "column_added":
                said = f"{column} is new"
            case "column_lost":
                said = f"{column} is gone"
            case "column_renamed" if quoted:
                said = f"{column} is gone, and is probably what is now called '{self.after}'"
            case "column_renamed":
                said = f"{column} has probably another name now"
            case "type_changed":
                said = f"{column} is {self.after}, and was {self.before}"
            case "row_count":
                said = f"{counted(self.after, 'row')}, and {counted(self.before, 'row')} before"
            case "null_share":
                said = f"{column} lacks {self.after:.1%} of its values, and {self.before:.1%} before"
        return said


@dataclass(frozen=True, slots=True)
class Baseline:
    """The run that inputs are compared with.

    Attributes:
        inputs: those that it read, by name.
    """

    run_id: str
    batch_id: str | None
    manifest_path: str
    inputs: Mapping[str, Profile]


@dataclass(slots=True)
class DriftRecord:
    """What a run has compared; `is_found` once a baseline was looked for."""

    baseline: Baseline | None = None
    findings: list[Finding] = field(default_factory=list)
    is_found: bool = False

    def before(self, name: str) -> Profile | None:
        """What an input was like in the baseline, if that has read it."""
        return self.baseline.inputs.get(name) if self.baseline else None

    def entry(self, *, hands_on: bool) -> dict[str, Any]:
        """As the manifest has it.

        Args:
            hands_on: keep what the baseline was like, since this manifest may take the place of the baseline's.
        """
        told: dict[str, Any] | None = None
        if self.baseline:
            of = self.baseline
            told = {"run_id": of.run_id, "batch_id": of.batch_id, "manifest_path": of.manifest_path}
            if hands_on:
                told["inputs"] = {name: profile.as_dict() for name, profile in of.inputs.items()}
        return {"baseline": told, "findings": [finding.as_dict() for finding in self.findings]}
