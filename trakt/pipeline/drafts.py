"""The parts of a pipeline built in Python: inputs and steps in the making, each a frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trakt.errors import Fault, PipelineError
from trakt.pipeline.bindings import read_binding
from trakt.pipeline.fields import FieldFault, shown
from trakt.pipeline.model import EMPTY, Binding, Const, Input, Ref, StepFunction
from trakt.pipeline.yaml_fields import read_inputs


@dataclass(frozen=True, slots=True)
class Artifact:
    """An input in the making, and a name that steps can be bound to."""

    name: str
    options: Mapping[str, Any] = EMPTY

    def as_kind(self, kind: str) -> Artifact:
        """Read it as this format: `csv` unless said otherwise."""
        return self._saying("as_kind", kind=kind)

    def at(self, uri: str) -> Artifact:
        """Read it from this file, directory, glob or comma list of them."""
        return self._saying("at", uri=uri)

    def combine(self, strategy: str) -> Artifact:
        """How several files become one table: `concat`, `validate_schema` or `union_by_name`."""
        return self._saying("combine", combine_strategy=strategy)

    def with_schema(self, schema: Any) -> Artifact:
        """Declare its columns and types, in any of the three shapes that YAML knows."""
        return self._saying("with_schema", schema=schema)

    def quarantine(self, *, max_rows: int | None = None, max_ratio: float | None = None) -> Artifact:
        """Set bad rows aside, so many at most, in rows and as a share of all rows."""
        return self._saying("quarantine", on_bad_rows="quarantine", max_bad_rows=max_rows, max_bad_ratio=max_ratio)

    def schema_contract(self, columns: str = "evolve", types: str = "evolve") -> Artifact:
        """What of its columns (`evolve`, `freeze` or `discard`) and types (`evolve` or `freeze`) may change."""
        return self._saying("schema_contract", schema_contract={"columns": columns, "types": types})

    def on_drift(self, what: str) -> Artifact:
        """What to do when it is no longer like that of the last run: `ignore`, `warn` or `fail`."""
        return self._saying("on_drift", on_drift=what)

    def meta(self, **metadata: Any) -> Artifact:
        """Add to its `metadata`: options of the format, and `required=False`."""
        return self._saying("meta", metadata={**self.options.get("metadata", {}), **metadata})

    def _saying(self, call: str, **options: Any) -> Artifact:
        artifact = Artifact(self.name, {**self.options, **options})
        input_of(artifact, f"artifact({self.name!r}).{call}()")
        return artifact


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step in the making."""

    id: str
    uses: str | StepFunction
    bindings: Mapping[str, Binding] = EMPTY

    def input(self, /, **artifacts: Any) -> StepDraft:
        """Bind inputs to artifacts: a ref, an artifact, a name, or lists and mappings of them."""
        where = self._call("input")
        return self._binding(where, {name: _artifacts(each, where, name, "params") for name, each in artifacts.items()})

    def params(self, /, **literals: Any) -> StepDraft:
        """Bind inputs to literal values, texts included."""
        where = self._call("params")
        return self._binding(where, {name: _literal(each, where, name) for name, each in literals.items()})

    def output(self, /, **names: Any) -> StepDraft:
        """Name the artifacts that its outputs become: a name or ref, or lists and mappings of them."""
        where = self._call("output")
        return self._binding(where, {name: _artifacts(each, where, name, None) for name, each in names.items()})

    def bind(self, /, **bindings: Any) -> StepDraft:
        """Bind as `with:` does in YAML: a bare text names an artifact, `const(...)` is a literal."""
        return self._binding(self._call("bind"), {name: read_binding(_plain(each)) for name, each in bindings.items()})

    def _call(self, name: str) -> str:
        return f"step({self.id!r}).{name}()"

    def _binding(self, where: str, bindings: Mapping[str, Binding]) -> StepDraft:
        for name in bindings:
            if name in self.bindings:
                raise PipelineError(f"'{name}' is bound already", where=where, hint="bind each name once")
        return replace(self, bindings={**self.bindings, **bindings})


def input_of(artifact: Artifact, where: str) -> Input:
    """The input an artifact describes; `where` is the call that described it."""
    read, faults = read_inputs({artifact.name: artifact.options}, strict=True)
    raise_for(faults, where)
    return read[0]


def raise_for(faults: Iterable[FieldFault], where: str) -> None:
    """Raise one PipelineError for all faults of a call, if there are any."""
    if told := [Fault(each.what, where, each.hint) for each in faults]:
        raise PipelineError.of(told)


def _artifacts(value: Any, where: str, name: str, instead: str | None) -> Binding:
    """A binding that holds artifacts only."""
    if isinstance(value, Artifact | Ref):
        return Ref(value.name)
    if isinstance(value, str) and value.strip():
        return Ref(value)
    if isinstance(value, list | tuple):
        return tuple(_artifacts(each, where, name, instead) for each in value)
    if isinstance(value, Mapping):
        return {key: _artifacts(each, where, name, instead) for key, each in value.items()}
    hint = f"give literals in .{instead}({name}=...)" if instead else None
    raise PipelineError(f"'{name}' must be an artifact, not {shown(value)}", where=where, hint=hint)


def _literal(value: Any, where: str, name: str) -> Const:
    if isinstance(value, Const):
        return value
    if _holds_artifact(value):
        hint = f"give artifacts in .input({name}=...)"
        raise PipelineError(f"'{name}' holds an artifact, and must be a literal", where=where, hint=hint)
    return Const(value)


def _holds_artifact(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_artifact(each) for each in value)
    if isinstance(value, Mapping):
        return any(_holds_artifact(each) for each in value.values())
    return isinstance(value, Ref | Artifact)


def _plain(value: Any) -> Any:
    """`value` with artifacts as the refs they stand for."""
    if isinstance(value, Artifact):
        return Ref(value.name)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value
