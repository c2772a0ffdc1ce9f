"""Files made of single rows: what was rejected and mended, one per line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trakt.errors import InputError
from trakt.formats import Row
from trakt.formats.fixed_width.options import read_options
from trakt.formats.fixed_width.places import Place
from trakt.formats.text.encodings import exact_encoding
from trakt.formats.text.supplement import stored, with_types
from trakt.pipeline.model import Input
from trakt.schema import LogicalType


def files_of(
    wanted: Input,
    columns: Sequence[str],  # noqa: ARG001 - each file has those that are declared
    rows: Sequence[Row],
    details: Mapping[str, str],  # noqa: ARG001 - nothing is found out of such a file
) -> list[bytes]:
    """See `trakt.formats.Format.files_of`."""
    options = read_options(wanted)
    encoding = exact_encoding(options.encoding or "utf-8")
    lines = "".join(_line(row, options.columns, encoding, wanted.name) for row in rows)
    return [stored("\n" * options.skiprows + lines, encoding, wanted)]


def _line(row: Row, places: Sequence[Place], encoding: str, name: str) -> str:
    if isinstance(row, bytes):
        # no text, and so an encoding in which each byte stands for itself
        return row.decode(encoding, "surrogateescape") + "\n"
    if isinstance(row, str):
        if "\n" in row or "\r" in row:
            raise InputError("a row stands on one line", where=f"input '{name}'", hint="take the line end out of `raw`")
        return row + "\n"
    line = [" "] * max(place.end for place in places)
    for place in places:
        value = row[place.name] or ""
        if len(value) > place.width:
            what = f"a row has {len(value)} characters for '{place.name}', which takes {place.width}"
            raise InputError(what, where=f"input '{name}'", hint="shorten the value")
        line[place.start : place.end] = value.ljust(place.width)
    return "".join(line) + "\n"


def pinned(
    wanted: Input,
    details: Mapping[str, str],  # noqa: ARG001
    types: Mapping[str, LogicalType],
) -> Input:
    """See `trakt.formats.Format.pinned`."""
    return with_types(wanted, read_options(wanted), types)
