"""The first record of a file: its column names."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from trakt.errors import Fault, InputError
from trakt.formats.csv.options import DELIMITERS, Dialect
from trakt.formats.csv.records import records_of
from trakt.formats.text.block import Block, Head
from trakt.formats.text.decodable import text_of
from trakt.pipeline.fields import shown


def take_header(blocks: Iterator[Block], dialect: Dialect, uri: str, given: Sequence[str] | None = None) -> Head:
    """The head of a file: it ends with the first record that is not blank.

    Args:
        given: names that replace those in the file, one for each.

    Raises:
        InputError: there is no such record, a name is blank or stands twice, or `given` has another length.
    """
    blank = b""
    for block in blocks:
        if block.flaw:
            raise InputError(block.flaw.what, where=f"{uri}:{block.first_line}", hint="mend the header")
        for record in records_of(block, dialect):
            names = fields_of(record, dialect, uri)
            _check_names(names, given, dialect, f"{uri}:{record.first_line}")
            used = record.first_byte + len(record.data)
            rest = Block(block.data[used:], record.first_line + record.lines)
            return Head(tuple(given or names), blank + block.data[:used], record.lines, rest)
        blank += block.data
    raise InputError(
        "the file is empty: not even a header line", where=uri, hint="remove it, or ask its sender for the file again"
    )


def fields_of(record: Block, dialect: Dialect, uri: str) -> list[str]:
    """The fields of one record, as text."""
    text = text_of(record, uri)
    try:
        return next(iter(rows_of(text, dialect)), [])
    except csv.Error as fault:
        raise InputError(f"the header cannot be read ({fault})", where=f"{uri}:{record.first_line}") from fault


def rows_of(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """Rows by Python's own reader: for heads and samples, which are small."""
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quotechar,
        escapechar=dialect.escapechar,
        quoting=csv.QUOTE_NONE if dialect.quotechar is None else csv.QUOTE_MINIMAL,
    )


def _check_names(names: list[str], given: Sequence[str] | None, dialect: Dialect, where: str) -> None:
    faults: list[tuple[str, str | None]] = []
    if given:
        if len(given) != len(names):
            what = f"{len(names)} columns, but `names` has {len(given)}"
            hint = f"the header reads: {', '.join(names)}"
            raise InputError(what, where=where, hint=hint, unquoted=Fault(what, where, "count those in the header"))
        return
    if len(names) == 1 and (other := _other_delimiter(names[0])):
        hint = f"set `metadata: {{delimiter: {other!r}}}` (or `auto`); if it is one column, name it with `names: [...]`"
        told = f"{dialect.delimiter!r} cuts the header into one"
        raise InputError(f"{told}, {shown(names[0])}", where=where, hint=hint, unquoted=told)
    if blank := [str(position) for position, name in enumerate(names, 1) if not name.strip()]:
        faults.append((f"the header has no name for column {', '.join(blank)} of {len(names)}", None))
    if repeated := twice(names):
        places = "; ".join(", ".join(str(at) for at, each in enumerate(names, 1) if each == name) for name in repeated)
        told = f"the header has one name more than once, for columns {places}"
        faults.append((f"the header has {', '.join(repr(name) for name in repeated)} more than once", told))
    if faults:
        hint = "mend the header, or name the columns yourself: `metadata: {names: [...]}` replaces the header line"
        raise InputError.of(Fault(what, where, hint, told) for what, told in faults)


def _other_delimiter(name: str) -> str | None:
    """A delimiter that stands in a header of one column: read on, the whole file would be one column of text."""
    return next((each for each in DELIMITERS if each in name), None)


def twice(names: Iterable[str]) -> list[str]:
    """The names that stand there more than once."""
    return [name for name, count in Counter(names).items() if count > 1 and name.strip()]
