"""Frames as the files of a table: Parquet with the names and types that its catalog has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

import pandas as pd

from trakt.errors import Fault, OutputError
from trakt.formats.parquet.frames import Column
from trakt.formats.parquet.options import WriteOptions
from trakt.formats.parquet.write import ParquetOutput
from trakt.formats.table.columns import TableColumn
from trakt.formats.table.names import is_kept, kept_name
from trakt.formats.table.options import TableOptions
from trakt.formats.table.types import word_of
from trakt.schema.render import value_text


class TableOutput(ParquetOutput):
    """See `trakt.formats.TableWriter`."""

    def __init__(self, name: str, options: TableOptions, stream: IO[bytes]) -> None:
        super().__init__(name, WriteOptions(options.compression, options.row_group_rows), stream)
        self._words = dict(options.columns)

    def fix_types(self, words: Mapping[str, str]) -> None:
        """Columns that the table has already, with the catalog's words for their types."""
        self._words |= words

    @property
    def words(self) -> Mapping[str, str]:
        """The catalog's words for what columns are written as, once all rows have come."""
        return {name: word_of(column.arrow) for name, column in (self._columns or {}).items()}

    def write(self, frame: pd.DataFrame) -> None:
        """See `trakt.formats.TableWriter.write`."""
        if self._columns is None:
            self._require_kept([value_text(name) or "" for name in frame.columns])
        super().write(frame)

    def _column(self, name: str) -> Column:
        return TableColumn(f"{self._where}, column '{name}'", self._words.get(name))

    def _require_kept(self, names: list[str]) -> None:
        if odd := [name for name in names if not is_kept(name)]:
            what = "columns of a table have lower-case letters, digits and _ in their names, and these have more"
            listed = ", ".join(f"'{name}'" for name in odd)
            news = ", ".join(f"'{name}': {kept_name(name)}" for name in odd)
            fault = Fault(f"{what}: {listed}", self._where, f"rename them with trakt.steps.rename: {{{news}}}")
            raise OutputError.of([Fault(fault.what, fault.where, fault.hint, Fault(what, self._where))])
