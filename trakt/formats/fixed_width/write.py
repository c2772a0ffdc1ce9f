"""Frames as text of fixed width: what does not fit its place is an error, and never cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trakt.errors import OutputError
from trakt.formats.fixed_width.output_options import WriteOptions
from trakt.formats.fixed_width.places import Place
from trakt.pipeline.fields import shown
from trakt.schema.render import render_text, value_text


class FixedRows:
    """See `trakt.formats.text.write.Rows`."""

    def __init__(self, name: str, options: WriteOptions) -> None:
        self._name = name
        self._places = sorted(options.columns, key=lambda place: place.start)
        self._end = options.lineterminator

    def head(self, columns: Sequence[str]) -> pa.Array | None:
        """No line: such files have no header."""
        names = [place.name for place in self._places]
        without = [name for name in columns if name not in names]
        absent = [name for name in names if name not in columns]
        told = [f"no place for {', '.join(without)}"] if without else []
        told += [f"no column {', '.join(absent)} in the table"] if absent else []
        if told:
            hint = "give each column a place in `columns`, and each place its column"
            raise OutputError(
                "; ".join(told), where=f"output '{self._name}'", hint=hint, unquoted="columns and places differ"
            )
        return None

    def lines(self, frame: pd.DataFrame) -> pa.Array:
        """Each row as a line."""
        columns = {value_text(name): position for position, name in enumerate(frame.columns)}
        parts: list[Any] = [" " * self._places[0].start]
        gaps = [after.start - before.end for before, after in pairwise(self._places)]
        for place, gap in zip(self._places, [*gaps, 0], strict=True):
            parts += [self._padded(frame.iloc[:, columns[place.name]], place), " " * gap]
        return pc.binary_join_element_wise(*parts, self._end, "")

    def _padded(self, column: Any, place: Place) -> pa.Array:
        where = f"output '{self._name}', column '{place.name}'"
        try:
            texts = pc.fill_null(render_text(column), "")
        except TypeError as fault:
            raise OutputError(str(fault), where=where, hint="turn the values into text in a step") from fault
        self._require_fit(texts, place, where)
        pad = pc.utf8_rpad if place.align == "left" else pc.utf8_lpad
        return pad(texts, place.width, " ")

    def _require_fit(self, texts: pa.Array, place: Place, where: str) -> None:
        longer = pc.greater(pc.utf8_length(texts), place.width)
        if pc.any(longer).as_py():
            first = texts.filter(longer)[0].as_py()
            what = f"{shown(first)} is longer than its {place.width} characters"
            hint = "give it a wider place, or shorten it in a step"
            raise OutputError(what, where=where, hint=hint, unquoted=f"longer than its {place.width} characters")
        # a reader would take these for the end of the line, or for the blanks around the value
        broken = pc.match_substring_regex(texts, r"[\r\n]|^ | $")
        if pc.any(broken).as_py():
            first = texts.filter(broken)[0].as_py()
            told = (
                "a line end within, or a blank at its beginning or end, which could not be told from those of the line"
            )
            raise OutputError(f"{shown(first)} has {told}", where=where, hint="replace it in a step", unquoted=told)
