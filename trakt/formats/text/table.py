"""A block of records as columns of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from trakt.formats.text.block import Block
from trakt.formats.text.records import Records, lines_of


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text: missing values are null, everything else is as it stands in the file.

    Attributes:
        records: gives the record of each row; called only to name a place.
    """

    names: tuple[str, ...]
    table: pa.Table
    records: Callable[[], Records]

    @classmethod
    def empty(cls, names: tuple[str, ...]) -> TextTable:
        """No rows of these columns."""
        table = pa.table([pa.array([], pa.string()) for _ in names], list(names))
        return cls(names, table, lambda: lines_of(Block(b"", 1)))

    def only(self, these: np.ndarray[Any, np.dtype[np.bool_]]) -> TextTable:
        """The rows for which the mask is true."""
        return replace(self, table=self.table.filter(pa.array(these)), records=lambda: self.records().only(these))

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> Any:
        """The texts of one column."""
        return self.table.column(name)
