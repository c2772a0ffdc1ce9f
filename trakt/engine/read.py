"""Inputs become artifacts: frames in batch mode, counted streams in stream mode."""

from __future__ import annotations

import io
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import IO

import pandas as pd

from trakt.engine.accounting import require_balance
from trakt.engine.artifacts import Artifacts
from trakt.engine.drift.contract import held_to_contract
from trakt.engine.drift.watch import compare_shapes
from trakt.engine.find import PlannedInput
from trakt.engine.limits import Allowance
from trakt.engine.manifest import Record
from trakt.engine.plan import Plan
from trakt.engine.records import InputRecord, Look
from trakt.engine.stream import Tap
from trakt.errors import counted
from trakt.formats import FileFacts, SourceFile, format_for
from trakt.pipeline.model import Input
from trakt.storage import StoredFile, storage_for

_SMALL_FILE_BYTES = 1 << 20
_ROOM_FOR_SMALL_FILES = 16 << 20
"""For all of an input together."""

_log = logging.getLogger("trakt.engine.progress")


def read_inputs(plan: Plan, record: Record, artifacts: Artifacts, allowance: Allowance) -> None:
    """Open every input that is read. Batch mode is the stream, collected into one frame."""
    opened = {
        planned.wanted.name: _opened(planned, plan.chunk_rows, record, allowance) if planned.files else None
        for planned in plan.inputs
        if planned.is_read or not planned.files
    }
    compare_shapes(plan, record)
    for name, tap in opened.items():
        if tap is None or plan.mode == "stream":
            artifacts.put(name, tap)
        else:
            artifacts.put(name, next(tap))
            # the end of the stream completes the facts of its files
            next(tap, None)


def _opened(planned: PlannedInput, chunk_rows: int | None, record: Record, allowance: Allowance) -> Tap:
    entry = record.inputs[planned.wanted.name]
    entry.looks = {file.uri: Look() for file in planned.files}
    kept = _SmallFiles(allowance)
    began = time.perf_counter()
    sources = [
        SourceFile(
            file.uri,
            file.bytes,
            partial(kept.open, file),
            _seen(entry, file.uri, allowance),
            record.rejected.of_file(planned.wanted, file.uri),
            open_at=partial(kept.open_at, file),
        )
        for file in planned.files
    ]
    wanted = held_to_contract(planned.wanted, record.drift.before(planned.wanted.name))
    reader = format_for(wanted.kind).open_input(wanted, sources)
    entry.files, entry.types = reader.files, reader.types
    entry.blank, entry.nulls = reader.blank, reader.nulls
    for name, attributes in reader.notes:
        record.event(name, attributes)
    entry.opening_seconds = time.perf_counter() - began
    frames = accounted(planned.wanted, reader.chunks(chunk_rows), reader.files, record)
    entry.tap = Tap(_in_time(frames, allowance))
    return entry.tap


def _seen(entry: InputRecord, uri: str, allowance: Allowance) -> Callable[[int, int], None]:
    within = allowance.reading()

    def seen(rows: int, read: int) -> None:
        entry.seen(uri, rows, read)
        within(rows)

    return seen


def accounted(
    wanted: Input, frames: Iterator[pd.DataFrame], files: Sequence[FileFacts], record: Record
) -> Iterator[pd.DataFrame]:
    """The chunks; when the last one has passed, each line is accounted for, and there are few enough bad rows."""
    yield from frames
    for file in files:
        require_balance(file)
    record.rejected.require_few(wanted, sum(file.rows or 0 for file in files))
    if discarded := sum((Counter(file.discarded) for file in files), Counter[str]()):
        listed = ", ".join(f"{name} {many:,}" for name, many in discarded.items())
        told = (
            f"input '{wanted.name}': {counted(discarded.total(), 'value')} not of their type, and discarded: {listed}"
        )
        attributes = {"message": told, "input": wanted.name, "values": dict(discarded)}
        record.event("warning.discarded_values", attributes)
    source = files[0].uri if len(files) == 1 else counted(len(files), "file")
    _log.info("read %s: %s from %s", wanted.name, counted(sum(file.rows or 0 for file in files), "row"), source)


def _in_time(frames: Iterator[pd.DataFrame], allowance: Allowance) -> Iterator[pd.DataFrame]:
    for frame in frames:
        allowance.check_time()
        yield frame


class _SmallFiles:
    """Opens the files of one input; what is small is fetched once for its head, its types and its rows."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._room = _ROOM_FOR_SMALL_FILES
        self._kept: dict[str, bytes] = {}

    def open(self, file: StoredFile) -> IO[bytes]:
        if file.uri in self._kept:
            return io.BytesIO(self._kept[file.uri])
        stream = storage_for(file.uri).open_read(file, self._allowance.check_time)
        if not self._is_small(file):
            return stream
        with closing(stream):
            content = b""
            # one byte more than there should be: its reader will say that the file has changed
            while len(content) <= file.bytes and (piece := stream.read(file.bytes + 1 - len(content))):
                content += piece
        self._kept[file.uri] = content
        self._room -= len(content)
        return io.BytesIO(content)

    def open_at(self, file: StoredFile, start: int) -> IO[bytes]:
        """As `open`, from that byte on."""
        if file.uri not in self._kept and not self._is_small(file):
            return storage_for(file.uri).open_read(file, self._allowance.check_time, start)
        stream = self.open(file)
        stream.seek(start)
        return stream

    def _is_small(self, file: StoredFile) -> bool:
        return file.bytes <= min(_SMALL_FILE_BYTES, self._room)
