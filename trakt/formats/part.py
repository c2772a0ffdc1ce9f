"""One file of an input, or a stretch of one, of which everything but the rows is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from trakt.formats import FileFacts
from trakt.schema.infer import ColumnType


class Rows(Protocol):
    """The pass that gives the rows."""

    nulls: dict[str, int]

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""


class Part:
    """See `trakt.formats.TableReader`."""

    def __init__(self, facts: FileFacts, columns: Mapping[str, ColumnType], rows: Rows) -> None:
        self.files = [facts]
        self.types = {name: column.kind for name, column in columns.items()}
        self.blank = frozenset(name for name, column in columns.items() if column.empty)
        # they are told where all files are known
        self.notes: Sequence[tuple[str, Mapping[str, Any]]] = ()
        self._rows = rows

    @property
    def nulls(self) -> Mapping[str, int]:
        """See `trakt.formats.TableReader.nulls`."""
        return self._rows.nulls

    def chunks(self, rows: int | None) -> Iterator[pd.DataFrame]:
        """See `trakt.formats.TableReader.chunks`."""
        return self._rows.chunks(rows)
