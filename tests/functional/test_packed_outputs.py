"""Outputs packed with gzip: the bytes depend on the rows alone, as with every output."""

from __future__ import annotations

import gzip
import random
from typing import Any

import pytest

from trakt import InputError, PipelineError

ROWS = "".join(f"{number},{random.Random(number).random()}\n" for number in range(40_000))
COLUMNS = [{"name": "id", "width": 9}, {"name": "value", "width": 24}]


@pytest.mark.parametrize(
    ("kind", "suffix", "metadata"),
    [("csv", "csv", {}), ("jsonl", "jsonl", {}), ("fixed_width", "txt", {"columns": COLUMNS})],
)
def test_every_chunk_size_gives_the_same_packed_bytes(project: Any, kind: str, suffix: str, metadata: Any) -> None:
    project.write("records.csv", "id,value\n" + ROWS)
    entry = {"from": "records", "kind": kind, "metadata": metadata}
    project.pipeline(
        inputs={"records": "records.csv"},
        outputs={
            "datasets": [
                {"name": "packed", "uri": f"a.{suffix}.gz", **entry},
                {"name": "plain", "uri": f"a.{suffix}", **entry},
            ]
        },
    )
    runs = [project.good("batch"), *(project.good("stream", chunk) for chunk in (999, 7_001, 50_000))]
    packed = {done.bytes(f"a.{suffix}.gz") for done in runs}
    assert len(packed) == 1
    (content,) = packed
    assert gzip.decompress(content) == runs[0].bytes(f"a.{suffix}")
    # RFC 1952: no flags, so no name, and no time
    assert content[3:8] == bytes(5)


def test_what_is_packed_is_read_again(project: Any) -> None:
    project.write("records.csv", "id,name\n1,ä\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        outputs={"datasets": [{"name": "records", "from": "records", "uri": "r.csv.gz"}]},
    )
    first = project.good()
    project.write("records.csv.gz", first.bytes("r.csv.gz"))
    project.pipeline(inputs={"records": "records.csv.gz"}, outputs={"records": "records"})
    assert project.good().rows() == [["id", "name"], ["1", "ä"]]


def test_a_packed_file_of_another_kind_is_refused(project: Any) -> None:
    project.write("records.csv", "id\n1\n")
    project.pipeline(
        inputs={"records": "records.csv"},
        outputs={"datasets": [{"name": "records", "from": "records", "uri": "r.parquet.gz"}]},
    )
    assert "under another kind's name" in project.bad(PipelineError).told


def test_a_run_that_fails_leaves_no_packed_part(project: Any, mode: str) -> None:
    project.write("records.csv", "id\n" + "1\n" * 30_000 + "x,y\n")
    project.pipeline(
        inputs={"records": {"uri": "records.csv", "schema": {"id": "int"}}},
        outputs={"datasets": [{"name": "records", "from": "records", "uri": "r.csv.gz"}]},
    )
    done = project.bad(InputError, mode, 100)
    assert not (done.out / "r.csv.gz").exists()
    assert project.leftovers() == []
