"""Delimited files as nobody should send them: a table that was right, and what a transport or a program did to it."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

_PIECES = st.sampled_from(
    ["a", '"', '""', ",", ";", "\t", "|", "\n", "\r", "\r\n", "\n\r", "1", "00", " ", "\\", "é", "\0", "\ufeff", "\u2028",
     "\x1a", "=cmd|'/C calc'!A0", "@SUM(1)", "+49", "-1", "NA", "1e999", "nan", "2026-02-30", "9" * 25, "\ud7ff", "😀"]
)  # fmt: skip
_CELL = st.lists(_PIECES, max_size=4).map("".join)
_QUOTED = _CELL.map(lambda text: '"' + text.replace('"', '""') + '"')
_PLAIN = st.text("a10 é.-", max_size=4)
_HUGE = st.integers(1, 3).map(lambda times: "x" * times * 70_000)

_STRAY = (
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x1a",
    b"\\",
)

Mutation = tuple[str, int, int, int]


@dataclass(frozen=True)
class Delivered:
    """A file as it arrives.

    Attributes:
        content: its bytes, unpacked.
        stored: its bytes as they lie there.
        metadata: how the pipeline declares it.
        block: how many bytes are read at a time, which nobody may notice.
    """

    name: str
    content: bytes
    stored: bytes
    metadata: dict[str, Any] = field(default_factory=dict)
    block: int = 1 << 20

    @property
    def text(self) -> str | None:
        """What it reads; None when it is no UTF-8."""
        try:
            return self.content.removeprefix(b"\xef\xbb\xbf").decode()
        except UnicodeDecodeError:
            return None

    @property
    def lines(self) -> int:
        """Physical lines: LF, CRLF and a lone CR each end one, and what stands behind the last is one more."""
        content = self.content.removeprefix(b"\xef\xbb\xbf")
        return len(re.findall(rb"\r\n|\r|\n", content)) + bool(content and not content.endswith((b"\r", b"\n")))

    def records(self) -> list[list[str]] | None:
        """The records by Python's own reader, blank lines left out; None where quotes do not balance."""
        try:
            return [row for row in read_by_csv(self.text or "") if row]
        except csv.Error:
            return None


def read_by_csv(text: str) -> list[list[str]]:
    """All records of a text as Python's own reader sees them, however long their fields are."""
    limit = csv.field_size_limit(1 << 30)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    finally:
        csv.field_size_limit(limit)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table as a program writes it, with one kind of line end or several."""
    width = draw(st.integers(1, 4))
    cells = st.one_of(_PLAIN, _PLAIN, _QUOTED, _CELL)
    if draw(st.integers(0, 19)) == 7:
        cells = st.one_of(cells, _HUGE)
    rows = [",".join(f"c{number}" for number in range(width))]
    rows += [",".join(draw(st.tuples(*[cells] * width))) for _ in range(draw(st.integers(0, 8)))]
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"], ["\r", "\n", "\r\n"]]))
    text = "".join(row + draw(st.sampled_from(ends)) for row in rows)
    return (text if draw(st.booleans()) else text.rstrip("\r\n")).encode("utf-8", "surrogatepass")


_MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "double", "swap", "cut", "flip"]),
        st.integers(0, 1 << 16),
        st.integers(0, 40),
        st.integers(0, len(_STRAY) - 1),
    ),
    max_size=4,
)


def mutated(content: bytes, mutations: list[Mutation]) -> bytes:
    """The bytes after what befell them."""
    for kind, place, size, stray in mutations:
        at = place % (len(content) + 1)
        end = min(len(content), at + size)
        if kind == "insert":
            content = content[:at] + _STRAY[stray] + content[at:]
        elif kind == "delete":
            content = content[:at] + content[end:]
        elif kind == "double":
            content = content[:end] + content[at:end] + content[end:]
        elif kind == "swap":
            content = content[end:] + content[at:end] + content[:at]
        elif kind == "cut":
            content = content[:at]
        elif content[at : at + 1]:
            content = content[:at] + bytes([content[at] ^ (1 << stray % 8)]) + content[at + 1 :]
    return content


@st.composite
def deliveries(draw: st.DrawFn) -> Delivered:
    """A file and its declaration."""
    content = mutated(draw(tables()), draw(_MUTATIONS))
    if draw(st.integers(0, 5)) == 0:
        content = draw(st.sampled_from([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"])) + content
    metadata: dict[str, Any] = {"types": draw(st.sampled_from(["text", "text", "infer", "pandas"]))}
    metadata |= draw(
        st.sampled_from(
            [{}, {}, {}, {"delimiter": "auto"}, {"escapechar": "\\"}, {"quotechar": None}, {"encoding": "cp1252"},
             {"encoding": "utf-16"}, {"skiprows": 1}, {"delimiter": ";"}, {"header": False, "names": ["a", "b"]},
             {"header": False, "names": ["a"], "skiprows": 2}]
        )
    )  # fmt: skip
    block = draw(st.sampled_from([1 << 20, 1 << 20, 1, 2, 7, 64])) if len(content) < 1000 else 1 << 20
    packing = draw(st.sampled_from(["", "", "", "whole", "members", "broken"]))
    if not packing:
        return Delivered("records.csv", content, content, metadata, block)
    half = len(content) // 2
    stored = gzip.compress(content, 1)
    if packing == "members":
        stored = gzip.compress(content[:half], 1) + gzip.compress(content[half:], 1)
    elif packing == "broken":
        stored = mutated(stored, draw(_MUTATIONS))
        with contextlib.suppress(OSError, EOFError, zlib.error):
            content = gzip.decompress(stored)
    return Delivered("records.csv.gz", content, stored, metadata, block)
