"""Inputs whose heads are read here, and whose types are decided by executors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trakt.engine.drift.contract import held_to_contract
from trakt.engine.find import PlannedInput
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.records import Look
from trakt.engine.spark.executors import Executors
from trakt.engine.spark.facts import Failure
from trakt.engine.spark.task import FileWork, source_of
from trakt.formats import FilesApart, SourceFile, open_apart

T = TypeVar("T")


def opened(planned: PlannedInput, executors: Executors, record: Record, allowance: Allowance) -> FilesApart:
    """The files of an input, ready to be read apart; what is known of them by now is noted.

    Raises:
        InputError: they are not what was declared.
    """
    entry = record.inputs[planned.wanted.name]
    entry.looks = {file.uri: Look() for file in planned.files}
    began = time.perf_counter()
    sources = [source_of(file, record.rejected.of_file(planned.wanted, file.uri)) for file in planned.files]
    wanted = held_to_contract(planned.wanted, record.drift.before(planned.wanted.name))
    apart = open_apart(wanted, sources, _Everywhere(planned, executors))
    allowance.check_time()
    entry.files, entry.types, entry.blank = apart.files, apart.types, apart.blank
    for name, attributes in apart.notes:
        record.event(name, attributes)
    entry.opening_seconds = time.perf_counter() - began
    return apart


@dataclass(frozen=True, slots=True)
class _Everywhere:
    """See `trakt.formats.Everywhere`."""

    planned: PlannedInput
    executors: Executors

    def __call__(self, work: Callable[[SourceFile], T], uris: Sequence[str]) -> Iterator[T]:
        by_uri = {file.uri: file for file in self.planned.files}
        files = tuple(by_uri[uri] for uri in uris)
        made = self.executors.do(FileWork(files, self.planned.wanted.on_bad_rows == "quarantine", work), len(files))
        for said in made.facts():
            if isinstance(said, Failure):
                raise said.again()
            yield said
        made.forget()
