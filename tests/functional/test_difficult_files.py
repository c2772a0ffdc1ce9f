"""Files as clients send them: read right, or a clear error with file, line and remedy."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from trakt import InputError, PipelineError

TEXT = 'id,name\n1,Müller\n2,"a ""b""\nc"\n'
EXPECTED = [["id", "name"], ["1", "Müller"], ["2", 'a "b"\nc']]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", None),
        ("latin-1", "latin-1"),
        ("cp1252", "cp1252"),
        ("utf-8-sig", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
    ],
)
def test_an_encoding_that_is_marked_or_declared_is_read_right(
    project: Any, mode: str, encoding: str, declared: str | None
) -> None:
    project.passthrough(TEXT.encode(encoding), metadata={"encoding": declared} if declared else {})
    assert project.good(mode, 1).rows() == EXPECTED


def test_latin_1_undeclared_is_told_with_line_byte_and_remedy(project: Any, mode: str) -> None:
    project.passthrough(b"id,name\n1,a\n2,M\xfcller\n")
    told = project.bad(InputError, mode).told
    assert "records.csv:3: byte 0xfc is not utf-8" in told
    assert "encoding:" in told
    assert "latin-1" in told


def test_latin_1_in_the_header_is_told_too(project: Any, mode: str) -> None:
    project.passthrough(b"id,n\xe4me\n1,a\n")
    assert "records.csv:1: byte 0xe4 is not utf-8" in project.bad(InputError, mode).told


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_with_the_remedy(project: Any, mode: str, encoding: str) -> None:
    project.passthrough("id,name\n1,a\n".encode(encoding))
    told = project.bad(InputError, mode).told
    assert "UTF-16" in told
    assert "encoding: utf-16" in told


def test_half_a_utf_16_character_at_the_end_is_told(project: Any, mode: str) -> None:
    project.passthrough("id,name\n1,a\n".encode("utf-16")[:-1])
    assert "is not utf-16" in project.bad(InputError, mode).told


@pytest.mark.parametrize(
    "encoding", ["hex", "base64", "rot13", "zlib", "bz2", "quopri", "undefined", "punycode", "idna", "unicode_escape"]
)
def test_a_codec_that_is_hardly_an_encoding_of_files_never_ends_in_a_traceback(project: Any, encoding: str) -> None:
    for options in ({"metadata": {"encoding": encoding}}, {"write": {"encoding": encoding}}):
        project.passthrough("id,name\n1,a\n", **options)
        done = project.run()
        assert done.error is None or isinstance(done.error, PipelineError | InputError)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(project: Any, mode: str, end: str) -> None:
    project.passthrough(end.join(["id,name", "1,a", "2,b"]) + end)
    assert project.good(mode, 1).bytes() == b"id,name\n1,a\n2,b\n"
    project.passthrough(end.join(["id,name", "1,a", "2,b"]))
    assert project.good(mode, 1).bytes() == b"id,name\n1,a\n2,b\n"


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_told(project: Any, mode: str, content: bytes) -> None:
    project.passthrough(content)
    told = project.bad(InputError, mode).told
    assert "records.csv: the file is empty" in told


@pytest.mark.parametrize("content", ["id,name", "id,name\n", "id,name\r\n\r\n"])
def test_a_header_alone_is_a_table_without_rows(project: Any, mode: str, content: str) -> None:
    project.passthrough(content)
    done = project.good(mode, 1)
    assert done.bytes() == b"id,name\n"
    assert done.manifest["outputs"]["records"]["rows"] == 0


def test_nul_is_kept_in_a_value(project: Any, mode: str) -> None:
    project.passthrough(b"id,name\n1,a\0b\n2,plain text\n")
    assert project.good(mode, 1).bytes() == b"id,name\n1,a\0b\n2,plain text\n"


def test_one_field_of_ten_megabytes_is_read(project: Any, mode: str) -> None:
    big = 'x "y", z\n' * 1_200_000
    project.passthrough('id,text\n1,"' + big.replace('"', '""') + '"\n2,small\n')
    rows = project.good(mode, 1).bytes().decode()
    assert rows == 'id,text\n1,"' + big.replace('"', '""') + '"\n2,small\n'


def test_a_header_field_of_a_megabyte_is_read_or_told(project: Any, mode: str) -> None:
    name = "n" * (1 << 20)
    project.passthrough(f"id,{name}\n1,a\n")
    done = project.run(mode)
    if done.error:
        assert "records.csv:1" in done.told
        assert len(done.told) < 1000
    else:
        assert done.rows()[0] == ["id", name]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("id,id,name", "'id' more than once"),
        ("id,,name", "no name for column 2 of 3"),
        ("id, ,name", "no name for column 2 of 3"),
        ('id,"",id', "no name for column 2 of 3"),
    ],
)
def test_duplicate_and_blank_header_names_are_told_with_the_remedy(
    project: Any, mode: str, header: str, told: str
) -> None:
    project.passthrough(f"{header}\n1,2,3\n")
    error = project.bad(InputError, mode).told
    assert "records.csv:1" in error
    assert told in error
    assert "names" in error
    project.passthrough(f"{header}\n1,2,3\n", metadata={"names": ["a", "b", "c"]})
    assert project.good(mode).bytes() == b"a,b,c\n1,2,3\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('id,name\n1,"a\n2,b\n3,c\n', 2),
        ('id,"name\n1,a\n', 1),
        ('id,name\n1,a\n2,b"\n3,"c', 4),
        ('id,name\n1,"a"b\n2,c\n', 2),
        ('id,name\n1,"a\n2,b"c\n', 3),
        ('id,name\n1,a\n2,"', 3),
    ],
)
def test_an_unbalanced_quote_is_told_where_it_opens_or_breaks(project: Any, mode: str, content: str, line: int) -> None:
    project.passthrough(content)
    told = project.bad(InputError, mode).told
    assert f"records.csv:{line}: " in told
    assert "quote" in told
    assert "quotechar" in told


def test_a_quote_inside_an_unquoted_field_is_text(project: Any, mode: str) -> None:
    project.passthrough('id,name\n1,5" pipe\n2,say "hi"\n')
    assert project.good(mode).rows()[1:] == [["1", '5" pipe'], ["2", 'say "hi"']]


def test_a_gzipped_file_is_read_also_with_several_members(project: Any, mode: str) -> None:
    packed = gzip.compress(b"id,name\n1,") + gzip.compress(b"a\n2,b\n")
    project.passthrough(packed, "records.csv.gz")
    done = project.good(mode, 1)
    assert done.bytes() == b"id,name\n1,a\n2,b\n"
    assert done.manifest["inputs"]["records"]["files"][0]["bytes"] == len(packed)


@pytest.mark.parametrize("cut", [1, 5, 12, -4, -9])
def test_a_gzipped_file_that_is_cut_off_is_told(project: Any, mode: str, cut: int) -> None:
    project.passthrough(gzip.compress(b"id,name\n" + b"1,a\n" * 1000)[:cut], "records.csv.gz")
    assert "gzip" in project.bad(InputError, mode).told


def test_a_gzipped_file_with_a_flipped_bit_is_told(project: Any, mode: str) -> None:
    packed = bytearray(gzip.compress(b"id,name\n" + bytes(f"1,{'a' * 500}\n", "ascii") * 1000))
    packed[len(packed) // 2] ^= 0x10
    project.passthrough(bytes(packed), "records.csv.gz")
    assert "records.csv.gz" in project.bad(InputError, mode).told


def test_a_file_that_only_says_it_is_gzipped_is_told(project: Any, mode: str) -> None:
    project.passthrough(b"id,name\n1,a\n", "records.csv.gz")
    assert "gzip" in project.bad(InputError, mode).told


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(b"id\n1\n"), "gzip"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"PAR1rest", "Parquet"),
        (b"\xd0\xcf\x11\xe0rest", "Excel"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(project: Any, mode: str, content: bytes, name: str) -> None:
    project.passthrough(content)
    assert name in project.bad(InputError, mode).told


def test_an_input_that_can_be_read_only_once_loses_no_row(project: Any) -> None:
    """A pipe as input: the head of a pipe is gone once it was looked at."""
    project.passthrough("id,v\n1,a\n", schema={"id": "int", "v": "string"})
    content = "id,v\n" + "".join(f"{number},{'x' * 50}\n" for number in range(60_000))
    done = project.run_cli("--input", "records=/dev/stdin", input=content)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        assert (project.folder / "out" / "records.csv").read_text() == content
    else:
        assert done.returncode in (1, 2)
        assert "/dev/stdin" in done.stderr
