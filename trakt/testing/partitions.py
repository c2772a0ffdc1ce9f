"""Partitioned outputs, read back: what the names of folders say, as columns again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from trakt.schema import LogicalType

if TYPE_CHECKING:
    import pandas as pd


def values_of(path: str, folder: str) -> dict[str, str | None]:
    """`folder/country=AT/part-0.csv` as `{"country": "AT"}`; None where Hive's name for a missing value stands."""
    from trakt.engine.partitions import MISSING

    *folders, _ = path.removeprefix(f"{folder.rstrip('/')}/").split("/")
    named = (each.partition("=") for each in folders)
    return {unquote(name): None if value == MISSING else unquote(value) for name, _, value in named}


def whole(files: Sequence[tuple[pd.DataFrame, Mapping[str, str | None]]], schema: Mapping[str, str]) -> pd.DataFrame:
    """One table of the files of an output, in their order, with its columns in the order and of the types of `schema`.

    Args:
        files: what each file holds, and what its folders say.
        schema: all columns of the output, to their logical types.
    """
    import pandas as pd

    types = {name: LogicalType(kind) for name, kind in schema.items()}
    frames = [frame.assign(**_columns(values, len(frame), types)) for frame, values in files]
    if not frames:
        return pd.DataFrame({name: _column([], kind) for name, kind in types.items()})
    return pd.concat(frames, ignore_index=True)[list(schema)]


def _columns(values: Mapping[str, str | None], rows: int, types: Mapping[str, LogicalType]) -> dict[str, Any]:
    return {name: _column([value] * rows, types[name]) for name, value in values.items()}


def _column(texts: Sequence[str | None], kind: LogicalType) -> pd.Series[Any]:
    import pyarrow as pa

    from trakt.schema.frames import to_series
    from trakt.schema.parse import parse_text

    return to_series(parse_text(pa.array(texts, pa.string()), kind)[0], kind)
