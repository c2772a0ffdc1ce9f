"""Columns of frames that a step has made, as Parquet."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from trakt.formats.parquet import open_output
from trakt.pipeline.model import Output


@pytest.mark.parametrize(
    "values", [[1, None, 2], [True, None], [1.5, None], ["a", None], [dt.datetime(2026, 2, 5), None], [1, 2]]
)
def test_categories_are_written_as_their_values(values: list[Any]) -> None:
    stream = io.BytesIO()
    writer = open_output(Output("t", "t", kind="parquet"), stream)
    writer.write(pd.DataFrame({"a": pd.Categorical(values)}))
    writer.close()
    assert pq.read_table(io.BytesIO(stream.getvalue())).column("a").to_pylist() == values
