"""A block of records as columns of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trakt.formats.text.block import Block
from trakt.formats.text.records import Records, lines_of

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text: missing values are null, everything else is as it stands in the file.

    Attributes:
        records: gives the record of each row; called only to name a place.
        words: which values of a column say that they are text, whatever they read like; columns without any are not
            in it. Where a kind of text cannot say so, it is empty.
    """

    names: tuple[str, ...]
    table: pa.Table
    records: Callable[[], Records]
    words: Mapping[str, Mask] = field(default_factory=dict)

    @classmethod
    def empty(cls, names: tuple[str, ...]) -> TextTable:
        """No rows of these columns."""
        table = pa.table([pa.array([], pa.string()) for _ in names], list(names))
        return cls(names, table, lambda: lines_of(Block(b"", 1)))

    def only(self, these: Mask) -> TextTable:
        """The rows for which the mask is true."""
        words = {name: rows[these] for name, rows in self.words.items() if rows[these].any()}
        table = self.table.filter(pa.array(these))
        return replace(self, table=table, records=lambda: self.records().only(these), words=words)

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> Any:
        """The texts of one column."""
        return self.table.column(name)
