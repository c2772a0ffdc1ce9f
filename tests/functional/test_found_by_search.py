"""What `make fuzz` has found, each as the plain example it came down to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trakt import InputError

BOM = b"\xef\xbb\xbf"
HEADLESS = {"types": "text", "header": False, "names": ["a", "b"]}


@pytest.mark.parametrize(
    ("content", "skiprows", "places"),
    [
        (b"1,2,3\n4,5\n6\n", 0, [(1, 0), (3, 10)]),
        (BOM + b"1,2,3\n4,5\n6\n", 0, [(1, 3), (3, 13)]),
        (BOM + b"title\nmore\n1,2,3\n4,5\n6\n", 2, [(3, 14), (5, 24)]),
    ],
)
def test_without_a_header_bad_rows_are_where_they_say_and_skipped_lines_are_counted(
    project: Any, mode: str, content: bytes, skiprows: int, places: list[tuple[int, int]]
) -> None:
    project.passthrough(content, on_bad_rows="quarantine", metadata={**HEADLESS, "skiprows": skiprows})
    done = project.good(mode)
    rejected = [json.loads(line) for line in (done.out / "rejected.jsonl").read_bytes().splitlines()]
    assert [(row["line"], row["byte_offset"]) for row in rejected] == places
    assert all(content[row["byte_offset"] :].startswith(row["raw"].encode()) for row in rejected)
    lines = done.manifest["inputs"]["records"]["lines"]
    assert lines["total"] == content.count(b"\n")
    assert lines["skipped"] == skiprows


def test_a_byte_order_mark_that_begins_a_row_is_kept(project: Any, mode: str) -> None:
    project.passthrough(BOM + b"a,b\n" + BOM + b"1,2\n", metadata={"types": "text"})
    assert project.good(mode).bytes() == b"a,b\n" + BOM + b"1,2\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_the_mark_of_a_file_without_a_header_tells_its_encoding(project: Any, mode: str, encoding: str) -> None:
    content = "\ufeff1,2\n3,4,5\n".encode(encoding)
    project.passthrough(content, on_bad_rows="quarantine", metadata=HEADLESS)
    done = project.good(mode)
    (entry,) = done.manifest["inputs"]["records"]["files"]
    assert entry["encoding"] == encoding
    (row,) = [json.loads(line) for line in (done.out / "rejected.jsonl").read_bytes().splitlines()]
    assert content[row["byte_offset"] :].decode(encoding) == "3,4,5\n"


def test_a_packed_file_without_a_byte_was_cut_off_and_holds_no_table(project: Any, mode: str) -> None:
    project.passthrough(b"", name="records.csv.gz", metadata=HEADLESS)
    assert "no complete gzip file" in project.bad(InputError, mode).told
