"""The pass that gives the rows, once the columns and types of an input are settled over all of its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from trakt.errors import Fault, InputError
from trakt.formats.parquet.demands import Demands, judged, strange
from trakt.formats.parquet.file import ParquetFile
from trakt.formats.regrouped import regrouped
from trakt.schema.frames import to_frame

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of an input before its first row is given; plain data, so that another process may read its files.

    Attributes:
        strangers: uris of the files whose rows are all set aside.
    """

    demands: Demands
    strangers: frozenset[str]


class Rows:
    """The rows of some files of an input, all of them or a part.

    Attributes:
        nulls: see `trakt.formats.TableReader.nulls`.
    """

    def __init__(self, files: Sequence[ParquetFile], settled: Settled) -> None:
        self._files = files
        self._settled = settled
        self.nulls = dict.fromkeys(settled.demands.columns, 0)

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        first_row = 0
        for table in regrouped(self._tables(), rows):
            for name in self.nulls:
                self.nulls[name] += table.column(name).null_count
            yield to_frame(table, self._settled.demands.columns, first_row)
            first_row += table.num_rows

    def _tables(self) -> Iterator[pa.Table]:
        yield pa.schema(list(self._settled.demands.held.items())).empty_table()
        for file in self._files:
            yield from self._tables_of(file)

    def _tables_of(self, file: ParquetFile) -> Iterator[pa.Table]:
        look = strange if file.uri in self._settled.strangers else judged
        faults, count = list[Fault](), 0
        rows, rejected, discarded = 0, 0, Counter[str]()
        for batch in file.batches():
            found = look(batch, file.first_row + rows + rejected + count, self._settled.demands)
            rows += found.table.num_rows
            discarded += found.discarded
            for bad in found.bad:
                if file.set_aside:
                    rejected += 1
                    file.set_aside(bad)
                    continue
                count += 1
                if len(faults) < _SHOWN:
                    faults.append(Fault(bad.what, f"{file.uri}:{bad.line}", bad.hint, bad.unquoted))
            if not count:
                yield found.table
        if count > len(faults):
            faults.append(Fault(f"and {count - len(faults):,} more faults like these", file.uri))
        if faults:
            raise InputError.of(faults)
        file.facts.rows, file.facts.rejected, file.facts.discarded = rows, rejected, dict(discarded)
