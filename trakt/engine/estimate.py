"""How many rows there will be, and how much memory they need: from sizes, and a sample of a few files."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trakt.engine.find import PlannedInput
from trakt.engine.limits import Limits
from trakt.formats import HeadRows, format_for, is_packed
from trakt.pipeline.model import Mode
from trakt.storage import StoredFile, storage_for

if TYPE_CHECKING:
    from trakt.engine.plan import Plan

BATCH_MEMORY_PER_BYTE = 8
"""Memory that a batch run needs for each byte of text in its inputs; measured, see docs/lambda.md."""

STREAM_MEMORY_PER_BYTE = 5
"""Memory that a stream needs for each byte of text in a chunk; measured as well."""

LEAST_MEMORY_MB = 180
"""Memory of a run that reads next to nothing, in MiB; measured as well."""

STREAM_MEMORY_MB = 220
"""Memory of a stream of any length with chunks of usual size, in MiB: blocks read ahead, chunks behind the steps."""

COMPRESSION = 6
"""How many bytes of delimited text a gzipped byte holds, as a rule."""

_PACKING = (".gz", ".parquet", ".xlsx")
"""Endings of files that hold more than their bytes."""

SAMPLED_FILES = 3
SAMPLE_BYTES = 64 << 10
CLEARLY_MORE = 1.5
"""How many times the limit on rows an estimate must be to count."""

_SMALLEST_ROW = 2
"""A digit and a line end: with fewer bytes, there cannot be that many rows."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is expected of the inputs that are read.

    Attributes:
        bytes: as stored.
        rows: None when no sample was taken, or none could tell.
        batch_mb, stream_mb: memory of the run in either mode, in MiB.
    """

    files: int
    bytes: int
    rows: int | None
    batch_mb: int
    stream_mb: int

    def memory_mb(self, mode: Mode) -> int:
        """Memory of a run in this mode, in MiB."""
        return self.stream_mb if mode == "stream" else self.batch_mb


@dataclass(frozen=True, slots=True)
class _Head:
    """The first bytes of a file, unpacked, and what they hold; `is_whole` where that is all of it."""

    is_whole: bool
    found: HeadRows


def estimated(plan: Plan, limits: Limits | None) -> Estimate:
    """The estimate for a plan.

    Args:
        limits: takes samples only where these leave anything open; None: in any case.
    """
    inputs = [each for each in plan.inputs if each.is_read]
    files = [file for each in inputs for file in each.files]
    text = sum(map(_unpacked_bytes, files))
    batch_mb = memory_for(text * BATCH_MEMORY_PER_BYTE)
    rows, widest = None, None
    if limits is None or _depends_on_sample(text, batch_mb, limits):
        counts = [_rows_of(each) for each in inputs if each.files]
        known = [count for count in counts if count is not None]
        rows = sum(count.rows for count in known) if len(known) == len(counts) else None
        widest = max((count.bytes / count.rows for count in known if count.rows), default=None)
    chunk = (widest or 0) * plan.request.rows_per_chunk
    return Estimate(
        files=len(files),
        bytes=sum(file.bytes for file in files),
        rows=rows,
        batch_mb=batch_mb,
        stream_mb=min(batch_mb, max(STREAM_MEMORY_MB, memory_for(chunk * STREAM_MEMORY_PER_BYTE))),
    )


def memory_for(held: float) -> int:
    """Memory of a run that holds so many bytes at a time, in MiB."""
    return round(LEAST_MEMORY_MB + held / (1 << 20))


def _depends_on_sample(text: int, batch_mb: int, limits: Limits) -> bool:
    too_many = limits.max_rows is not None and text > limits.max_rows * _SMALLEST_ROW * CLEARLY_MORE
    return too_many or (limits.memory_mb is not None and batch_mb > limits.memory_mb)


def _unpacked_bytes(file: StoredFile) -> int:
    return file.bytes * (COMPRESSION if file.uri.lower().endswith(_PACKING) else 1)


def _text_bytes(file: StoredFile) -> int:
    return file.bytes * (COMPRESSION if is_packed(file.uri) else 1)


def _rows_of(planned: PlannedInput) -> HeadRows | None:
    """Rows of one input and the bytes of text they take: exact for files that a sample holds whole."""
    sampled = sorted(planned.files, key=lambda file: (-file.bytes, file.uri))[:SAMPLED_FILES]
    heads = {file.uri: head for file in sampled if (head := _head_of(planned, file))}
    seen_rows = sum(head.found.rows for head in heads.values())
    seen_bytes = sum(head.found.bytes for head in heads.values())
    if not heads:
        return None
    rows = 0.0
    for file in planned.files:
        head = heads.get(file.uri)
        if head and head.is_whole:
            rows += head.found.rows
        elif seen_rows:
            rows += _text_bytes(file) / (seen_bytes / seen_rows)
        elif file.bytes:
            # not a single row ended in all that was seen
            rows += _text_bytes(file) / SAMPLE_BYTES
    return HeadRows(round(rows), sum(map(_text_bytes, planned.files)))


def _head_of(planned: PlannedInput, file: StoredFile) -> _Head | None:
    stored = storage_for(file.uri).read_head(file, SAMPLE_BYTES)
    is_whole = len(stored) >= file.bytes
    head = stored
    if is_packed(file.uri):
        head, is_whole = _unpacked(stored, is_whole)
    found = format_for(planned.wanted.kind).rows_in_head(planned.wanted, head, is_whole)
    return _Head(is_whole, found) if found else None


def _unpacked(stored: bytes, is_whole: bool) -> tuple[bytes, bool]:
    """The first bytes of gzipped text, as far as they can be unpacked, and whether they are all of it."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        head = unpacker.decompress(stored, SAMPLE_BYTES)
    except zlib.error:
        # no gzip: its reader will say so
        return b"", False
    return head, is_whole and unpacker.eof and not unpacker.unused_data
