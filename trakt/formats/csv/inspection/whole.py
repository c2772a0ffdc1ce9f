"""A file looked at as a whole, by the reader itself: what it sets aside is what is wrong."""

from __future__ import annotations

import contextlib
from typing import Any

from trakt.formats import SourceFile
from trakt.formats.csv.cutter import UNBALANCED
from trakt.formats.csv.inspection.dialect import SURE, FoundDialect, dialect_of, first_record
from trakt.formats.csv.inspection.names import Names, names_of
from trakt.formats.csv.layout import KIND, CsvLayout, head_of
from trakt.formats.csv.options import ReadOptions
from trakt.formats.csv.split import RAGGED
from trakt.formats.inspection import Inspection, Problem
from trakt.formats.text.decode import Decoded
from trakt.formats.text.inspection.looked import Looked, problems_of
from trakt.formats.text.inspection.octets import look_at
from trakt.formats.text.inspection.risks import decimal_of

_BAD_ROWS = {
    RAGGED: "rows with more or fewer fields than the header",
    UNBALANCED: "lines with a quote that never closes, or goes on after it",
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
    looked = Looked(rows, _BAD_ROWS)
    options = ReadOptions(**{"delimiter": ",", **metadata})
    looked.read(source, options, CsvLayout.of(options))
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
        problems=(*problems_of(encoding, line_ends), *_of_dialect(found), *names.problems, *looked.problems()),
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
