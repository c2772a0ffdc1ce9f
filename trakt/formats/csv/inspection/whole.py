"""A file looked at as a whole, by the reader itself: what it sets aside is what is wrong."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from trakt.formats import BadRow, SourceFile
from trakt.formats.csv.inspection.dialect import SURE, FoundDialect, dialect_of, first_record
from trakt.formats.csv.inspection.names import Names, names_of
from trakt.formats.csv.inspection.octets import look_at
from trakt.formats.csv.inspection.risks import ColumnWatch, decimal_of
from trakt.formats.csv.layout import KIND, CsvLayout, head_of
from trakt.formats.csv.options import ReadOptions
from trakt.formats.inspection import Column, Encoding, Inspection, Problem
from trakt.formats.text.decode import Decoded
from trakt.formats.text.file import TextFile
from trakt.formats.text.table import TextTable
from trakt.schema.infer import Inference
from trakt.schema.parse import TextRules, one_array

_FIRST = 5
_BAD_ROWS = {
    "ragged_row": "rows with more or fewer fields than the header",
    "unbalanced_quote": "lines with a quote that never closes, or goes on after it",
    "undecodable_bytes": "rows with bytes that are not text in this encoding",
}


def inspect(source: SourceFile, rows: int | None) -> Inspection:
    """See `trakt.formats.Format.inspect`."""
    with contextlib.closing(source.open()) as stream:
        encoding, line_ends = look_at(Decoded(source.uri, stream, None, KIND), whole=rows is None)
    declared = encoding.name if encoding.needs_declaring else None
    with contextlib.closing(source.open()) as stream:
        head = head_of(Decoded(source.uri, stream, declared, KIND, aside=True).blocks())
    found = dialect_of(head)
    first = first_record(head, found, source.uri)
    names = names_of(first[0], first[1].first_line) if first else Names(True, None)
    metadata = _metadata(declared, found, names)
    looked = _Looked(rows)
    looked.read(source, ReadOptions(**{"delimiter": ",", **metadata}))
    if (decimal := decimal_of(looked.watched.values())) != ".":
        metadata["decimal"] = decimal
    return Inspection(
        uri=source.uri,
        bytes=source.bytes,
        is_whole=not looked.is_full,
        encoding=encoding,
        delimiter=found.dialect.delimiter,
        confidence=round(found.confidence, 4),
        candidates={each: round(score, 4) for each, score in found.candidates.items()},
        quotechar=found.dialect.quotechar if found.is_quoted else None,
        line_ends=line_ends,
        header=tuple(first[0]) if first and names.is_header else None,
        rows=looked.rows,
        bad_rows=sum(looked.bad.values()),
        problems=(*_of_bytes(encoding, line_ends), *_of_dialect(found), *names.problems, *looked.problems()),
        columns=looked.columns(decimal),
        metadata=metadata,
    )


def _metadata(encoding: str | None, found: FoundDialect, names: Names) -> dict[str, Any]:
    declared: dict[str, Any] = {"encoding": encoding} if encoding else {}
    if found.dialect.delimiter != ",":
        declared["delimiter"] = found.dialect.delimiter
    if found.dialect.quotechar != '"':
        declared["quotechar"] = found.dialect.quotechar
    if found.skiprows:
        declared["skiprows"] = found.skiprows
    if not names.is_header:
        declared["header"] = False
    if names.given:
        declared["names"] = list(names.given)
    return declared


def _of_bytes(encoding: Encoding, line_ends: dict[str, int]) -> list[Problem]:
    problems = []
    if encoding.reason.startswith("a guess"):
        problems.append(
            Problem("encoding_guessed", "the encoding is a guess; ask the sender, or look at the letters", 1)
        )
    if len(line_ends) > 1:
        told = ", ".join(f"{count:,} {kind}" for kind, count in line_ends.items())
        problems.append(Problem("mixed_line_ends", f"lines end in different ways: {told}", len(line_ends)))
    return problems


def _of_dialect(found: FoundDialect) -> list[Problem]:
    if found.skiprows:
        lines = tuple(range(1, found.skiprows + 1))
        told = "lines before the header that are no records; the YAML skips them"
        return [Problem("lines_before_header", told, found.skiprows, lines)]
    best = [each for each, score in found.candidates.items() if score == found.confidence and score]
    if len(best) > 1:
        told = f"the delimiter may be {' or '.join(map(repr, best))}: each fits"
        return [Problem("delimiter_ambiguous", told, len(best))]
    if found.confidence < SURE:
        told = f"no delimiter cuts the records alike; {found.dialect.delimiter!r} is the nearest"
        return [Problem("delimiter_unsure", told, 1)]
    return []


@dataclass
class _Looked:
    """What went by: rows that can be taken, bad ones by their reason, and each column."""

    most: int | None
    rows: int = 0
    is_full: bool = False
    bad: Counter[str] = field(default_factory=Counter)
    watched: dict[str, ColumnWatch] = field(default_factory=dict)
    _lines: dict[str, list[int]] = field(default_factory=dict)
    _pending: list[BadRow] = field(default_factory=list)
    _types: dict[str, Inference] = field(default_factory=dict)

    def read(self, source: SourceFile, options: ReadOptions) -> None:
        """Read the file, or its first rows."""
        file = TextFile(replace(source, set_aside=self._pending.append), options, CsvLayout.of(options))
        self.watched = {name: ColumnWatch() for name in file.columns}
        self._types = {decimal: Inference(TextRules(decimal)) for decimal in (".", ",")}
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
            text = replace(text, table=text.table.slice(0, left))
        else:
            self._note_bad(None)
        self.rows += text.rows
        columns = {name: one_array(text.column(name)) for name in text.names}
        for inference in self._types.values():
            inference.observe(columns)
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
            Problem(reason, _BAD_ROWS.get(reason, reason), count, tuple(self._lines[reason]))
            for reason, count in self.bad.items()
        ]

    def columns(self, decimal: str) -> tuple[Column, ...]:
        """The columns, where numbers have this decimal sign."""
        decided = self._types[decimal].decide(self.watched)
        return tuple(
            Column(name, str(decided[name].kind), watch.blanks, watch.risks(decided[name].kind), decided[name].empty)
            for name, watch in self.watched.items()
        )
