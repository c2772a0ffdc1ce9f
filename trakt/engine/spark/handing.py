"""What an executor hands back of an artifact: its frames, and the text that outputs are made of."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from trakt.engine.output_table import Checked
from trakt.engine.rendered import Rendered
from trakt.engine.spark.facts import Failure
from trakt.errors import TraktError
from trakt.formats import rendering_of
from trakt.pipeline.graph import reader_of
from trakt.pipeline.model import Output
from trakt.schema.frames import logical_types


class Handing:
    """Hands back frames of one part.

    Args:
        kept: the artifacts whose frames are wanted.
        outputs: those that are wanted as text.
    """

    def __init__(self, kept: Collection[str], outputs: Sequence[Output]) -> None:
        self._kept = kept
        self._outputs = [_OutputPart(each) for each in outputs]

    def over(self, name: str, frame: Any) -> Iterator[tuple[str, Any]]:
        """What is wanted of a frame of an artifact, each value by its name."""
        if name in self._kept:
            yield name, frame
        for output in self._outputs:
            if output.wanted.source == name and not output.has_failed:
                yield reader_of(output.wanted), output.rendered(frame)


class _OutputPart:
    """One part of an output in the making; see `trakt.engine.output_table.OutputTable`."""

    def __init__(self, wanted: Output) -> None:
        self.wanted = wanted
        self.has_failed = False
        self._checked = Checked(f"output '{wanted.name}'")
        self._rendering = rendering_of(wanted)

    def rendered(self, frame: Any) -> Rendered:
        """A frame, as the output is given it; who writes the output raises what is wrong with it, in its turn."""
        began = time.perf_counter()
        columns = None
        try:
            self._checked.check(frame)
            columns = self._rendering.columns(frame)
            text = self._rendering.text(frame)
        except TraktError as error:
            self.has_failed = True
            return Rendered(0, {}, columns, b"", 0.0, Failure.of(error).again)
        return Rendered(len(frame), logical_types(frame), columns, text, time.perf_counter() - began)
