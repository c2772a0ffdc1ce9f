"""The keys of a pipeline file: one table for each kind of entry, and how its values become the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trakt.pipeline.bindings import read_binding
from trakt.pipeline.choices import COMBINE_STRATEGIES, ENGINES, MODES, ON_BAD_ROWS, ON_DRIFT, ON_LIMIT
from trakt.pipeline.declared_schema import read_schema
from trakt.pipeline.fields import Field, FieldFault, KeyPath, Problem, read_fields, rows_field, shown
from trakt.pipeline.model import EMPTY, REJECTED_URI, Execution, Input, Output, Rejected, Step
from trakt.pipeline.schema_contract import read_contract
from trakt.pipeline.sort_keys import read_sort_keys

Faults = list[FieldFault]

SHORT_FORMS = {"inputs": "uri", "outputs": "from", "rejected": "uri", "execution": "mode"}
"""The key that a bare text stands for: of an entry of inputs and outputs, of the whole of the others."""

_NOTHING = type(None)
_SHARE = {"minimum": 0, "maximum": 1}
_STEP_ID = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"


def _text(name: str, says: str = "a text", *, may_be_null: bool = False, **more: Any) -> Field:
    """A key whose text must say something."""

    def check(value: str | None) -> Problem | None:
        return (f"'{name}' must not be empty", None) if value is not None and not value.strip() else None

    accepts = (str, _NOTHING) if may_be_null else (str,)
    return Field(name, accepts, says, check=check, limits={"pattern": r"\S"}, **more)


def step_id_problem(value: str) -> Problem | None:
    """A check for the id of a step."""
    if re.fullmatch(_STEP_ID, value):
        return None
    return (f"{shown(value)} cannot be the id of a step", "use letters, digits, '_', '.' and '-', not first '.' or '-'")


_DESCRIPTION = Field("description", (str, _NOTHING), "a text")
_METADATA = Field("metadata", (Mapping, _NOTHING), "a mapping")

TOP = (
    _text("name", required=True),
    Field("version", (str, int, _NOTHING), "a text (put 1.10 in quotes: as a number it is 1.1)"),
    _DESCRIPTION,
    Field("inputs", (Mapping, _NOTHING), "a mapping of name to input"),
    Field("steps", (list, _NOTHING), "a list of steps"),
    Field("outputs", (Mapping, _NOTHING), "a mapping with the list 'datasets', or of output name to artifact"),
    Field("rejected", (Mapping, str, _NOTHING), "a uri, or a mapping with 'uri' and 'raw_text'"),
    Field("execution", (Mapping, str, _NOTHING), "a mapping with 'mode'"),
)


def _share(value: float | None) -> Problem | None:
    if value is None or 0 <= value <= 1:
        return None
    return f"'max_bad_ratio' must be from 0 to 1, not {value}", f"write {value / 100:g} for {value:g} %"


def _not_negative(value: int | None) -> Problem | None:
    return (f"'max_bad_rows' must be 0 or more, not {value}", None) if value is not None and value < 0 else None


INPUT = (
    _text("uri"),
    _text("kind", default="csv"),
    Field("combine_strategy", (str,), "a text", default="concat", choices=COMBINE_STRATEGIES),
    Field("required", (bool,), "true or false", default=True),
    Field("on_bad_rows", (str,), "a text", default="fail", choices=ON_BAD_ROWS),
    Field("max_bad_rows", (int, _NOTHING), "a number of rows", check=_not_negative, limits={"minimum": 0}),
    Field("max_bad_ratio", (int, float, _NOTHING), "a number from 0 to 1", check=_share, limits=_SHARE),
    _METADATA,
    Field("schema"),
    Field("schema_contract"),
    Field("on_drift", (str,), "a text", default="warn", choices=ON_DRIFT),
    _DESCRIPTION,
)
REQUIRED_IN_METADATA = Field("required", (bool,), "true or false", default=True)
STEP = (
    Field("id", (str,), "a text", required=True, check=step_id_problem, limits={"pattern": f"^{_STEP_ID}$"}),
    _text("uses", "the name of a step", required=True),
    Field("with", (Mapping, _NOTHING), "a mapping of names"),
    _DESCRIPTION,
)


def _columns(value: list[Any] | None) -> Problem | None:
    if value is None:
        return None
    if not value or not all(isinstance(name, str) and name for name in value):
        return "'partition_by' must be a list of columns", "partition_by: [country]"
    if len(set(value)) < len(value):
        return "'partition_by' names a column twice", f"partition_by: [{', '.join(dict.fromkeys(value))}]"
    return None


OUTPUT = (
    _text("name", required=True),
    _text("from", "the name of an artifact", required=True),
    _text("kind", default="csv"),
    _text("uri", may_be_null=True),
    Field(
        "partition_by",
        (list, _NOTHING),
        "a list of columns",
        check=_columns,
        limits={"items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
    ),
    Field("sort_by"),
    _METADATA,
    _DESCRIPTION,
)
REJECTED = (
    _text("uri", default=REJECTED_URI),
    Field("raw_text", (bool,), "true or false", default=True),
)
EXECUTION = (
    Field("mode", (str,), "a text", default="batch", choices=MODES),
    Field("engine", (str,), "a text", default="local", choices=ENGINES),
    rows_field("chunk_rows"),
    rows_field("max_batch_rows"),
    Field("on_limit", (str,), "a text", choices=ON_LIMIT),
    Field("strict_accounting", (bool,), "true or false", default=False),
)


def read_top(value: Mapping[str, Any], strict: bool) -> tuple[dict[str, Any], Faults]:
    """The values of the file's top keys."""
    return read_fields(value, TOP, of="the pipeline", strict=strict)


def read_inputs(value: Mapping[str, Any], strict: bool) -> tuple[list[Input], Faults]:
    """The inputs under `inputs:`; one with a fault still stands, with defaults for what is wrong."""
    inputs: list[Input] = []
    faults: Faults = []
    for name, entry in value.items():
        found: Faults = []
        if not name.strip():
            faults.append(FieldFault(("inputs", name), "an input must have a name"))
            continue
        keys = {SHORT_FORMS["inputs"]: entry} if isinstance(entry, str) else {} if entry is None else entry
        if not isinstance(keys, Mapping):
            keys = {}
            found.append(FieldFault((), f"input '{name}' must be a uri or a mapping, not {shown(entry)}"))
        inputs.append(_input(name, keys, found, strict))
        faults += [fault.under("inputs", name) for fault in found]
    return inputs, faults


def _input(name: str, entry: Mapping[str, Any], faults: Faults, strict: bool) -> Input:
    values, found = read_fields(entry, INPUT, of=f"input '{name}'", strict=strict)
    schema, schema_faults = read_schema(values["schema"])
    metadata = dict(values["metadata"] or {})
    contract, contract_faults = read_contract(values["schema_contract"])
    faults += [*found, *(fault.under("schema") for fault in schema_faults)]
    faults += [fault.under("schema_contract") for fault in contract_faults]
    if "quarantine" in (contract.columns, contract.types) and values["on_bad_rows"] != "quarantine":
        what = "'schema_contract: quarantine' sets rows aside, and bad rows of this input fail the run"
        faults.append(FieldFault(("schema_contract",), what, "add `on_bad_rows: quarantine`"))
    required = values["required"]
    if "required" in metadata:
        inner = metadata.pop("required")
        if "required" in entry:
            what = f"input '{name}' says 'required' twice: on itself and under 'metadata'"
            faults.append(FieldFault(("metadata", "required"), what, "keep one"))
        elif problem := REQUIRED_IN_METADATA.problem(inner):
            faults.append(FieldFault(("metadata", "required"), *problem))
        else:
            required = inner
    if values["on_bad_rows"] == "fail":
        for limit in ("max_bad_rows", "max_bad_ratio"):
            if values[limit] is not None:
                what = f"'{limit}' says how many bad rows may be set aside, and none is"
                faults.append(FieldFault((limit,), what, "add `on_bad_rows: quarantine`, or remove it"))
    return Input(
        name=name,
        uri=values["uri"] or f"{name}.{values['kind']}",
        kind=values["kind"],
        combine_strategy=values["combine_strategy"],
        required=required,
        metadata=metadata or EMPTY,
        schema=schema,
        schema_contract=contract,
        on_drift=values["on_drift"],
        on_bad_rows=values["on_bad_rows"],
        max_bad_rows=values["max_bad_rows"],
        max_bad_ratio=values["max_bad_ratio"],
    )


def read_steps(value: list[Any], strict: bool) -> tuple[list[tuple[KeyPath, Step]], Faults]:
    """The steps with the path each is written at.

    One without a usable `id` or `uses` still stands, with an empty text there, because what it makes is
    no fault of the steps that read it.
    """
    steps: list[tuple[KeyPath, Step]] = []
    faults: Faults = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(value):
        path: KeyPath = ("steps", index)
        if not isinstance(entry, Mapping):
            what = f"a step must be a mapping with 'id' and 'uses', not {shown(entry)}"
            faults.append(FieldFault(path, what))
            continue
        values, found = read_fields(entry, STEP, of="step", strict=strict)
        faults += [fault.under(*path) for fault in found]
        step_id = values["id"] or ""
        if step_id and step_id in seen:
            what = f"the step id '{step_id}' stands twice: steps {seen[step_id] + 1} and {index + 1} of the list"
            faults.append(FieldFault((*path, "id"), what, "give each step an id of its own"))
        seen.setdefault(step_id, index)
        bindings = {name: read_binding(each) for name, each in (values["with"] or {}).items()}
        steps.append((path, Step(id=step_id, uses=values["uses"] or "", bindings=bindings)))
    return steps, faults


def read_outputs(value: Mapping[str, Any], strict: bool) -> tuple[list[tuple[KeyPath, Output]], Faults]:
    """The outputs with the path each is written at, in either form."""
    faults: Faults = []
    entries: list[tuple[KeyPath, Any]] = []
    listed = value.get("datasets", ())
    if isinstance(listed, list | None):
        entries = [(("outputs", "datasets", index), each) for index, each in enumerate(listed or [])]
        if strict:
            table = (Field("datasets"),)
            faults += [fault.under("outputs") for fault in read_fields(value, table, of="outputs")[1]]
    else:
        for name, each in value.items():
            entry = {SHORT_FORMS["outputs"]: each} if isinstance(each, str) else each
            if isinstance(entry, Mapping) and "name" in entry:
                what = f"output '{name}' has its name already; 'name' belongs to the list form"
                faults.append(FieldFault(("outputs", name, "name"), what, "remove it"))
            entries.append((("outputs", name), {**entry, "name": name} if isinstance(entry, Mapping) else entry))
    outputs: list[tuple[KeyPath, Output]] = []
    for path, entry in entries:
        output, found = _output(entry, [each.name for _, each in outputs], strict)
        faults += [fault.under(*path) for fault in found]
        if output:
            outputs.append((path, output))
    return outputs, faults


def _output(entry: Any, taken: list[str], strict: bool) -> tuple[Output | None, Faults]:
    if not isinstance(entry, Mapping):
        return None, [FieldFault((), f"an output must be a mapping with 'name' and 'from', not {shown(entry)}")]
    values, faults = read_fields(entry, OUTPUT, of="output", strict=strict)
    sort_by, found = read_sort_keys(values["sort_by"], strict)
    faults += [fault.under("sort_by") for fault in found]
    name, source = values["name"], values["from"]
    if name in taken:
        faults.append(FieldFault(("name",), f"the output name '{name}' stands twice", "give each output its own name"))
    if not name or not source or name in taken:
        return None, faults
    metadata, parted = dict(values["metadata"] or {}) or EMPTY, tuple(values["partition_by"] or ())
    return Output(name, source, values["kind"], values["uri"], metadata, parted, sort_by), faults


def read_rejected(value: Any, strict: bool) -> tuple[Rejected | None, Faults]:
    """Where rejected rows go; a bare text is the uri, and null says nothing of it."""
    if value is None:
        return None, []
    entry = {SHORT_FORMS["rejected"]: value} if isinstance(value, str) else value
    values, faults = read_fields(entry, REJECTED, of="rejected", strict=strict)
    return Rejected(**values), [fault.under("rejected") for fault in faults]


def read_execution(value: Any, strict: bool) -> tuple[Execution, Faults]:
    """How to run; a bare text is the mode."""
    entry = {SHORT_FORMS["execution"]: value} if isinstance(value, str) else value or {}
    values, faults = read_fields(entry, EXECUTION, of="execution", strict=strict)
    return Execution(**values), [fault.under("execution") for fault in faults]
