"""One output in the making: frames checked, rendered and measured on their way to a staged file."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any, cast

import pandas as pd

from trakt.engine.plan import PlannedOutput
from trakt.engine.records import OutputRecord
from trakt.engine.rendered import Rendered
from trakt.errors import OutputError, counted
from trakt.formats import RenderedWriter, format_for
from trakt.overlap import Behind
from trakt.schema import LogicalType
from trakt.schema.frames import joined_type, logical_types
from trakt.schema.render import value_text
from trakt.storage import Staged


class Measured:
    """A stream that knows how much was written to it, and its checksum, once it is finished.

    What is written is taken behind the caller's back: it must not be changed any more.
    """

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._stream = stream
        self._where = where
        self._digest = hashlib.sha256()
        self._behind = Behind(self._take)
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self._behind.put(data)
        return len(data)

    def finish(self) -> None:
        """Wait until all of it is written."""
        self._behind.finish()

    def abort(self) -> None:
        """Nothing more will come; wait for what is under way."""
        self._behind.end()

    def _take(self, data: bytes) -> None:
        self._digest.update(data)
        self.bytes += len(data)
        try:
            self._stream.write(data)
        except OSError as fault:
            what, hint = str(fault.strerror or fault).lower(), "check that the disk has room"
            raise OutputError(what, where=self._where, hint=hint) from fault

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Checked:
    """Frames that can be written; `where` names their output."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._checked: pd.Index[Any] | None = None

    def check(self, frame: Any) -> None:
        """Refuse what is no frame, and what would lose an index or mix up columns.

        Raises:
            OutputError: it does.
        """
        if not isinstance(frame, pd.DataFrame):
            what = "is bound to an optional input that is absent" if frame is None else f"is a {type(frame).__name__}"
            raise OutputError(
                f"the artifact {what}, not a table", where=self._where, hint="let a step make a frame of it"
            )
        named = [str(name) for name in frame.index.names if name is not None]
        if named:
            what = f"the index {', '.join(named)} would be lost"
            raise OutputError(what, where=self._where, hint="call reset_index() in the step that made it")
        if len(frame) and not len(frame.columns):
            raise OutputError(f"{counted(len(frame), 'row')} without a single column", where=self._where)
        if self._checked is not None and frame.columns.equals(self._checked):
            return
        self._checked = frame.columns
        names = [value_text(name) for name in frame.columns]
        if None in names:
            hint = "name it in the step that made it"
            raise OutputError(f"column {names.index(None) + 1} has no name", where=self._where, hint=hint)
        if twice := [name for name, times in Counter(names).items() if name and times > 1]:
            hint = "rename them in the step that made them"
            raise OutputError(f"columns stand twice: {', '.join(twice)}", where=self._where, hint=hint)


def noted(record: OutputRecord, frame: pd.DataFrame) -> None:
    """A frame was written: count its rows, and take in its types."""
    _noted(record, len(frame), logical_types(frame))


def _noted(record: OutputRecord, rows: int, types: Mapping[str, LogicalType | None]) -> None:
    record.rows += rows
    for name, kind in types.items():
        record.types[name] = joined_type(record.types.get(name), kind)


class OutputTable:
    """One output in the making."""

    def __init__(self, planned: PlannedOutput, staged: Staged, record: OutputRecord) -> None:
        self._where = f"output '{planned.wanted.name}'"
        self._record = record
        self._checked = Checked(self._where)
        self._measured = Measured(staged.stream, self._where)
        record.bytes_so_far = lambda: self._measured.bytes
        self._writer = format_for(planned.wanted.kind).open_output(planned.wanted, cast("IO[bytes]", self._measured))

    def write(self, frame: Any) -> None:
        """Add a frame, or what was made of one elsewhere.

        Raises:
            OutputError: it is no frame, or writing it would lose an index or mix up columns.
        """
        if isinstance(frame, Rendered):
            self._write_rendered(frame)
            return
        self._checked.check(frame)
        began = time.perf_counter()
        self._writer.write(frame)
        self._record.seconds += time.perf_counter() - began
        noted(self._record, frame)

    def _write_rendered(self, rendered: Rendered) -> None:
        began = time.perf_counter()
        if rendered.columns is not None:
            cast("RenderedWriter", self._writer).write_rendered(rendered.columns, rendered.text)
        if rendered.error:
            raise rendered.error()
        self._record.seconds += rendered.seconds + time.perf_counter() - began
        _noted(self._record, rendered.rows, rendered.types)

    def close(self) -> None:
        """All rows are there: note size and checksum."""
        began = time.perf_counter()
        self._writer.close()
        self._measured.finish()
        self._record.seconds += time.perf_counter() - began
        self._record.bytes, self._record.sha256 = self._measured.bytes, self._measured.sha256

    def abort(self) -> None:
        """Nothing more will come."""
        self._measured.abort()
