"""A file that is another one when its rows are read than when its footer was."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trakt.errors import InputError
from trakt.formats import SourceFile
from trakt.formats.parquet.file import ParquetFile


def stored(**columns: list[int]) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def test_a_file_that_is_replaced_by_one_of_the_same_size_with_other_columns_is_refused() -> None:
    now = [stored(pay=[1, 2])]
    file = ParquetFile(SourceFile("a.parquet", len(now[0]), lambda: io.BytesIO(now[0])), ())
    assert sum(batch.num_rows for batch in file.batches()) == 2
    file = ParquetFile(SourceFile("a.parquet", len(now[0]), lambda: io.BytesIO(now[0])), ())
    now[0] = stored(tax=[1, 2])
    with pytest.raises(InputError, match="changed while it was being read"):
        list(file.batches())
