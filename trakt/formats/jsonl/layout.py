"""What JSON Lines say of their files (`trakt.formats.text.layout`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from trakt.errors import InputError, counted
from trakt.formats.jsonl.columns import columns_of
from trakt.formats.jsonl.objects import Object, objects_of
from trakt.formats.text.bad_rows import Finding, Findings
from trakt.formats.text.block import Block, Flaw, Head
from trakt.formats.text.decodable import as_text, decodable, is_utf8
from trakt.formats.text.decode import Kind
from trakt.formats.text.layout import FileNames, Splitting
from trakt.formats.text.lines import cut_lines, lines_in
from trakt.formats.text.records import Records, lines_of
from trakt.formats.text.table import TextTable

MAX_COLUMNS = 5_000
"""More keys than that are values: a table of them would be wider than any memory."""

_HEAD = 4096

KIND = Kind("JSON Lines", "JSON Lines")


@dataclass(frozen=True, slots=True)
class JsonLayout:
    """See `trakt.formats.text.layout.Layout`."""

    has_header: bool = False
    by_name: bool = True
    most_columns: int | None = MAX_COLUMNS
    kind: Kind = KIND
    hint: str = "each object must stand on a line of its own"
    details: Mapping[str, str] = field(default_factory=dict)

    def settled(self, text: Iterator[bytes], uri: str) -> tuple[JsonLayout, Iterator[bytes]]:
        """Nothing is to be found out but that it is no document of many lines, each of which would be a bad row."""
        head = b""
        while len(head) < _HEAD and b"\n" not in head.lstrip() and (block := next(text, None)) is not None:
            head += block
        # it must not matter how the bytes arrived
        line = head[:_HEAD].lstrip().split(b"\n", 1)[0].strip()
        if line in (b"[", b"{") or line.startswith(b"[{"):
            raise InputError(
                "this is one JSON document, not one object per line",
                where=uri,
                hint="make lines of it: `jq -c '.[]'` of a list of objects, `jq -c .` of objects",
            )
        return self, chain([head] if head else [], text)

    def cut(self, text: Iterator[bytes], uri: str, first_line: int, *, aside: bool) -> Iterator[Block]:  # noqa: ARG002
        """See `Layout`."""
        return cut_lines(text, uri, first_line)

    def columns(self, blocks: Iterator[Block], uri: str) -> tuple[str, ...]:
        """The keys of all objects, in order of first appearance; those of lines that cannot be taken do not count."""
        names: Object = {}
        for block in blocks:
            data = block.data
            if not is_utf8(data):
                data = decodable(self.records_of(block), Findings(aside=True), "utf-8").together()
            for found in objects_of(lines_in(data)):
                # why a line is no object is told by who reads the rows
                if type(found) is dict:
                    names.update(found)
            if len(names) > MAX_COLUMNS:
                raise InputError(
                    f"its objects have over {counted(MAX_COLUMNS, 'different key')}",
                    where=f"{uri}:{block.first_line}",
                    hint="keys seem to be values here: ask for lists of objects instead",
                )
        return tuple(names)

    def take_head(self, blocks: Iterator[Block], uri: str) -> Head:  # noqa: ARG002
        """See `Layout`."""
        return Head()

    def records_of(self, block: Block) -> Records:
        """See `Layout`: white space alone is a blank line."""
        lines = lines_of(block)
        blank = np.array([not line.data.strip(b" \t\r\n") for line in lines], bool)
        return replace(lines.only(~blank), blank_lines=lines.blank_lines + int(blank.sum()))

    def splitting(self, file: FileNames, uri: str) -> Splitting:
        """See `Layout`."""

        def split(block: Block, found: Findings) -> TextTable:
            data, records = as_text(block, cache(lambda: self.records_of(block)), found, file.encoding, uri)
            objects = _taken(data, records, found)
            table, words = columns_of(objects.rows, file.columns, file.missing)
            return TextTable(file.columns, table, objects.records, words)

        return split


class _Taken(NamedTuple):
    """The objects of a block, and their records."""

    rows: list[Object]
    records: Callable[[], Records]


def _taken(data: bytes, records: Callable[[], Records], found: Findings) -> _Taken:
    """The objects; lines that are none are noted, with their records."""
    each_line = [each for each in objects_of(lines_in(data)) if each is not None]
    rows = [each for each in each_line if type(each) is dict]
    if len(rows) == len(each_line):
        return _Taken(rows, records)
    good = np.array([type(each) is dict for each in each_line], bool)
    for at in np.flatnonzero(~good).tolist():
        flaw = each_line[at]
        assert isinstance(flaw, Flaw)
        found.add(Finding.of(records().record(at), flaw))
    return _Taken(rows, lambda: records().only(good))
