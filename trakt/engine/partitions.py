"""Partitioned outputs: rows dealt out to files by the values of some columns, in folders as Hive names them.

`partition_by: [country, day]` makes `orders/country=AT/day=2026-02-05/part-0.csv`. The columns are in the names and not
in the files. How names are escaped, and the one for a missing value, are Apache Hive's (`FileUtils.escapePathName`):
Spark, Athena and Arrow read them.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.engine.output_table import Checked, noted
from trakt.engine.places import joined
from trakt.engine.plan import PlannedOutput
from trakt.engine.records import OutputRecord
from trakt.errors import Fault, OutputError, did_you_mean
from trakt.formats import TableWriter, format_for
from trakt.schema.render import render_text, value_text
from trakt.storage import Staged

MOST = 256
"""Files of one output: all of them are open until the last row has come."""

MISSING = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = re.compile(r"[\x01-\x1f\x7f\"#%'*/:=?\\{\[\]^]")

Stage = Callable[[str], Staged]


class _FixesTypes(Protocol):
    """What the writer of a table's file can do beside writing."""

    words: Mapping[str, str]

    def fix_types(self, words: Mapping[str, str]) -> None: ...


def folder_of(columns: Sequence[str], values: Sequence[str | None]) -> str:
    """`country=AT/day=2026-02-05`; Hive knows no blank value, and takes it for a missing one."""
    return "/".join(
        f"{_escaped(name)}={_escaped(value) if value else MISSING}" for name, value in zip(columns, values, strict=True)
    )


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", text)


class _Measured:
    """A stream that knows how much was written to it, and its checksum."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._stream, self._where = stream, where
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._digest.update(view)
        self.bytes += view.nbytes
        try:
            self._stream.write(view)
        except OSError as fault:
            what, hint = str(fault.strerror or fault).lower(), "check that the disk has room"
            raise OutputError(what, where=self._where, hint=hint) from fault
        return view.nbytes

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@dataclass
class _Part:
    """One file in the making."""

    uri: str
    writer: TableWriter
    measured: _Measured
    rows: int = 0

    def entry(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {"path": self.uri, "rows": self.rows, "bytes": self.measured.bytes, "sha256": self.measured.sha256}


class PartitionedTable:
    """One partitioned output in the making; like `trakt.engine.output_table.OutputTable`, with a file per partition.

    Args:
        stage: begins a file, which is published with the other outputs.
    """

    def __init__(self, planned: PlannedOutput, stage: Stage, record: OutputRecord) -> None:
        self._planned, self._stage, self._record = planned, stage, record
        self._by = planned.wanted.partition_by
        self._where = f"output '{planned.wanted.name}'"
        self._checked = Checked(self._where)
        self._parts: dict[str, _Part] = {}
        record.bytes_so_far = lambda: sum(part.measured.bytes for part in list(self._parts.values()))

    def write(self, frame: Any) -> None:
        """Add a frame.

        Raises:
            OutputError: it is no frame, lacks a column to part by, or there are too many partitions.
        """
        self._checked.check(frame)
        self._require_columns(frame)
        began = time.perf_counter()
        names = [value_text(name) for name in frame.columns]
        rest = [position for position, name in enumerate(names) if name not in self._by]
        for folder, rows in self._dealt(frame, names):
            part = self._parts.get(folder) or self._begun(folder)
            part.writer.write(rows.iloc[:, rest])
            part.rows += len(rows)
        self._record.seconds += time.perf_counter() - began
        noted(self._record, frame)

    def close(self) -> None:
        """All rows are there: note sizes and checksums."""
        began = time.perf_counter()
        for part in self._parts.values():
            part.writer.close()
        files = [part.entry() for _, part in sorted(self._parts.items())]
        self._record.files = files
        if self._planned.table and self._parts:
            # all parts share their types
            self._record.words = cast("_FixesTypes", next(iter(self._parts.values())).writer).words
        self._record.bytes = sum(file["bytes"] for file in files)
        told = "".join(f"{file['sha256']} {folder}\n" for file, folder in zip(files, sorted(self._parts), strict=True))
        self._record.sha256 = hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()
        self._record.seconds += time.perf_counter() - began

    def abort(self) -> None:
        """Nothing more will come."""

    def _dealt(self, frame: pd.DataFrame, names: Sequence[str | None]) -> Iterator[tuple[str, pd.DataFrame]]:
        """The rows of each partition, in their order."""
        if not len(frame):
            return
        if not self._by:
            yield "", frame
            return
        try:
            texts = [pc.fill_null(render_text(frame.iloc[:, names.index(name)]), "") for name in self._by]
        except TypeError as fault:
            hint = "part by columns of text, numbers or dates"
            raise OutputError(str(fault), where=self._where, hint=hint) from fault
        keys = pa.StructArray.from_arrays([text.dictionary_encode().indices for text in texts], list(self._by))
        groups = pd.DataFrame({name: keys.field(name).to_numpy() for name in self._by}).groupby(
            list(self._by), sort=False
        )
        for rows in groups.indices.values():
            first = int(rows[0])
            yield folder_of(self._by, [text[first].as_py() for text in texts]), frame.iloc[rows]

    def _begun(self, folder: str) -> _Part:
        if len(self._parts) == MOST:
            names = ", ".join(f"'{name}'" for name in self._by)
            raise OutputError(
                f"over {MOST} partitions by {names}",
                where=self._where,
                hint="part by a column of fewer values, or make one in a step: a month in place of a day",
            )
        kind = format_for(self._planned.wanted.kind)
        uri = joined(self._planned.uri, f"{folder}/{self._planned.file_name}".lstrip("/"))
        staged = self._stage(uri)
        measured = _Measured(staged.stream, self._where)
        writer = kind.open_output(self._planned.wanted, cast("IO[bytes]", measured))
        if self._planned.table:
            cast("_FixesTypes", writer).fix_types(self._planned.table.columns)
        # one table has one type for a column, in whichever of its files
        share = getattr(writer, "share_types", None)
        if share and self._parts:
            share(next(iter(self._parts.values())).writer)
        part = self._parts[folder] = _Part(uri, writer, measured)
        return part

    def _require_columns(self, frame: pd.DataFrame) -> None:
        names = [value_text(name) or "" for name in frame.columns]
        if missing := [name for name in self._by if name not in names]:
            whats = {name: f"`partition_by` names '{name}', which is no column" for name in missing}
            raise OutputError.of(
                Fault(
                    what,
                    self._where,
                    did_you_mean(name, names) or f"its columns: {', '.join(names)}",
                    Fault(what, self._where),
                )
                for name, what in whats.items()
            )
        if not set(names) - set(self._by):
            hint = "leave one of them out of `partition_by`"
            raise OutputError("all of its columns stand in `partition_by`", where=self._where, hint=hint)
