"""What is known of each input, step and output of a run, and how the manifest says it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trakt.engine.accounting import Equation, file_equation, input_equation, step_equation
from trakt.engine.plain import plain
from trakt.formats import FileFacts
from trakt.pipeline.graph import ResolvedStep
from trakt.schema import LogicalType

if TYPE_CHECKING:
    from trakt.engine.stream import Tap


@dataclass(slots=True)
class Look:
    """How far one file has been read: rows, good and bad, and stored bytes, in each of its passes."""

    typed_rows: int = 0
    typed_bytes: int = 0
    is_typed: bool = False
    rows: int = 0
    bytes: int = 0


@dataclass(slots=True)
class InputRecord:
    """What is known of one input: its plan's entry, then each file's facts, complete when it has drained.

    Attributes:
        looks: how far each file is read, by its uri.
        query: of an input that is one, what was asked, and what that cost.
        opening_seconds: what it took until its first chunk could be asked for: heads, and types.
    """

    source: str
    kind: str
    absent: bool
    files: Sequence[FileFacts] = ()
    etags: Mapping[str, str | None] = field(default_factory=dict)
    types: Mapping[str, LogicalType] = field(default_factory=dict)
    blank: Collection[str] = ()
    nulls: Mapping[str, int] = field(default_factory=dict)
    tap: Tap | None = None
    looks: dict[str, Look] = field(default_factory=dict)
    opening_seconds: float = 0.0
    query: Mapping[str, Any] | None = None

    def seen(self, uri: str, rows: int, read: int) -> None:
        """A block of a file was read: so many rows and stored bytes so far, in this pass."""
        look = self.looks[uri]
        if self.tap is None:
            look.typed_rows, look.typed_bytes, look.is_typed = rows, read, True
        else:
            look.rows, look.bytes = rows, read

    def entry(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "source": self.source,
            "kind": self.kind,
            "absent": self.absent,
            "files_read": sum(file.rows is not None for file in self.files),
            "rows": self.tap.rows if self.tap else None,
            "rejected": sum(file.rejected for file in self.files) if self.tap else None,
            "duration_ms": round((self.opening_seconds + self.tap.seconds) * 1000, 3) if self.tap else None,
            "lines": input_equation(self.files),
            "schema": {name: str(kind) for name, kind in self.types.items()},
            "nulls": dict(self.nulls),
            "files": [_file_entry(file, self.etags.get(file.uri)) for file in self.files],
            **({"query": plain(self.query)} if self.query else {}),
        }


def _file_entry(file: FileFacts, etag: str | None) -> dict[str, Any]:
    known = {"uri": file.uri, "bytes": file.bytes, "sha256": file.sha256, "etag": etag}
    return {**known, "rows": file.rows, "rejected": file.rejected, "lines": file_equation(file), **(file.details or {})}


@dataclass(slots=True)
class StepRecord:
    """What is known of one step.

    Attributes:
        taken, made: the streams it reads and makes.
        finished: nothing more will flow, and the numbers are final.
    """

    step: ResolvedStep
    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    seconds: float = 0.0
    outputs: list[str] = field(default_factory=list)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    status: str = "success"
    taken: list[Tap] = field(default_factory=list)
    made: list[Tap] = field(default_factory=list)
    finished: bool = False

    @property
    def duration_ms(self) -> float:
        """Time spent in the step's own code, in milliseconds."""
        return round(self.seconds * 1000, 3)

    @property
    def counts(self) -> dict[str, int | float]:
        """As its span tells them."""
        numbers = {f"metric.{name}": value for name, value in self.metrics.items() if isinstance(value, (int, float))}
        return {"rows.in": self.rows_in, "rows.out": self.rows_out, "duration.ms": self.duration_ms, **numbers}

    @property
    def equation(self) -> Equation:
        """What became of its rows. A step that makes nothing consumes what it reads."""
        said = self.metrics if self.step.makes else {"rows_consumed": self.rows_in - self.rows_rejected}
        return step_equation(self.rows_in, self.rows_out, self.rows_rejected, said)

    def entry(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "step_id": self.step.id,
            "uses": self.step.uses,
            "status": self.status,
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "duration_ms": self.duration_ms,
            "inputs": list(self.step.reads),
            "outputs": self.outputs,
            "accounting": self.equation,
            "metrics": plain(self.metrics),
            "rows_dropped": plain(self.metrics.get("rows_dropped")),
            "rows_unmatched": plain(self.metrics.get("rows_unmatched", self.metrics.get("unmatched"))),
        }


@dataclass(slots=True)
class OutputRecord:
    """What is known of one output; size and checksum when its last row is written.

    Attributes:
        seconds: spent rendering and writing it.
        bytes_so_far: how many are written yet.
        is_folder, partition_by, files: whether it has several files, the columns by which it is parted, and its files;
            of a run that failed, those that an earlier one has left, for the next one to replace.
        words: of a table, the catalog's words for the types of its columns.
        table: of a table, what it is called and what was done in the catalog.
    """

    path: str
    kind: str
    source: str
    rows: int = 0
    bytes: int | None = None
    sha256: str | None = None
    types: dict[str, LogicalType | None] = field(default_factory=dict)
    seconds: float = 0.0
    bytes_so_far: Callable[[], int] = int
    partition_by: Sequence[str] = ()
    files: Sequence[Mapping[str, Any]] = ()
    is_folder: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    table: Mapping[str, Any] | None = None

    def entry(self) -> dict[str, Any]:
        """As the manifest has it; a column that never had a value is text."""
        schema = {name: str(kind or LogicalType.STRING) for name, kind in self.types.items()}
        return {
            "path": self.path,
            "kind": self.kind,
            "source": self.source,
            "rows": self.rows,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "duration_ms": round(self.seconds * 1000, 3),
            "schema": schema,
            **({"partition_by": list(self.partition_by), "files": list(self.files)} if self.is_folder else {}),
            **({"table": dict(self.table)} if self.table else {}),
        }
