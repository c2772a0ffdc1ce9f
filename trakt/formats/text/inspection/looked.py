"""The rows of a file looked at by the reader itself: what it sets aside is what is wrong."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from trakt.formats import BadRow, SourceFile
from trakt.formats.inspection import Column, Encoding, Problem, Risk
from trakt.formats.text.bad_rows import UNDECODABLE
from trakt.formats.text.file import TextFile
from trakt.formats.text.inspection.risks import ColumnWatch
from trakt.formats.text.layout import Layout
from trakt.formats.text.mixtures import Mixtures
from trakt.formats.text.options import TextOptions
from trakt.formats.text.table import TextTable
from trakt.schema.infer import ColumnType, Inference
from trakt.schema.parse import one_array

_FIRST = 5
_BAD_ROWS = {UNDECODABLE: "rows with bytes that are not text in this encoding"}


@dataclass
class Looked:
    """What went by: rows that can be taken, bad ones by their reason, and each column.

    Attributes:
        most: how many rows are looked at; None: all.
        bad_rows: what a kind of text says of bad rows, by their reason.
        harmless: codes of risks that its values do not run.
    """

    most: int | None
    bad_rows: Mapping[str, str]
    harmless: Collection[str] = ()
    rows: int = 0
    is_full: bool = False
    bad: Counter[str] = field(default_factory=Counter)
    watched: dict[str, ColumnWatch] = field(default_factory=dict)
    mixtures: Mixtures = field(default_factory=Mixtures)
    _lines: dict[str, list[int]] = field(default_factory=dict)
    _pending: list[BadRow] = field(default_factory=list)
    _types: dict[str, Inference] = field(default_factory=dict)

    def read(self, source: SourceFile, options: TextOptions, layout: Layout) -> None:
        """Read the file, or its first rows."""
        file = TextFile(replace(source, set_aside=self._pending.append), options, layout)
        self.watched = {name: ColumnWatch() for name in file.columns}
        self._types = {decimal: Inference(replace(options.rules, decimal=decimal)) for decimal in (".", ",")}
        with contextlib.closing(file.tables(lambda text, found: text, final=True)) as tables:  # noqa: ARG005
            for text, _ in tables:
                self._take(text)
                if self.is_full:
                    return
        self._note_bad(None)

    def _take(self, text: TextTable) -> None:
        records = cache(text.records)
        left = None if self.most is None else self.most - self.rows
        if left is not None and text.rows > left:
            self.is_full = True
            # bad rows behind the last row that is looked at were not asked for
            self._note_bad(records().record(left).first_line)
            text = text.only(np.arange(text.rows) < left)
        else:
            self._note_bad(None)
        self.rows += text.rows
        columns = {name: one_array(text.column(name)) for name in text.names}
        for inference in self._types.values():
            inference.observe(columns)
            inference.holds_words(text.words)
        self.mixtures.observe(text, text.names)
        for name, texts in columns.items():
            self.watched[name].observe(texts, lambda row: records().record(row).first_line)

    def _note_bad(self, before_line: int | None) -> None:
        for row in self._pending:
            if before_line is None or row.line < before_line:
                self.bad[row.reason] += 1
                lines = self._lines.setdefault(row.reason, [])
                if len(lines) < _FIRST:
                    lines.append(row.line)
        self._pending.clear()

    def problems(self) -> list[Problem]:
        """The bad rows."""
        return [
            Problem(reason, {**_BAD_ROWS, **self.bad_rows}.get(reason, reason), count, tuple(self._lines[reason]))
            for reason, count in self.bad.items()
        ]

    def columns(self, decimal: str) -> tuple[Column, ...]:
        """The columns, where numbers have this decimal sign."""
        decided = self._types[decimal].decide(self.watched)
        return tuple(
            Column(name, str(decided[name].kind), watch.blanks, self._risks(watch, decided[name]), decided[name].empty)
            for name, watch in self.watched.items()
        )

    def _risks(self, watch: ColumnWatch, column: ColumnType) -> tuple[Risk, ...]:
        return tuple(risk for risk in watch.risks(column.kind) if risk.code not in self.harmless)


def problems_of(encoding: Encoding, line_ends: dict[str, int]) -> list[Problem]:
    """What is wrong with the bytes of a file."""
    problems = []
    if encoding.reason.startswith("a guess"):
        problems.append(
            Problem("encoding_guessed", "the encoding is a guess; ask the sender, or look at the letters", 1)
        )
    if len(line_ends) > 1:
        told = ", ".join(f"{count:,} {kind}" for kind, count in line_ends.items())
        problems.append(Problem("mixed_line_ends", f"lines end in different ways: {told}", len(line_ends)))
    return problems
