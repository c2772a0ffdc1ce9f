"""One file of an input, or a stretch of one: its columns from its footer, and its rows in batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from trakt.errors import Fault, InputError
from trakt.formats import FileFacts, SourceFile
from trakt.formats.parquet import int96
from trakt.formats.parquet.columns import Stored, kind_of
from trakt.formats.parquet.footer import ending
from trakt.formats.parquet.stretches import groups_of
from trakt.formats.seekable import seekable

_ROWS_AT_ONCE = 1 << 14
_READ_BYTES = 1 << 20


class ParquetFile:
    """One file. Its footer is read at once; `batches` reads its rows.

    Attributes:
        first_row: the number of the first that is read, from 1.
        columns: its columns by name, in the file's order; those of `only` where it names any.
        offered: the names of all of its columns.
        facts: what is known of it; the checksum when `batches` was exhausted.
    """

    def __init__(self, source: SourceFile, only: Sequence[str]) -> None:
        self._source = source
        self.uri, self.set_aside = source.uri, source.set_aside
        self.facts = FileFacts(source.uri, source.bytes)
        self.first_row = source.stretch.first_line if source.stretch else 1
        if source.stretch:
            self.facts.bytes = source.stretch.end - source.stretch.start
            self.facts.sha256 = source.stretch.sha256
        with ending(source) as stream, self._told():
            file = pq.ParquetFile(stream, coerce_int96_timestamp_unit="us")
            schema, metadata = file.schema_arrow, file.metadata
            self._require_columns(schema.names)
            self._metadata = metadata
            self.offered = tuple(schema.names)
            wanted = [name for name in schema.names if name in only] if only else schema.names
            self.columns = {name: _stored(metadata, schema, name) for name in wanted}
        self.facts.details = {"row_groups": metadata.num_row_groups, "created_by": metadata.created_by}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Its rows, in batches that depend on the file alone.

        Raises:
            InputError: its bytes are broken, or others than they were.
        """
        with seekable(self._source) as (stream, size, checksum), self._told():
            if size != self.facts.bytes or self.facts.sha256 not in (None, checksum):
                raise self._changed()
            metadata = self._metadata
            # a column that is not there any more would be one of missing values
            if not self._source.stretch and not pq.ParquetFile(stream).metadata.equals(metadata):
                raise self._changed()
            groups = groups_of(metadata, self._source.stretch)
            rows, total = 0, sum(metadata.row_group(group).num_rows for group in groups)
            for batch in self._batches_of(stream, metadata, groups):
                rows += batch.num_rows
                self._source.seen(rows, size * rows // max(total, 1))
                yield batch
            self.facts.sha256 = checksum

    def _batches_of(self, stream: Any, metadata: Any, groups: Sequence[int]) -> Iterator[pa.RecordBatch]:
        def read(names: Sequence[str], unit: str) -> Iterator[pa.RecordBatch]:
            file = pq.ParquetFile(
                stream,
                metadata=metadata,
                buffer_size=_READ_BYTES,
                pre_buffer=False,
                coerce_int96_timestamp_unit=unit,
                page_checksum_verification=True,
            )
            batches: Iterator[pa.RecordBatch] = file.iter_batches(_ROWS_AT_ONCE, row_groups=groups, columns=names)
            return batches

        batches, old = read(list(self.columns), "us"), int96.columns_of(metadata, list(self.columns))
        return int96.exact(batches, read(old, "ns"), old) if old else batches

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as fault:
            raise self._error(fault) from fault

    def _changed(self) -> InputError:
        hint = "run again when its sender is done"
        return InputError("changed while it was being read", where=self.uri, hint=hint)

    def _error(self, fault: Exception) -> InputError:
        what = f"cannot be read as Parquet: {str(fault).splitlines()[0].rstrip('.') if str(fault) else 'it is broken'}"
        hint = "ask its sender for the file again; if it is of another kind, name that in `kind`"
        if not self._source.bytes:
            what = "is empty, and so no Parquet file"
        return InputError(what, where=self.uri, hint=hint, unquoted=Fault("cannot be read as Parquet", self.uri, hint))

    def _require_columns(self, names: Sequence[str]) -> None:
        if not names:
            raise InputError("has no columns", where=self.uri, hint="ask its sender for the file again")
        if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            what, hint = f"columns stand twice: {', '.join(twice)}", "ask its sender to name them differently"
            raise InputError(what, where=self.uri, hint=hint, unquoted=Fault("columns stand twice", self.uri, hint))


def _stored(metadata: Any, schema: pa.Schema, name: str) -> Stored:
    arrow = schema.field(name).type
    return Stored(arrow, kind_of(arrow), _missing_values(metadata, name) != 0)


def _missing_values(metadata: Any, name: str) -> int | None:
    """How many values of a column are missing, where the footer says so of all of its row groups."""
    position = next((each for each in range(metadata.num_columns) if metadata.schema.column(each).path == name), None)
    if position is None:
        return None
    total = 0
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(position).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        total += statistics.null_count
    return total
