"""How bytes become tables, and tables bytes. A format never asks where the bytes live.

    formats/
      __init__   the port, and the table of formats by kind
      text/      what all formats of text share
      csv/       delimited text
      jsonl/     JSON Lines
      fixed_width/ text in which each field has its place
      parquet/   Apache Parquet
      excel/     workbooks of Excel
      table/     tables of a data catalog
      athena/    results of queries
      regrouped  tables of any sizes as tables of one size
      seekable   a stored file in which a reader can seek
      part       a file that is read apart from the others of its input
      inspection what was found out about a file
      offered    formats of other packages

A format is a module that satisfies `Format`, listed in `FORMATS` or offered by a package. Importing it is cheap; what
it needs to read or write is imported when it does.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar, cast

from trakt.errors import PipelineError, did_you_mean, one_of
from trakt.formats.inspection import Inspection
from trakt.formats.offered import load, offered_kinds, require_no_clash
from trakt.pipeline.fields import FieldFault, Problem
from trakt.pipeline.json_schema import MetadataKeys
from trakt.pipeline.model import Input, Output
from trakt.schema import LogicalType

if TYPE_CHECKING:
    import pandas as pd


Opener = Callable[[], IO[bytes]]
OpenerAt = Callable[[int], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole rows of a large file that are read by themselves.

    Attributes:
        start, end: where they lie, in stored bytes; the head of the file belongs to the first.
        first_line: the physical line that begins at `start`, from 1.
        sha256: of these bytes.
    """

    start: int
    end: int
    first_line: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stretches:
    """A whole file in stretches, none where it cannot be cut; `sha256` is that of all its bytes."""

    each: Sequence[Stretch]
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a file that cannot be taken.

    Attributes:
        line: the physical line, from 1, on which it begins; in a file without lines, the number of the row.
        byte: where it begins, in bytes from 0, in the file as it is stored, or unpacked; None where that is no place.
        reason: why, as a code.
        column: the column it is about, if it is about one.
        what, hint: why, in words, and what to do; `unquoted` says it where the client's data must not go.
        text: the row as it stands there, without its line end; bytes that are no text as `\\xe9`.
        stored: its bytes, where the text does not say them.
    """

    line: int
    byte: int | None
    reason: str
    column: str | None
    what: str
    text: str
    stored: bytes | None = None
    hint: str | None = None
    unquoted: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read.

    Attributes:
        uri: its name for people.
        bytes: its size.
        open: opens it (again) at its start.
        seen: to be called after each block with the rows, and the stored bytes, read so far in this pass; it raises to
            end the reading.
        set_aside: to be called with each bad row, once and in the order of the file, before later rows are given; it
            raises when there are too many. None: a bad row is a fault of the file.
        stretch: the part of it that is to be read; None: all of it.
        open_at: opens it (again) at that byte; None where that cannot be had: a stretch needs it.
    """

    uri: str
    bytes: int
    open: Opener
    seen: Callable[[int, int], None] = lambda rows, read: None  # noqa: ARG005
    set_aside: Callable[[BadRow], None] | None = None
    stretch: Stretch | None = None
    open_at: OpenerAt | None = None


@dataclass(slots=True)
class FileFacts:
    """What is known of one file once it was read to its end.

    Attributes:
        sha256: of the stored bytes.
        rows: rows it gave.
        rejected: rows that were set aside.
        discarded: column to how many of its values were discarded, for not being of its type.
        lines: what became of its physical lines, for a format that has lines: `total` of them, and how many are
            `header`, `skipped`, `blank`, or `continued` (of rows that have more than one); the others are rows.
        details: what the format found or chose (delimiter, encoding).
    """

    uri: str
    bytes: int
    sha256: str | None = None
    rows: int | None = None
    rejected: int = 0
    discarded: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[str, int] | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HeadRows:
    """How many whole rows the head of a file holds, and how many of its bytes they take."""

    rows: int
    bytes: float


class TableReader(Protocol):
    """All files of one input, as one table."""

    @property
    def files(self) -> Sequence[FileFacts]:
        """Facts of each file, complete when `chunks` is exhausted."""

    @property
    def types(self) -> Mapping[str, LogicalType]:
        """Column name to logical type, in column order; known before the first chunk."""

    @property
    def blank(self) -> Collection[str]:
        """Columns without a single value, as far as that is known before the first chunk: their type means nothing."""

    @property
    def nulls(self) -> Mapping[str, int]:
        """Column name to how many values are missing in the chunks so far."""

    @property
    def notes(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Events worth telling: name and attributes."""

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """The table in frames of `rows` rows each (the last may be shorter; None: one frame), at least one.

        Raises:
            InputError: a file is not what was declared; every fault of the file is listed.
        """


T = TypeVar("T")


class Everywhere(Protocol):
    """Does a piece of work with each file of an input, anywhere; both are plain data, so that any process may."""

    def cut(self, find: Callable[[SourceFile, int], Stretches]) -> None:
        """Let large files be read in stretches of so many bytes at least, from now on."""

    def __call__(self, work: Callable[[SourceFile], T], uris: Sequence[str]) -> Iterable[Sequence[T]]:
        """What it says of each file, or of each of its stretches, in the order of `uris`.

        It raises what `work` says of the first file that fails, as a whole.
        """


class FilesApart(Protocol):
    """All files of one input, of which each is to be read by itself, with the columns and types of them all.

    As a `TableReader` it has `files`, `types`, `blank` and `notes`; the facts of a file that only its reading tells are
    told by the reader of that file.
    """

    @property
    def files(self) -> Sequence[FileFacts]: ...

    @property
    def types(self) -> Mapping[str, LogicalType]: ...

    @property
    def blank(self) -> Collection[str]: ...

    @property
    def notes(self) -> Sequence[tuple[str, Mapping[str, Any]]]: ...

    @property
    def reading(self) -> Callable[[SourceFile], TableReader]:
        """Begins to read one file of these; plain data, so that any process may."""


class TableWriter(Protocol):
    """One output table in the making."""

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows.

        Raises:
            OutputError: the columns are not those of the frames before, or a value cannot be written.
        """

    def close(self) -> None:
        """Write what is still held back. The stream stays open: it is the caller's."""


class Rendering(Protocol):
    """Makes text of some rows of an output, wherever they are; who writes the output puts it in its place."""

    def columns(self, frame: pd.DataFrame) -> Sequence[str]:
        """Its columns, as they are called in the output."""

    def text(self, frame: pd.DataFrame) -> bytes:
        """Its rows in UTF-8, in no compression, without what stands before the first row of the output.

        Raises:
            OutputError: as `TableWriter.write`.
        """


class RenderedWriter(TableWriter, Protocol):
    """A writer that takes rows as text, too."""

    def write_rendered(self, columns: Sequence[str], text: bytes) -> None:
        """Add rows of these columns, of which a `Rendering` of the same output has made the text.

        Raises:
            OutputError: the columns are not those of the rows before, or a character cannot be written.
        """


Row = str | bytes | Mapping[str, str | None]
"""A row by itself: its text, its bytes where they are no text, or the texts of its columns."""


class Format(Protocol):
    """One kind of file."""

    SUFFIXES: tuple[str, ...]
    """Endings, in lower case, of the files of a directory that are of this kind."""

    INPUT_METADATA: MetadataKeys
    """The keys that an input may have under `metadata`."""

    OUTPUT_METADATA: MetadataKeys
    """Those of an output."""

    def check_input(self, wanted: Input, strict: bool) -> list[FieldFault]:
        """What is wrong with an input's metadata, by key path from the input; unknown keys only when `strict`."""

    def check_output(self, wanted: Output, strict: bool) -> list[FieldFault]:
        """What is wrong with an output's metadata or uri, by key path from the output."""

    def describe_input(self, wanted: Input) -> Mapping[str, Any]:
        """The options in force, for the plan."""

    def rows_in_head(self, wanted: Input, head: bytes, is_whole: bool) -> HeadRows | None:
        """The rows in the first bytes of a file, unpacked, for an estimate; None where these do not tell.

        Raises nothing: what is wrong with the file is told by who reads it.
        """

    def open_input(self, wanted: Input, files: Sequence[SourceFile]) -> TableReader:
        """Start reading; looks at the head of each file, and at all of them when types are to be inferred."""

    def open_output(self, wanted: Output, stream: IO[bytes]) -> TableWriter:
        """Start writing to `stream`."""

    def inspect(self, source: SourceFile, rows: int | None) -> Inspection:
        """What a file is like of which nothing is declared, from all of it or from its first `rows`.

        Raises:
            InputError: it is of another kind, or so broken that it cannot be read at all.
        """

    def files_of(
        self, wanted: Input, columns: Sequence[str], rows: Sequence[Row], details: Mapping[str, str]
    ) -> Sequence[bytes]:
        """Files of an input that hold just these rows, at least one; `details` are those of a file read before.

        Raises:
            InputError: a row cannot be written as the input is to be read.
        """

    def pinned(self, wanted: Input, details: Mapping[str, str], types: Mapping[str, LogicalType]) -> Input:
        """An input that declares what was found out of a file (its `details`) and of its `types`.

        What the author declares goes before that.
        """


def reads_apart(kind: str) -> bool:
    """Whether files of this kind may be read each by itself: its format has `open_apart`.

    Raises:
        PipelineError: see `format_for`.
    """
    return hasattr(format_for(kind), "open_apart")


def open_apart(wanted: Input, files: Sequence[SourceFile], everywhere: Everywhere) -> FilesApart:
    """As `Format.open_input`, for files that are read apart; what needs all of a file is asked `everywhere`."""
    opened: FilesApart = format_for(wanted.kind).open_apart(wanted, files, everywhere)  # type: ignore[attr-defined]
    return opened


def renders_apart(kind: str) -> bool:
    """Whether the rows of an output of this kind may be made text of anywhere: its format has `rendering`.

    Its text is the same whatever rows come before, and its writers are `RenderedWriter`s.

    Raises:
        PipelineError: see `format_for`.
    """
    return hasattr(format_for(kind), "rendering")


def rendering_of(wanted: Output) -> Rendering:
    """Begin to make text of rows of an output whose kind `renders_apart`."""
    begun: Rendering = format_for(wanted.kind).rendering(wanted)  # type: ignore[attr-defined]
    return begun


FORMATS = {
    "csv": "trakt.formats.csv",
    "jsonl": "trakt.formats.jsonl",
    "fixed_width": "trakt.formats.fixed_width",
    "parquet": "trakt.formats.parquet",
    "excel": "trakt.formats.excel",
    "table": "trakt.formats.table",
    "athena": "trakt.formats.athena",
}
"""Kind to the module that is its format; packages offer more (`trakt.formats.offered`)."""

_DUTIES = (
    *Format.__annotations__,
    *(name for name, duty in vars(Format).items() if callable(duty) and not name.startswith("_")),
)


def is_packed(uri: str) -> bool:
    """Whether the file holds gzipped text, which its name says."""
    return uri.lower().endswith(".gz")


def known_kinds() -> tuple[str, ...]:
    """Every kind, those that packages offer behind Trakt's own.

    Raises:
        PipelineError: a kind is offered twice.
    """
    offered = offered_kinds()
    require_no_clash(offered, FORMATS)
    return (*FORMATS, *offered)


def unknown_kind(kind: str) -> Problem | None:
    """What to say of a kind that no format has, or whose format cannot be had, or None."""
    if kind in FORMATS:
        return None
    offered = offered_kinds()
    if kind not in offered:
        known = dict.fromkeys((*FORMATS, *offered))
        return f"unknown kind '{kind}'", did_you_mean(kind, known) or f"known kinds: {one_of(list(known))}"
    try:
        format_for(kind)
    except PipelineError as error:
        return error.faults[0].what, error.faults[0].hint
    return None


def format_for(kind: str) -> Format:
    """The format of a known kind.

    Raises:
        PipelineError: a package offers it, and it is broken, or is offered by another one too.
    """
    if kind in FORMATS:
        return cast(Format, importlib.import_module(FORMATS[kind]))
    require_no_clash([kind], FORMATS)
    return cast(Format, load(kind, _DUTIES))
