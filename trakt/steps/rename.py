"""The step `trakt.steps.rename`: columns by other names.

In a pipeline file:

    - id: our_names
      uses: trakt.steps.rename
      with:
        input: records
        policy:
          const: {mapping: {CustNo: customer_id, Memo: note}, optional: [Memo]}
        output: renamed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trakt.errors import Fault, RunError, did_you_mean
from trakt.pipeline.context import Context
from trakt.pipeline.contract import step_contract
from trakt.pipeline.fields import Field, FieldFault, Problem, shown
from trakt.steps.chunks import chunks_of, collected, in_mode, set_apart
from trakt.steps.columns import absent_columns
from trakt.steps.events import warn
from trakt.steps.policy import Arguments, as_columns, check_built, columns_field, policy_faults, policy_of, read_given


@dataclass(frozen=True, slots=True)
class RenamePolicy:
    """Which columns get which names; all other columns stay as they are.

    Attributes:
        mapping: old name to new name, all renamed at once (so two names can be swapped).
        required: columns that must be there, whether `mapping` renames them or not.
        optional: names of `mapping` that may be absent; every other one is required.
        warn_on_missing_optional: whether absent optional columns make an event.

    Raises:
        PipelineError: a value is not one of these, or two required columns would get one name.
    """

    mapping: Mapping[str, str]
    required: Sequence[str] = ()
    optional: Sequence[str] = ()
    warn_on_missing_optional: bool = True

    def __post_init__(self) -> None:
        check_built(self)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> tuple[Arguments, list[FieldFault]]:
        """The arguments that a mapping gives, and all its faults."""
        given, faults = read_given(value, FIELDS, of="the rename policy")
        for name in ("required", "optional"):
            if name in given:
                given[name] = as_columns(given[name])
        if not faults:
            faults = _faults_together(given["mapping"], given.get("required", ()), given.get("optional", ()))
        return given, faults

    @property
    def demanded(self) -> tuple[str, ...]:
        """Every column that must be there."""
        sources = (name for name in self.mapping if name not in self.optional)
        return tuple(dict.fromkeys((*sources, *self.required)))


def check(literals: Mapping[str, Any], mode: str) -> list[FieldFault]:  # noqa: ARG001 - it works alike in both modes
    """Every fault of the policy, before anything is read."""
    return policy_faults(RenamePolicy, literals)


@step_contract(
    inputs=["input", "policy"], outputs=["output"], supports_stream=True, supports_partitions=True, check=check
)
def run(ctx: Context, input: Any, policy: Any) -> dict[str, Any]:
    """Rename the columns; absent optional ones make one event `warning.missing_columns` per run.

    Raises:
        RunError: required columns are not there, or two columns would have one name.
    """
    chunks = _renamed(chunks_of(input, "input"), policy_of(RenamePolicy, policy), ctx)
    return {"output": in_mode(ctx, chunks)}


def apply_rename_policy(
    frame: pd.DataFrame, policy: RenamePolicy | Mapping[str, Any], *, ctx: Context | None = None
) -> pd.DataFrame:
    """Rename columns of `frame`, in a new frame; what is noted goes to `ctx`, or without one to the log.

    Raises:
        RunError: required columns are not there, or two columns would have one name.
        PipelineError: the policy is wrong.
    """
    return collected(_renamed(iter([frame]), policy_of(RenamePolicy, policy), ctx))


def _renamed(chunks: Iterable[pd.DataFrame], policy: RenamePolicy, ctx: Context | None) -> Iterator[pd.DataFrame]:
    for number, chunk in enumerate(chunks):
        if faults := [*absent_columns(chunk, policy.demanded), *_doubled(chunk, policy.mapping)]:
            raise RunError.of(faults)
        if number == 0 and policy.warn_on_missing_optional:
            _warn_of_absent(chunk, policy, ctx)
        yield set_apart(chunk).rename(columns=dict(policy.mapping))


def _warn_of_absent(chunk: pd.DataFrame, policy: RenamePolicy, ctx: Context | None) -> None:
    if absent := [name for name in policy.optional if name not in chunk.columns]:
        message = f"optional columns are not in the input: {', '.join(absent)}"
        warn(ctx, "warning.missing_columns", message, columns=absent)


def _doubled(chunk: pd.DataFrame, mapping: Mapping[str, str]) -> list[Fault]:
    """Names that several columns of `chunk` would have after the renaming."""
    sources: dict[str, list[str]] = {}
    for name in chunk.columns:
        sources.setdefault(mapping.get(name, name), []).append(f"'{name}'")
    hint = "choose another name, or drop one with trakt.steps.select"
    return [
        Fault(
            f"{' and '.join(olds)} would both be named '{new}'",
            f"column '{new}'",
            hint,
            Fault(f"{len(olds)} columns would have one name", "rename", hint),
        )
        for new, olds in sources.items()
        if len(olds) > 1
    ]


def _faults_together(mapping: Mapping[str, str], required: Sequence[str], optional: Sequence[str]) -> list[FieldFault]:
    faults = []
    for name in optional:
        if name not in mapping:
            hint = did_you_mean(name, mapping) or "add it to 'mapping', or leave it out here"
            what = f"'optional' names '{name}', which 'mapping' does not rename"
            faults.append(FieldFault(("optional",), what, hint))
        if name in required:
            faults.append(FieldFault(("optional",), f"'{name}' is both required and optional"))
    # of several optional columns the one that is there may get the name
    firm: dict[str, str] = {}
    for old, new in mapping.items():
        if old in optional:
            continue
        if new in firm:
            faults.append(FieldFault(("mapping", old), f"'{firm[new]}' and '{old}' would both be named '{new}'"))
        firm.setdefault(new, old)
    return faults


def _mapping_problem(value: Mapping[Any, Any]) -> Problem | None:
    if not value:
        return "'mapping' must rename at least one column", None
    for name in (*value.keys(), *value.values()):
        if not isinstance(name, str) or not name:
            return f"'mapping' must hold column names, not {shown(name)}", "put the name in quotes"
    return None


FIELDS = (
    Field(
        "mapping",
        accepts=(Mapping,),
        says="a mapping of old to new names",
        required=True,
        check=_mapping_problem,
        limits={"minProperties": 1, "additionalProperties": {"type": "string", "minLength": 1}},
    ),
    columns_field("required", may_be_empty=True),
    columns_field("optional", may_be_empty=True),
    Field("warn_on_missing_optional", accepts=(bool,), says="true or false"),
)
