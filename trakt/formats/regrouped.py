"""Tables of any sizes as tables of one size."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa


def regrouped(tables: Iterator[pa.Table], rows: int | None) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `rows` (the last may be shorter; None: one table); at least one."""
    first = next(tables)
    held, count, given = [first], first.num_rows, False
    for table in tables:
        held.append(table)
        count += table.num_rows
        if rows is None or count < rows:
            continue
        whole = pa.concat_tables(held).combine_chunks()
        for start in range(0, count - count % rows, rows):
            given = True
            yield whole.slice(start, rows)
        held, count = [whole.slice(count - count % rows)], count % rows
    if count or not given:
        yield pa.concat_tables(held).combine_chunks()
