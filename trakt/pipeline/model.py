"""A pipeline as frozen values: what is read, done and written. Nothing here touches a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from trakt.errors import Fault
from trakt.pipeline.fields import FieldFault, KeyPath, Mark
from trakt.schema import Schema

Mode = Literal["batch", "stream"]
Engine = Literal["local", "spark"]
OnLimit = Literal["fail", "glue"]
OnDrift = Literal["ignore", "warn", "fail"]
Contract = Literal["evolve", "freeze", "discard", "quarantine"]
OnBadRows = Literal["fail", "quarantine"]
CombineStrategy = Literal["concat", "validate_schema", "union_by_name"]


class _Empty(Mapping[str, Any]):
    """A mapping with nothing in it; hashable, because Python 3.11 takes no other default for a frozen value's field."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"


EMPTY: Mapping[str, Any] = _Empty()


@dataclass(frozen=True, slots=True)
class Ref:
    """A binding to an artifact: an input, or what an earlier step made."""

    name: str


@dataclass(frozen=True, slots=True)
class Const:
    """A binding to a literal value, passed to the step as it is."""

    value: Any


Binding = Ref | Const | tuple["Binding", ...] | Mapping[str, "Binding"]
"""What stands behind one key of a step's `with:`; lists and maps nest."""

StepFunction = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Overlay:
    """What one client changes of a pipeline file, and the checksum of its bytes: see `trakt.pipeline.overlay`."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a pipeline was written, so that every fault can name its place.

    Attributes:
        path: the YAML file, or None for a pipeline built in Python.
        sha256: of that file's bytes.
        root: the folder whose modules `uses:` may name; step code is isolated per root.
        overlay: what was laid over it for one client.
        marks: where each key path is written.
    """

    path: Path | None = None
    sha256: str | None = None
    root: Path | None = None
    overlay: Overlay | None = None
    marks: Mapping[KeyPath, Mark] = field(default_factory=lambda: MappingProxyType({}))

    def mark(self, *path: str | int) -> Mark | None:
        """Where the longest known part of a key path is written."""
        return next((self.marks[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.marks), None)

    def where(self, *path: str | int) -> str:
        """`pipeline.yaml:12:5` for the longest known part of a key path, or the path itself in words."""
        words = ".".join(str(part) for part in path)
        if self.path is None:
            return words
        if mark := self.mark(*path):
            return f"{mark.file or self.path}:{mark.line}:{mark.column}"
        return f"{self.path}: {words}" if words else str(self.path)

    def fault(self, fault: FieldFault, *prefix: str | int) -> Fault:
        """A fault found under the key path `prefix`, with its place in this file."""
        return Fault(fault.what, self.where(*prefix, *fault.path), fault.hint)


@dataclass(frozen=True, slots=True)
class SchemaContract:
    """What of an input may change from one delivery to the next.

    Anything (`evolve`), nothing (`freeze`), or what is new is left out (`discard`), or its rows are (`quarantine`).
    """

    columns: Contract = "evolve"
    types: Contract = "evolve"

    @property
    def lets_all_pass(self) -> bool:
        """Whether it holds nothing."""
        return self == SchemaContract()


@dataclass(frozen=True, slots=True)
class Input:
    """One named input: a file, a directory, a glob or a comma list of them, read as one table.

    Attributes:
        schema_contract: what of its columns and types may change.
        on_drift: what to do when it is no longer like that of the last committed run.
        on_bad_rows: whether a row that cannot be taken fails the run or is set aside (`Pipeline.rejected`).
        max_bad_rows, max_bad_ratio: how many may be, in rows and as a share of all rows; one more fails the run.
    """

    name: str
    uri: str
    kind: str = "csv"
    combine_strategy: CombineStrategy = "concat"
    required: bool = True
    metadata: Mapping[str, Any] = EMPTY
    schema: Schema | None = None
    schema_contract: SchemaContract = SchemaContract()
    on_drift: OnDrift = "warn"
    on_bad_rows: OnBadRows = "fail"
    max_bad_rows: int | None = None
    max_bad_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step as written: what it uses and what is bound to its names."""

    id: str
    uses: str | StepFunction
    bindings: Mapping[str, Binding] = EMPTY


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column by which rows of an output are sorted."""

    column: str
    descending: bool = False

    def __str__(self) -> str:
        """As SQL says it."""
        return f"{self.column} descending" if self.descending else self.column


@dataclass(frozen=True, slots=True)
class Output:
    """One dataset to publish: the artifact it comes `source` (YAML `from`), and where it goes.

    `partition_by` names the columns by whose values its rows are dealt out to files; () makes one file. `sort_by` says
    by what its rows are sorted, in each of its files; () keeps them in the order in which they come.
    """

    name: str
    source: str
    kind: str = "csv"
    uri: str | None = None
    metadata: Mapping[str, Any] = EMPTY
    partition_by: tuple[str, ...] = ()
    sort_by: tuple[SortKey, ...] = ()

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, and its files stand in the manifest: it is parted, or a table that grows."""
        return bool(self.partition_by) or self.kind == "table"


REJECTED_URI = "rejected.jsonl"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Where rows go that are set aside; `raw_text` False leaves out what they read, for personal data."""

    uri: str = REJECTED_URI
    raw_text: bool = True


@dataclass(frozen=True, slots=True)
class Execution:
    """How to run: in one piece (`batch`) or chunk by chunk (`stream`), with `chunk_rows` rows each.

    Attributes:
        engine: who does the work: this process (`local`), or the executors of an Apache Spark (`spark`).
        strict_accounting: a step that does not say what became of each of its rows fails the run.
        max_batch_rows, on_limit: how many rows of a batch Lambda takes on, and what becomes of a larger one. No other
            runtime has a limit.
    """

    mode: Mode = "batch"
    chunk_rows: int | None = None
    max_batch_rows: int | None = None
    on_limit: OnLimit | None = None
    strict_accounting: bool = False
    engine: Engine = "local"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A whole pipeline. The order of inputs, steps and outputs is the author's; `version` is what they call it.

    `rejected` is None where the author says nothing of it.
    """

    name: str
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()
    outputs: tuple[Output, ...] = ()
    execution: Execution = Execution()
    origin: Origin = Origin()
    version: str | None = None
    rejected: Rejected | None = None

    def where(self, *path: str | int) -> str:
        """The place of a key path: in the YAML file, or in words for a pipeline built in Python."""
        return self.origin.where(*path) or f"pipeline '{self.name}'"
