"""Frames as Parquet: kept until the types of all of them are known, then written in row groups of one size."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trakt.errors import OutputError
from trakt.formats.parquet.frames import Column, kept
from trakt.formats.parquet.options import WriteOptions
from trakt.formats.parquet.spool import Spool
from trakt.formats.regrouped import regrouped
from trakt.schema.frames import logical_types
from trakt.schema.render import value_text

_ROWS_AT_ONCE = 1 << 16


class ParquetOutput:
    """See `trakt.formats.TableWriter`. The bytes depend on the rows alone, not on how they came; no index is written.

    Nothing is written before `close`.
    """

    def __init__(self, name: str, options: WriteOptions, stream: IO[bytes]) -> None:
        self._where = f"output '{name}'"
        self._options = options
        self._stream = stream
        self._spool = Spool()
        # a run that fails does not close its outputs
        weakref.finalize(self, self._spool.close)
        self._columns: dict[str, Column] | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """See `trakt.formats.TableWriter.write`."""
        names = [value_text(column) or "" for column in frame.columns]
        if self._columns is None:
            if not names:
                hint = "let a step make a column; CSV can be written without any"
                raise OutputError("a Parquet file needs at least one column", where=self._where, hint=hint)
            self._columns = {name: self._column(name) for name in names}
        elif names != list(self._columns):
            raise OutputError(
                f"the columns changed from {', '.join(self._columns)} to {', '.join(names)}",
                where=self._where,
                hint="give every chunk the same columns in the same order",
                unquoted=f"the columns changed from {len(self._columns)} to {len(names)}, or their names or order",
            )
        kinds = logical_types(frame)
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            part = frame.iloc[start : start + _ROWS_AT_ONCE]
            arrays = []
            for position, (name, column) in enumerate(self._columns.items()):
                try:
                    arrays.append(kept(part.iloc[:, position], kinds[name]))
                except TypeError as fault:
                    raise column.error(str(fault)) from fault
                except (pa.ArrowException, OverflowError, ValueError) as fault:
                    raise column.error(f"holds a value that is no {kinds[name]} a Parquet file has") from fault
                column.observe(arrays[-1], kinds[name])
            self._spool.put(pa.table(arrays, list(self._columns)))

    def _column(self, name: str) -> Column:
        return Column(f"{self._where}, column '{name}'")

    def share_types(self, other: ParquetOutput) -> None:
        """What columns are written as is decided over the rows of both: they are files of one table."""
        self._columns = other._columns

    def close(self) -> None:
        """See `trakt.formats.TableWriter.close`."""
        columns = self._columns or {}
        schema = pa.schema([(name, column.arrow) for name, column in columns.items()])
        compression, sink = self._options.compression, _Sink(self._stream)
        with pq.ParquetWriter(sink, schema, compression=compression, write_page_checksum=True) as writer:
            for group in regrouped(self._tables(schema), self._options.row_group_rows):
                # an empty row group would say nothing
                if group.num_rows:
                    writer.write_table(group, row_group_size=self._options.row_group_rows)
        self._spool.close()

    def _tables(self, schema: pa.Schema) -> Iterator[pa.Table]:
        yield schema.empty_table()
        for table in self._spool.tables():
            columns = self._columns or {}
            arrays = [column.written(table.column(name)) for name, column in columns.items()]
            yield pa.table(arrays, schema=schema)


class _Sink:
    """As much of a file as Arrow wants to write to; who gave the stream closes it."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, data: Any) -> int:
        return self._stream.write(bytes(data))

    def flush(self) -> None:
        """What is below has its own time for that."""

    def close(self) -> None:
        self.closed = True
