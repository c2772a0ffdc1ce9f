"""The pass that gives the rows, once the columns and types of an input are settled over all of its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from trakt.formats.regrouped import regrouped
from trakt.formats.text.bad_rows import Findings
from trakt.formats.text.file import TextFile
from trakt.formats.text.table import TextTable
from trakt.formats.text.typed import Demands, Typed
from trakt.schema.frames import to_frame
from trakt.schema.infer import ColumnType


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of an input before its first row is given; plain data, so that another process may read its files.

    Attributes:
        strangers: uris of the files whose rows are all set aside.
    """

    columns: Mapping[str, ColumnType]
    demands: Demands
    strangers: frozenset[str]


class Rows:
    """The rows of some files of an input, all of them or a part.

    Attributes:
        nulls: see `trakt.formats.TableReader.nulls`.
    """

    def __init__(self, files: Sequence[TextFile], settled: Settled) -> None:
        self._files = files
        self._settled = settled
        self.nulls = dict.fromkeys(settled.columns, 0)

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        first_row = 0
        for table in regrouped(self._typed_tables(), rows):
            for name in self.nulls:
                self.nulls[name] += table.column(name).null_count
            yield to_frame(table, self._settled.columns, first_row)
            first_row += table.num_rows

    def _typed_tables(self) -> Iterator[pa.Table]:
        settled = self._settled
        typed = Typed(settled.columns, settled.demands)
        yield typed.table(TextTable.empty(tuple(settled.columns)), Findings(aside=False))
        for file in self._files:
            made_of = typed.strange if file.uri in settled.strangers else typed.table
            for table, faultless in file.tables(made_of, final=True):
                if faultless:
                    yield table
