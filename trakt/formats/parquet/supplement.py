"""Files made of single rows: what was rejected and mended, as texts; the input declares their types."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from trakt.errors import InputError
from trakt.formats import Row
from trakt.pipeline.model import Input
from trakt.schema import LogicalType, Schema


def files_of(
    wanted: Input,
    columns: Sequence[str],
    rows: Sequence[Row],
    details: Mapping[str, str],  # noqa: ARG001 - a file says all of itself
) -> list[bytes]:
    """See `trakt.formats.Format.files_of`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = [_texts(row, columns, wanted) for row in rows]
    arrays = [pa.array([each.get(name) for each in read], pa.string()) for name in columns]
    content = io.BytesIO()
    pq.write_table(pa.table(arrays, list(columns)), content)
    return [content.getvalue()]


def _texts(row: Row, columns: Sequence[str], wanted: Input) -> Mapping[str, str | None]:
    if isinstance(row, Mapping):
        return row
    place = f"input '{wanted.name}'"
    hint = f"write it as a JSON object of these columns: {', '.join(columns)}"
    try:
        told = json.loads(row)
    except (ValueError, RecursionError) as fault:
        raise InputError("a row is no JSON object", where=place, hint=hint) from fault
    if not isinstance(told, dict) or not set(told) <= set(columns):
        raise InputError("a row is no JSON object of the columns of its file", where=place, hint=hint)
    return {
        name: value if value is None or isinstance(value, str) else json.dumps(value) for name, value in told.items()
    }


def pinned(
    wanted: Input,
    details: Mapping[str, str],  # noqa: ARG001
    types: Mapping[str, LogicalType],
) -> Input:
    """See `trakt.formats.Format.pinned`."""
    schema = wanted.schema or Schema(tuple(types))
    return replace(wanted, schema=replace(schema, types={**types, **(schema.types or {})}))
