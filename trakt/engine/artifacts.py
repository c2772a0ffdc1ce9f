"""What the run holds between its steps: each artifact until its last reader has taken it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from trakt.engine.rendered import rendered_apart
from trakt.engine.stream import Shared, Tap
from trakt.pipeline.graph import reader_of
from trakt.pipeline.model import Mode

if TYPE_CHECKING:
    from trakt.engine.plan import Plan


def own(value: Any) -> Any:
    """A value that may be changed without anybody else seeing it.

    Frames and plain data are copied. Anything else, such as a connection, is meant to be shared.
    """
    if isinstance(value, pd.DataFrame):
        # deep on pandas 3 too: its copy-on-write does not see what is written to a column's `.array`
        return value.copy(deep=True)
    if type(value) is dict:
        return {key: own(item) for key, item in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(own(item) for item in value)
    return value


def readers_here(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Who reads which artifact in this process: on Spark outputs alone, and not those that are given text."""
    readers = plan.graph.readers
    if plan.engine == "local":
        return readers
    here = {reader_of(output.wanted) for output in plan.outputs if output not in rendered_apart(plan)}
    return {name: tuple(who for who in each if who in here) for name, each in readers.items()}


class Artifacts:
    """Hands every reader a value of its own: no step can change what another one will read.

    A frame is copied for all readers but the last, a stream shared through `trakt.engine.stream.Shared`;
    with a single reader neither costs anything.
    """

    def __init__(self, readers: Mapping[str, tuple[str, ...]], mode: Mode) -> None:
        self._left = {name: len(each) for name, each in readers.items()}
        self._mode = mode
        self._values: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._streams: list[Iterator[pd.DataFrame]] = []
        self._shared: list[Shared] = []
        self._rows: dict[str, int | Tap] = {}

    def put(self, name: str, value: Any) -> None:
        """Keep an artifact for its readers."""
        readers = self._left.get(name, 0)
        if isinstance(value, pd.DataFrame):
            self._rows[name] = len(value)
        elif isinstance(value, Tap):
            self._rows[name] = value
        if self._mode == "stream" and isinstance(value, Iterator):
            self._streams.append(value)
            if readers > 1:
                value = Shared(value, readers)
                self._shared.append(value)
        if readers:
            self._values[name] = value

    def give(self, reader: str, value: Any) -> None:
        """Keep what one reader takes in place of an artifact."""
        self._given[reader] = value

    def take(self, name: str, reader: str = "") -> Any:
        """The artifact, for one of its readers."""
        if reader in self._given:
            return self._given.pop(reader)
        self._left[name] -= 1
        value = self._values[name] if self._left[name] else self._values.pop(name)
        if isinstance(value, Shared):
            return value.reader()
        return own(value) if self._left[name] else value

    def rows(self, name: str) -> int:
        """How many rows an artifact has, or has had so far; what is no table has none."""
        known = self._rows.get(name, 0)
        return known.rows if isinstance(known, Tap) else known

    def drain(self) -> None:
        """Let every stream flow to its end, the last made first, read or not.

        A step's work is not optional, and one that stops early does not spare those before it: each row is counted,
        each fault found and each gate decided, as in batch mode.
        """
        for stream in reversed(self._streams):
            for _ in stream:
                pass

    def close(self) -> None:
        """Forget what streams were kept in temporary files."""
        for shared in self._shared:
            shared.close()
