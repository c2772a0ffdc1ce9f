"""Rows and memory from sizes and samples: near enough where the head of a file is like the rest of it."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from trakt.engine import estimate
from trakt.engine.estimate import estimated
from trakt.engine.limits import Limits
from trakt.engine.plan import plan
from trakt.engine.request import RunRequest
from trakt.pipeline.model import Input, Output, Pipeline
from trakt.storage import local

LINE = "{:07},some text,{}\n"


@pytest.fixture
def planned(tmp_path):
    """The plan of one input, from its files by name; `more` are options of the input."""

    def make(files, uri=".", **more):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        pipeline = Pipeline("p", (Input("r", uri, **more),), outputs=(Output("o", "r"),))
        return plan(RunRequest(pipeline=pipeline, input_dir=str(tmp_path), output_dir=str(tmp_path / "out")))

    return make


@pytest.fixture
def sampled(monkeypatch):
    """The files that were looked into."""
    taken, real = [], local.read_head

    def noted(file, size):
        taken.append(file.uri.rpartition("/")[2])
        return real(file, size)

    monkeypatch.setattr(local, "read_head", noted)
    return taken


def lines(count):
    return "id,text,n\n" + "".join(LINE.format(n, n % 7) for n in range(count))


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("id\n", 0),
        ("id\n1\n2", 2),
        ("id\r\n1\r\n\r\n2\r\n", 2),
        ("id\r1\r2\r", 2),
        ('id,t\n1,"a\nb\n\nc"\n2,x\n', 2),
        ("\ufeffid\n1\n", 1),
    ],
)
def test_a_file_that_a_sample_holds_is_counted(planned, content, rows):
    assert estimated(planned({"a.csv": content}), None).rows == rows


@pytest.mark.parametrize(
    ("metadata", "content", "rows"),
    [
        ({"delimiter": "auto"}, "a;b\n1;2\n3;4\n", 2),
        ({"header": False, "names": ["a", "b"]}, "1,2\n3,4\n", 2),
        ({"read_options": {"skiprows": 2}}, "x\ny\na,b\n1,2\n", 1),
        ({"encoding": "cp1252"}, "a\n\xe9\n".encode("cp1252"), 1),
        ({}, "a,b\n1,2\n3,4\n".encode("utf-16"), 2),
        ({"quotechar": None}, 'a\n"1\n2\n', 2),
    ],
)
def test_a_sample_is_read_as_its_file_will_be(planned, metadata, content, rows):
    options = metadata.get("read_options", metadata)
    assert estimated(planned({"a.csv": content}, metadata={"read_options": options}), None).rows == rows


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_long_file_is_estimated_from_its_head(planned, pack, encoding, monkeypatch):
    content = pack(lines(30_000).encode(encoding))
    if pack is gzip.compress:
        # of this file, to the tenth
        monkeypatch.setattr(estimate, "COMPRESSION", len(lines(30_000).encode(encoding)) / len(content))
    name = "a.csv.gz" if pack is gzip.compress else "a.csv"
    assert estimated(planned({name: content}), None).rows == pytest.approx(30_000, rel=0.01)


def test_a_record_longer_than_the_sample_is_taken_for_one_row_per_sample(planned):
    long = "text of a line\n" * 10_000
    content = "id,t\n" + "".join(f'{n},"{long}"\n' for n in range(4))
    assert 1 <= estimated(planned({"a.csv": content}), None).rows <= 12


def test_only_the_largest_files_are_looked_into_and_the_others_are_like_them(planned, sampled):
    files = {f"{n}.csv": lines(1000 * n) for n in range(1, 6)}
    size = estimated(planned(files), None)
    assert sampled == ["5.csv", "4.csv", "3.csv"]
    assert size.files == 5
    assert size.bytes == sum(map(len, files.values()))
    assert size.rows == pytest.approx(15_000, rel=0.01)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 is a workbook", b"a;b\n1,2\n", b""], ids=["foreign", "unsure", "nothing"]
)
def test_a_file_that_cannot_be_read_is_left_for_the_run_to_tell(planned, content):
    assert estimated(planned({"a.csv": content}, metadata={"delimiter": "auto"}), None).rows is None


def test_what_calls_itself_packed_and_is_not_is_left_for_the_run_to_tell(planned):
    assert estimated(planned({"a.csv.gz": "id\n1\n"}), None).rows is None


@pytest.mark.parametrize(
    ("limits", "looks"),
    [
        ({"max_rows": 10_000}, False),
        ({"max_rows": 1000}, True),
        ({"memory_mb": 180}, False),
        ({"memory_mb": 179}, True),
        ({"max_rows": 10_000, "memory_mb": 180}, False),
    ],
)
def test_no_file_is_looked_into_where_its_size_says_enough(planned, sampled, limits, looks):
    estimated(planned({"a.csv": lines(1400)}), Limits(**limits))
    assert bool(sampled) == looks


def test_packed_text_needs_the_memory_of_what_it_holds(planned):
    plain = estimated(planned({"a.csv": b"x" * 6_000_000}, "a.csv"), Limits(memory_mb=10_000))
    for name in ("b.csv.gz", "C.CSV.GZ"):
        packed = estimated(planned({name: b"x" * 1_000_000}, name), Limits(memory_mb=10_000))
        assert packed.batch_mb == plain.batch_mb > 220


def test_a_stream_needs_what_its_chunks_need_and_never_more_than_the_batch(planned):
    wide = planned({"a.csv": "id,t\n" + f"1,{'x' * 2000}\n" * 20_000})
    usual, small = (
        estimated(each, None) for each in (wide, replace(wide, request=replace(wide.request, chunk_rows=5000)))
    )
    assert usual.batch_mb == usual.stream_mb == pytest.approx(485, abs=2)
    assert small.stream_mb == pytest.approx(228, abs=2)
    narrow = estimated(planned({"a.csv": lines(500_000)}), None)
    assert (narrow.stream_mb, narrow.batch_mb > 250) == (220, True)
    assert estimated(planned({"a.csv": "id\n1\n"}), None).stream_mb == 180
