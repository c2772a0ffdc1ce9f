"""Files made of single rows: what was rejected and mended, one object per line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from trakt.formats import Row
from trakt.formats.jsonl.options import read_options
from trakt.formats.text.encodings import exact_encoding
from trakt.formats.text.supplement import stored, with_types
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


def files_of(
    wanted: Input,
    columns: Sequence[str],
    rows: Sequence[Row],
    details: Mapping[str, str],  # noqa: ARG001 - nothing is found out of such a file
) -> list[bytes]:
    """See `trakt.formats.Format.files_of`. What is known as texts stands there as texts; `pinned` says their types."""
    encoding = exact_encoding(read_options(wanted).encoding or "utf-8")
    return [stored("".join(_line(row, columns, encoding) for row in rows), encoding, wanted)]


def _line(row: Row, columns: Sequence[str], encoding: str) -> str:
    if isinstance(row, bytes):
        # no text, and so an encoding in which each byte stands for itself
        return row.decode(encoding, "surrogateescape") + "\n"
    if isinstance(row, str):
        # an object may have been mended over several lines; between its parts a line end is a blank
        return re.sub(r"[\r\n]+", " ", row) + "\n"
    return json.dumps({name: row[name] for name in columns}, ensure_ascii=False) + "\n"


def pinned(
    wanted: Input,
    details: Mapping[str, str],  # noqa: ARG001
    types: Mapping[str, LogicalType],
) -> Input:
    """See `trakt.formats.Format.pinned`."""
    return with_types(wanted, read_options(wanted), types)
