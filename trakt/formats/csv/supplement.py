"""Files made of single rows: what was rejected and mended, in the shape of the files it came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trakt.errors import InputError
from trakt.formats import Row
from trakt.formats.csv.options import AUTO, Dialect, read_options
from trakt.formats.text.encodings import exact_encoding
from trakt.formats.text.supplement import stored, with_types
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


def files_of(wanted: Input, columns: Sequence[str], rows: Sequence[Row], details: Mapping[str, str]) -> list[bytes]:
    """See `trakt.formats.Format.files_of`."""
    options = read_options(wanted)
    dialect = options.dialect(details["delimiter"] if options.delimiter == AUTO else options.delimiter)
    encoding = exact_encoding(options.encoding or "utf-8")
    place = f"input '{wanted.name}'"
    try:
        head = "\n" * options.skiprows + (_line(columns, dialect) if options.header else "")
        lines = [_text(row, columns, dialect, encoding) for row in rows]
        # a quote that never closes, or a line end that is escaped, would swallow the rows after it
        alone = [_swallows(line, dialect) for line in lines]
        together = "".join(line for line, apart in zip(lines, alone, strict=True) if not apart)
        texts = [together] if together or not any(alone) else []
        texts += [line for line, apart in zip(lines, alone, strict=True) if apart]
        return [stored(head + text, encoding, wanted) for text in texts]
    except csv.Error as fault:
        hint = "give it as `raw`, as it should stand in the file"
        raise InputError(f"a row cannot be written without quotes ({fault})", where=place, hint=hint) from fault


def _text(row: Row, columns: Sequence[str], dialect: Dialect, encoding: str) -> str:
    if isinstance(row, bytes):
        # no text, and so an encoding in which each byte stands for itself
        return row.decode(encoding, "surrogateescape") + "\n"
    return f"{row}\n" if isinstance(row, str) else _line([row[name] or "" for name in columns], dialect)


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


def _swallows(line: str, dialect: Dialect) -> bool:
    if not any(mark in line for mark in (dialect.quotechar, dialect.escapechar) if mark):
        return False
    # numpy is loaded by who replays such a row
    from trakt.formats.csv.blocks import cut

    try:
        for _ in cut(iter([line.encode("utf-8", "surrogatepass")]), dialect, ""):
            pass
    except InputError:
        return True
    return False


def pinned(wanted: Input, details: Mapping[str, str], types: Mapping[str, LogicalType]) -> Input:
    """See `trakt.formats.Format.pinned`."""
    declared = with_types(wanted, read_options(wanted), types)
    return replace(declared, metadata=_with_delimiter(wanted, details["delimiter"]))


def _with_delimiter(wanted: Input, delimiter: str) -> Mapping[str, Any]:
    if read_options(wanted).delimiter != AUTO:
        return wanted.metadata
    spelled = ("delimiter", "sep")
    grouped = {key: each for key, each in wanted.metadata.get("read_options", {}).items() if key not in spelled}
    others = {key: each for key, each in wanted.metadata.items() if key not in spelled}
    return {**others, "read_options": {**grouped, "delimiter": delimiter}}
