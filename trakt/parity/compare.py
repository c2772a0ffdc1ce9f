"""The first difference of two files that should be the same; both are read once, side by side."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from trakt.parity.run import Made
from trakt.pipeline.model import Output

_SHOWN, _BEFORE = 120, 30
"""Letters of a value, and how many of them before the first that differs."""
_Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two files part.

    Attributes:
        line: physical line of the first row that differs, from 1.
        row: its number among the rows, from 1, or None where the file is no table or the header differs.
        column: its first column that differs, or None where the rows do as a whole.
        expected, found: what stands there in the file compared with, and in this one; None: the file has ended.
    """

    output: str
    line: int
    row: int | None
    column: str | None
    expected: str | None
    found: str | None

    @property
    def place(self) -> str:
        """Where, in words."""
        line = f"row {self.row:,} (line {self.line:,})" if self.row else f"line {self.line:,}"
        return ", ".join([f"output '{self.output}'", line, *([f"column '{self.column}'"] if self.column else [])])

    def __str__(self) -> str:
        return f"{self.place}: {_shown(self.expected, self.found)} became {_shown(self.found, self.expected)}"


def first_difference(name: str, ones: tuple[Made, Made], wanted: Output | None) -> Difference | None:
    """Where the second file parts from the first; None where they are equal.

    Args:
        wanted: how the output is written; None for one that is lines.
    """
    if wanted is not None and wanted.kind in ("csv", "jsonl"):
        try:
            found = _in_tables(name, ones, wanted) if wanted.kind == "csv" else _in_objects(name, ones)
            if found:
                return found
        except (csv.Error, ValueError):
            # whatever it is, its lines can be compared
            pass
    return _in_lines(name, ones)


def _in_tables(name: str, ones: tuple[Made, Made], wanted: Output) -> Difference | None:
    from trakt.formats.csv.output_options import write_options

    options = write_options(wanted)
    first, second = (_records(each.path, options) for each in ones)
    header: list[str] = []
    for number, (one, other) in enumerate(itertools.zip_longest(first, second), 0 if options.header else 1):
        if number == 0 and one:
            header = one[1]
        if one is None or other is None or one[1] != other[1]:
            return _of_records(name, number, (one, other), header)
    return None


def _in_objects(name: str, ones: tuple[Made, Made]) -> Difference | None:
    first, second = (_objects(each.path) for each in ones)
    for number, (one, other) in enumerate(itertools.zip_longest(first, second), 1):
        if one != other:
            pair = [each if each is None else (number, list(each.values())) for each in (one, other)]
            return _of_records(name, number, (pair[0], pair[1]), list(one or other or ()))
    return None


def _objects(path: Path) -> Iterator[dict[str, str]]:
    """The values of each line as JSON, numbers as they stand there."""
    from trakt.formats.jsonl.objects import compact, objects_of

    with _opened(path) as stream:
        for line in stream:
            (found,) = objects_of([line.decode()])
            if not isinstance(found, dict):
                raise ValueError("no object")
            yield {name: compact(value) for name, value in found.items()}


def _of_records(
    name: str, number: int, ones: tuple[_Record | None, _Record | None], header: list[str]
) -> Difference | None:
    one, other = ones
    known = one or other
    assert known
    where = (name, known[0], number or None)
    if one and other and len(one[1]) == len(other[1]):
        pairs = zip(one[1], other[1], strict=True)
        at = next(index for index, (left, right) in enumerate(pairs) if left != right)
        column = header[at] if number and at < len(header) else f"number {at + 1}"
        return Difference(*where, column, one[1][at], other[1][at])
    return Difference(*where, None, one and ",".join(one[1]), other and ",".join(other[1]))


def _records(path: Path, options: Any) -> Iterator[_Record]:
    """Each record, and the physical line on which it begins."""
    with io.TextIOWrapper(_opened(path), options.encoding, newline="") as stream:
        quoting = {"delimiter": options.delimiter, "quotechar": options.quotechar, "escapechar": options.escapechar}
        reader = csv.reader(stream, **quoting, doublequote=not options.escapechar, strict=True)
        line = 1
        for record in reader:
            yield line, record
            line = reader.line_num + 1


def _in_lines(name: str, ones: tuple[Made, Made]) -> Difference | None:
    first, second = (_lines(each) for each in ones)
    for number, (one, other) in enumerate(itertools.zip_longest(first, second), 1):
        if one != other:
            return Difference(name, number, None, None, _text(one), _text(other))
    return None


def _lines(made: Made) -> Iterator[bytes]:
    with _opened(made.path) as stream:
        for line in stream:
            yield made.named(line)


def _opened(path: Path) -> IO[bytes]:
    """A file as it is, or unpacked."""
    with path.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if is_packed else path.open("rb")


def _text(line: bytes | None) -> str | None:
    return None if line is None else line.decode("utf-8", "backslashreplace")


def _shown(value: str | None, other: str | None) -> str:
    """The value, or of a long one the part in which it begins to differ from the other."""
    if value is None:
        return "nothing"
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(value, other or "", strict=False)))
    begin = max(0, same - _BEFORE) if len(value) > _SHOWN else 0
    part = value[begin : begin + _SHOWN]
    return f"{'...' if begin else ''}{part!r}{'...' if begin + _SHOWN < len(value) else ''}"
