"""The pass that decides types: what the columns of one file would be, were it the only one."""

from __future__ import annotations

from dataclasses import dataclass

from trakt.formats.csv.file import CsvFile
from trakt.formats.csv.typed import Demands, Typed
from trakt.schema.infer import ColumnType, Inference, PandasInference


@dataclass(frozen=True, slots=True)
class Survey:
    """Looks at files of one input, each by itself, in any process.

    Attributes:
        names: the columns whose types are to be decided.
        as_pandas: by the rules of `pandas.read_csv`.
    """

    names: tuple[str, ...]
    demands: Demands
    as_pandas: bool

    def nothing(self) -> Inference:
        """What is known before any file is looked at."""
        return (PandasInference if self.as_pandas else Inference)(self.demands.text)

    def of(self, file: CsvFile) -> Inference:
        """What one file says.

        Raises:
            InputError: its rows are not as they must be.
        """
        found, has = self.nothing(), set(file.columns)
        judging = Typed({name: ColumnType(kind) for name, kind in self.demands.judged.items()}, self.demands)
        for text, _ in file.tables(judging.fitting):
            found.observe({name: text.column(name) for name in self.names if name in has})
        found.lacks(name for name in self.names if name not in has)
        return found
