"""What a stage begins with: the files of an input, or what an earlier stage has made and executors keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from trakt.engine.find import PlannedInput
from trakt.engine.spark.executors import Executors
from trakt.engine.spark.facts import PartFacts
from trakt.engine.spark.made import Made
from trakt.engine.spark.task import FilePart, FromFiles, FromKept, Origin, PartWork
from trakt.formats import FilesApart


@dataclass(frozen=True, slots=True)
class Files:
    """An input that is read in parts."""

    planned: PlannedInput
    apart: FilesApart
    parts: tuple[FilePart, ...]
    executors: Executors

    @property
    def origin(self) -> Origin:
        """How executors come by the rows."""
        return FromFiles(self.parts, self.planned.wanted.on_bad_rows == "quarantine", self.apart.reading)

    @property
    def first_rows(self) -> Mapping[int, int]:
        """The number of each part's first row: how many rows a part has is not known before it is read."""
        return {}

    @property
    def places(self) -> Sequence[str]:
        """Where the rows of each part stand, for who reads an error."""
        many = len(self.parts) > 1
        return [f"{part.file.uri}{_from_line(part)}" if many else "" for part in self.parts]

    def made(self, work: PartWork) -> Made:
        """What executors make of all parts."""
        return self.executors.do(work, len(self.parts))

    def made_of(self, work: PartWork, part: int) -> PartFacts:
        """What they tell of one part."""
        told: PartFacts = self.executors.do(work, 1, first=part).facts()[0]
        return told

    def whole_of(self, part: int) -> Files | None:
        """The whole file of which a part is a stretch; None where it is none."""
        file = self.parts[part]
        return Files(self.planned, self.apart, (FilePart(file.file),), self.executors) if file.stretch else None


@dataclass(frozen=True, slots=True)
class Kept:
    """An artifact that executors keep.

    Attributes:
        rows: how many each part has.
    """

    name: str
    parts: Made
    rows: tuple[int, ...]
    places: tuple[str, ...]

    @property
    def origin(self) -> Origin:
        """How executors come by the rows."""
        return FromKept()

    @property
    def first_rows(self) -> Mapping[int, int]:
        """The number of each part's first row."""
        return dict(enumerate(accumulate(self.rows[:-1], initial=1)))

    def made(self, work: PartWork) -> Made:
        """What executors make of all parts."""
        return self.parts.then(self.name, work)

    def made_of(self, work: PartWork, part: int) -> PartFacts:
        """What they tell of one part."""
        told: PartFacts = self.parts.then(self.name, work, part).facts()[0]
        return told

    def whole_of(self, part: int) -> None:  # noqa: ARG002 - nothing is read
        """As of `Files`."""
        return


def _from_line(part: FilePart) -> str:
    return f" from line {part.stretch.first_line}" if part.stretch else ""
