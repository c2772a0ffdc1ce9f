"""What a file of JSON Lines is like, for whom nobody has told."""

from __future__ import annotations

import contextlib
from typing import Any

from trakt.formats import SourceFile
from trakt.formats.inspection import Inspection, Problem
from trakt.formats.jsonl.layout import KIND, JsonLayout
from trakt.formats.jsonl.objects import DUPLICATE_KEY, NOT_AN_OBJECT, NOT_JSON
from trakt.formats.jsonl.options import ReadOptions
from trakt.formats.text.decode import Decoded
from trakt.formats.text.inspection.looked import Looked, problems_of
from trakt.formats.text.inspection.octets import look_at

_BAD_ROWS = {
    NOT_JSON: "lines that are no JSON",
    NOT_AN_OBJECT: "lines that are JSON, but no object",
    DUPLICATE_KEY: "lines with a key twice in one object",
}
_OF_NUMBERS_ONLY = ("leading_zeros", "exponents")
"""Risks that a text in quotes does not run."""


def inspect(source: SourceFile, rows: int | None) -> Inspection:
    """See `trakt.formats.Format.inspect`."""
    with contextlib.closing(source.open()) as stream:
        encoding, line_ends = look_at(Decoded(source.uri, stream, None, KIND), whole=rows is None)
    metadata: dict[str, Any] = {"encoding": encoding.name} if encoding.needs_declaring else {}
    looked = Looked(rows, _BAD_ROWS, _OF_NUMBERS_ONLY)
    looked.read(source, ReadOptions(**metadata), JsonLayout())
    return Inspection(
        uri=source.uri,
        bytes=source.bytes,
        is_whole=not looked.is_full,
        encoding=encoding,
        delimiter=None,
        confidence=1.0,
        candidates={},
        quotechar=None,
        line_ends=line_ends,
        header=None,
        rows=looked.rows,
        bad_rows=sum(looked.bad.values()),
        problems=(*problems_of(encoding, line_ends), *_mixed(looked), *looked.problems()),
        columns=looked.columns("."),
        metadata=metadata,
        kind="jsonl",
    )


def _mixed(looked: Looked) -> list[Problem]:
    mixed = looked.mixtures.among(looked.watched)
    told = f"texts among other values, all read as text: {', '.join(mixed)}"
    return [Problem("mixed_types", told, len(mixed))] if mixed else []
