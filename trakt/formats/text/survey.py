"""The pass that decides types: what the columns of one file would be, were it the only one."""

from __future__ import annotations

from dataclasses import dataclass

from trakt.formats.text.file import TextFile
from trakt.formats.text.mixtures import Mixtures
from trakt.formats.text.typed import Demands, Typed
from trakt.schema.infer import ColumnType, Inference, PandasInference


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen of the columns of some rows."""

    types: Inference
    mixtures: Mixtures

    def add(self, other: Found) -> None:
        """Take in what was seen of others."""
        self.types.add(other.types)
        self.mixtures.add(other.mixtures)


@dataclass(frozen=True, slots=True)
class Survey:
    """Looks at files of one input, each by itself, in any process.

    Attributes:
        names: the columns whose types are to be decided.
        as_pandas: by the rules of `pandas.read_csv`.
        by_name: whether values say themselves that they are texts.
    """

    names: tuple[str, ...]
    demands: Demands
    as_pandas: bool
    by_name: bool

    def nothing(self) -> Found:
        """What is known before any file is looked at."""
        return Found((PandasInference if self.as_pandas else Inference)(self.demands.text), Mixtures())

    def of(self, file: TextFile) -> Found:
        """What one file says.

        Raises:
            InputError: its rows are not as they must be.
        """
        found, has = self.nothing(), set(file.columns)
        judging = Typed({name: ColumnType(kind) for name, kind in self.demands.judged.items()}, self.demands)
        for text, _ in file.tables(judging.fitting):
            observed = {name: text.column(name) for name in self.names if name in has}
            found.types.observe(observed)
            found.types.holds_words(text.words.keys() & observed.keys())
            if self.by_name:
                found.mixtures.observe(text, observed)
        found.types.lacks(name for name in self.names if name not in has)
        return found
