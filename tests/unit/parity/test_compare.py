"""The first difference of two files, as a table and as lines."""

from __future__ import annotations

import gzip

import pytest

from trakt.parity.compare import Difference, first_difference
from trakt.parity.run import Made
from trakt.pipeline.model import Output


def compared(tmp_path, one, other, kind="csv", **metadata):
    pair = []
    for name, content in (("one", one), ("other", other)):
        (tmp_path / name).write_bytes(content)
        pair.append(Made(tmp_path / name, 0))
    wanted = Output("out", "out", kind, None, metadata=metadata)
    return first_difference("out", tuple(pair), wanted)


@pytest.mark.parametrize(
    ("one", "other", "at"),
    [
        (b"a,b\n1,2\n", b"a,b\n1,3\n", (2, 1, "b", "2", "3")),
        (b'a,b\n"x\ny",2\n3,4\n', b'a,b\n"x\ny",2\n3,5\n', (4, 2, "b", "4", "5")),
        (b"a,b\n1,2\n", b"a,c\n1,2\n", (1, None, "number 2", "b", "c")),
        (b"a\n1\n2\n", b"a\n1\n", (3, 2, None, "2", None)),
        (b"a\n1\n", b"a\n1\n2\n", (3, 2, None, None, "2")),
        (b"a,b\n1,2\n", b"a,b\n1,2,3\n", (2, 1, None, "1,2", "1,2,3")),
        (b"", b"a\n", (1, None, None, None, "a")),
        # the same table in other bytes
        (b"a\n1\n", b"a\r\n1\r\n", (1, None, None, "a\n", "a\r\n")),
        (b"a\n1\n", b'a\n"1"\n', (2, None, None, "1\n", '"1"\n')),
        # no table at all
        (b'a\n"1\n', b'a\n"2\n', (2, None, None, '"1\n', '"2\n')),
        (b"a\n\xff\n", b"a\n\xfe\n", (2, None, None, "\\xff\n", "\\xfe\n")),
        (b"a\n" + b"x" * 200_000, b"a\n" + b"x" * 200_000 + b"y", (2, None, None, "x" * 200_000, "x" * 200_000 + "y")),
    ],
)
def test_the_first_difference_names_its_line_its_row_and_its_column(tmp_path, one, other, at):
    assert compared(tmp_path, one, other) == Difference("out", *at)


def test_a_table_is_read_as_it_was_written(tmp_path):
    options = {"write_options": {"delimiter": ";", "encoding": "latin-1", "header": False}}
    found = compared(tmp_path, "é;1\nü;2\n".encode("latin-1"), "é;1\nö;2\n".encode("latin-1"), **options)
    assert found == Difference("out", 2, 2, "number 1", "ü", "ö")


def test_equal_files_have_no_difference(tmp_path):
    assert compared(tmp_path, b"a\n1\n", b"a\n1\n") is None


def test_of_a_long_value_the_part_that_differs_is_shown():
    told = str(Difference("out", 2, 1, "a", "x" * 500 + "1" + "y" * 500, "x" * 500 + "2"))
    assert "...'" + "x" * 30 + "1yyy" in told
    assert told.endswith("...'" + "x" * 30 + "2'")
    assert len(told) < 300


@pytest.mark.parametrize(
    ("one", "other", "at"),
    [
        (b'{"a":1,"b":"x"}\n{"a":2,"b":"x"}\n', b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', (2, 2, "b", '"x"', '"y"')),
        (b'{"a":1}\n', b'{"a":1.0}\n', (1, 1, "a", "1", "1.0")),
        (b'{"a":1}\n', b"", (1, 1, None, "1", None)),
        (b'{"a":1}\n', b'{"a": 1}\n', (1, None, None, '{"a":1}\n', '{"a": 1}\n')),
        (b"{\n", b"}\n", (1, None, None, "{\n", "}\n")),
    ],
)
def test_of_json_lines_the_column_is_named(tmp_path, one, other, at):
    assert compared(tmp_path, one, other, kind="jsonl") == Difference("out", *at)


def test_packed_files_are_compared_unpacked(tmp_path):
    one, other = (gzip.compress(content, mtime=0) for content in (b"a\n1\n", b"a\n2\n"))
    assert compared(tmp_path, one, other) == Difference("out", 2, 1, "a", "1", "2")
