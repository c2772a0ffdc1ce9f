"""What is read of an object in S3 is its size and a little more, though its checksum needs every byte."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.fakes.s3_wire import Fault, Wire
from trakt.engine.spark.task import FilePart
from trakt.formats import open_apart
from trakt.pipeline.model import Input
from trakt.storage import StoredFile, storage_for
from trakt.testing.s3_server import fresh_client

TAIL = 1 << 16


@pytest.fixture
def wire(bucket: Any, fake_s3_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with Wire(fake_s3_server) as opened:
        monkeypatch.setenv("AWS_ENDPOINT_URL", opened.endpoint)
        with fresh_client():
            yield opened


def parquet(rows: int) -> bytes:
    """Groups of rows that cannot be packed."""
    words = random.Random(rows)
    sink = io.BytesIO()
    columns = {"a": list(range(rows)), "b": [words.randbytes(20).hex() for _ in range(rows)]}
    pq.write_table(pa.table(columns), sink, row_group_size=max(rows // 5, 1))
    return sink.getvalue()


def workbook(rows: int) -> bytes:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra `excel`")
    words = random.Random(rows)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("s")
    sheet.append(["a", "b"])
    for at in range(rows):
        sheet.append([at, words.randbytes(100).hex()])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def through(project: Any, bucket: Any, kind: str, name: str, content: bytes) -> Any:
    bucket.put(f"in/{name}", content)
    project.pipeline(inputs={"records": {"uri": name, "kind": kind}}, outputs={"records": "records"})
    done = project.run("stream", 5_000, input_dir=bucket.uri("in"))
    if done.error:
        raise done.error
    entry = done.manifest["inputs"]["records"]["files"][0]
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    return done


def fetched(wire: Wire, name: str) -> list[tuple[str | None, int]]:
    """Of each request for the object: its range, and how many bytes came."""
    told = zip(wire.seen, wire.answered, strict=True)
    return [(headers.get("range"), size) for (method, path, headers), size in told if method == "GET" and name in path]


def test_a_parquet_file_is_fetched_once_and_its_footer_before(project: Any, bucket: Any, wire: Wire) -> None:
    content = parquet(60_000)
    assert len(content) > 2 << 20
    through(project, bucket, "parquet", "records.parquet", content)
    assert fetched(wire, "records.parquet") == [(f"bytes={len(content) - TAIL}-", TAIL), (None, len(content))]
    assert len({headers["if-match"] for headers in wire.requests("GET", "records.parquet")}) == 1


@pytest.mark.parametrize(("kind", "make", "rows"), [("parquet", parquet, 100), ("excel", workbook, 100)])
def test_a_small_file_is_fetched_once(project: Any, bucket: Any, wire: Wire, kind: str, make: Any, rows: int) -> None:
    content = make(rows)
    name = f"records.{'xlsx' if kind == 'excel' else 'parquet'}"
    through(project, bucket, kind, name, content)
    assert fetched(wire, name) == [(None, len(content))]


def test_a_large_workbook_is_fetched_once(project: Any, bucket: Any, wire: Wire) -> None:
    content = workbook(12_000)
    assert len(content) > 1 << 20
    through(project, bucket, "excel", "records.xlsx", content)
    assert fetched(wire, "records.xlsx") == [(None, len(content))]


def test_a_connection_that_breaks_costs_what_is_left(project: Any, bucket: Any, wire: Wire) -> None:
    content = parquet(60_000)
    wire.faults = [Fault("GET", "records.parquet"), Fault("GET", "records.parquet", after=1 << 20)]
    through(project, bucket, "parquet", "records.parquet", content)
    footer, whole, rest = (headers.get("range") for headers in wire.requests("GET", "records.parquet"))
    assert (footer, whole) == (f"bytes={len(content) - TAIL}-", None)
    assert 0 < int(rest.removeprefix("bytes=").removesuffix("-")) <= 1 << 20


class InParts:
    """What executors do with each part, done here."""

    def __init__(self, file: StoredFile) -> None:
        self.parts = [FilePart(file)]

    def cut(self, find: Any) -> None:
        file = self.parts[0].file
        self.parts = [FilePart(file, stretch) for stretch in find(self.parts[0].source(None), 1 << 20).each]

    def __call__(self, work: Any, uris: Any) -> Any:
        yield [work(part.source(None)) for part in self.parts]


def lines(rows: int) -> bytes:
    return b"".join(b'{"a": %d, "b": "%s"}\n' % (at, b"x" * 40) for at in range(rows))


@pytest.mark.parametrize(("kind", "make", "passes"), [("parquet", parquet, 2), ("jsonl", lines, 4)])
def test_of_a_stretch_no_more_is_fetched_than_it_holds(
    bucket: Any, wire: Wire, kind: str, make: Any, passes: int
) -> None:
    content = make(60_000)
    bucket.put("in/records", content)
    (file,) = storage_for(bucket.uri("in/records")).find(bucket.uri("in/records"), ()).files
    everywhere = InParts(file)
    files = open_apart(Input("i", "i", kind=kind), [everywhere.parts[0].source(None)], everywhere)
    assert len(everywhere.parts) > 1
    frames = [files.reading(part.source(None)).chunks(None) for part in everywhere.parts]
    assert sum(len(frame) for chunks in frames for frame in chunks) == 60_000
    footers = (len(everywhere.parts) + 2) * TAIL if kind == "parquet" else 0
    assert sum(size for _, size in fetched(wire, "records")) == passes * len(content) + footers
