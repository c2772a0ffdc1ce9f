"""A file made of single rows: what was rejected and mended, in the shape of the file it came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from trakt.formats import Row
from trakt.formats.csv.decode import exact_encoding
from trakt.formats.csv.options import AUTO, Dialect, read_options
from trakt.pipeline.model import Input


def file_of(wanted: Input, columns: Sequence[str], rows: Sequence[Row], details: Mapping[str, str]) -> bytes:
    """See `trakt.formats.Format.file_of`."""
    options = read_options(wanted)
    dialect = options.dialect(details["delimiter"] if options.delimiter == AUTO else options.delimiter)
    encoding = exact_encoding(options.encoding or "utf-8")
    lines = ["\n"] * options.skiprows
    if options.header:
        lines.append(_line(columns, dialect))
    for row in rows:
        if isinstance(row, bytes):
            # no text, and so an encoding in which each byte stands for itself
            lines.append(row.decode(encoding, "surrogateescape") + "\n")
        else:
            lines.append(f"{row}\n" if isinstance(row, str) else _line([row[name] or "" for name in columns], dialect))
    return "".join(lines).encode(encoding, "surrogateescape")


def _line(fields: Sequence[str], dialect: Dialect) -> str:
    line = io.StringIO()
    csv.writer(
        line,
        delimiter=dialect.delimiter,
        quotechar=dialect.quotechar,
        escapechar=dialect.escapechar,
        doublequote=dialect.escapechar is None,
        quoting=csv.QUOTE_NONE if dialect.quotechar is None else csv.QUOTE_MINIMAL,
        lineterminator="\n",
    ).writerow(fields)
    return line.getvalue()


def pinned(wanted: Input, details: Mapping[str, str]) -> Mapping[str, Any]:
    """See `trakt.formats.Format.pinned`."""
    if read_options(wanted).delimiter != AUTO:
        return wanted.metadata
    spelled = ("delimiter", "sep")
    grouped = {key: each for key, each in wanted.metadata.get("read_options", {}).items() if key not in spelled}
    others = {key: each for key, each in wanted.metadata.items() if key not in spelled}
    return {**others, "read_options": {**grouped, "delimiter": details["delimiter"]}}
