"""Inputs whose heads are read here, and whose types are decided by executors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from trakt.engine.drift.contract import held_to_contract
from trakt.engine.find import PlannedInput
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.records import Look
from trakt.engine.spark.executors import Executors
from trakt.engine.spark.facts import Failure
from trakt.engine.spark.task import FilePart, FileWork
from trakt.formats import FilesApart, SourceFile, Stretches, is_packed, open_apart
from trakt.storage import StoredFile

T = TypeVar("T")


PART_BYTES = 16 << 20
"""A file of more than twice as many is read in parts of about so many; in batch mode each becomes one frame."""


def opened(
    planned: PlannedInput, executors: Executors, record: Record, allowance: Allowance
) -> tuple[FilesApart, tuple[FilePart, ...]]:
    """The files of an input, ready to be read apart, and in which parts; what is known of them by now is noted.

    Raises:
        InputError: they are not what was declared.
    """
    entry = record.inputs[planned.wanted.name]
    entry.looks = {file.uri: Look() for file in planned.files}
    began = time.perf_counter()
    sources = [FilePart(file).source(record.rejected.of_file(planned.wanted, file.uri)) for file in planned.files]
    everywhere = _Everywhere(planned, executors)
    wanted = held_to_contract(planned.wanted, record.drift.before(planned.wanted.name))
    apart = open_apart(wanted, sources, everywhere)
    allowance.check_time()
    entry.files, entry.types, entry.blank = apart.files, apart.types, apart.blank
    for file in apart.files:
        # rows are counted anew by who reads them, and so is the checksum of what is read in one go
        file.rows, file.sha256 = None, everywhere.checksums.get(file.uri)
    for name, attributes in apart.notes:
        record.event(name, attributes)
    entry.opening_seconds = time.perf_counter() - began
    return apart, everywhere.all_parts()


@dataclass(frozen=True, slots=True)
class _Cutting:
    find: Callable[[SourceFile, int], Stretches]
    size: int

    def __call__(self, source: SourceFile) -> Stretches:
        return self.find(source, self.size)


@dataclass(slots=True)
class _Everywhere:
    """See `trakt.formats.Everywhere`.

    Attributes:
        parts, checksums: of each file that is not read as a whole.
    """

    planned: PlannedInput
    executors: Executors
    parts: dict[str, tuple[FilePart, ...]] = field(default_factory=dict)
    checksums: dict[str, str | None] = field(default_factory=dict)

    def cut(self, find: Callable[[SourceFile, int], Stretches]) -> None:
        """Have large files looked through for where they may be cut. What cannot be read is told by who reads it."""
        large = [file for file in self.planned.files if file.bytes > 2 * PART_BYTES and not is_packed(file.uri)]
        whole = tuple(FilePart(file) for file in large)
        for part, said in zip(whole, self._said(_Cutting(find, PART_BYTES), whole), strict=True):
            if not isinstance(said, Failure) and len(said.each) > 1:
                self.parts[part.file.uri] = tuple(FilePart(part.file, stretch) for stretch in said.each)
                self.checksums[part.file.uri] = said.sha256

    def all_parts(self) -> tuple[FilePart, ...]:
        """Those of all files, in their order."""
        return tuple(part for file in self.planned.files for part in self._of(file))

    def __call__(self, work: Callable[[SourceFile], T], uris: Sequence[str]) -> Iterator[Sequence[T]]:
        files = {file.uri: file for file in self.planned.files}
        wanted = [self._of(files[uri]) for uri in uris]
        said = iter(self._said(work, tuple(part for parts in wanted for part in parts)))
        for uri, parts in zip(uris, wanted, strict=True):
            told = list(islice(said, len(parts)))
            if len(parts) > 1 and any(isinstance(each, Failure) for each in told):
                # all of its faults are told, and not those of one stretch
                told = self._said(work, (FilePart(files[uri]),))
            for each in told:
                if isinstance(each, Failure):
                    raise each.again()
            yield told

    def _of(self, file: StoredFile) -> tuple[FilePart, ...]:
        return self.parts.get(file.uri) or (FilePart(file),)

    def _said(self, work: Callable[[SourceFile], Any], parts: tuple[FilePart, ...]) -> list[Any]:
        if not parts:
            return []
        made = self.executors.do(FileWork(parts, self.planned.wanted.on_bad_rows == "quarantine", work), len(parts))
        said = made.facts()
        made.forget()
        return said
