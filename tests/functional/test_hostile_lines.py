"""Files of JSON Lines and of fixed width that were made to break things; `make fuzz` searches for longer.

Every physical line is a row, a blank one or a rejected row with its bytes, or the run fails with words.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from tests.conftest import Project
from tests.fuzz.budget import search
from trakt import TraktError

_PIECES = (
    b'{"a": 1}', b'{"a": "x"}', b'{"b": [1, {"c": null}]}', b'{"a": 1', b"}", b"{", b"[", b"]", b'"', b"\\u", b"\\ud83d",
    b"\\ude00", b":", b",", b" ", b"\t", b"\x0b", b"\x00", b"\xff", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"NaN",
    b"1e999", b"-0", b"00417Ada", b"x" * 70, b"\x1a", b"{}", b"null", b"5", b'{"a":1}{"b":2}', b'{"": 0}', b'{"a": 1, "a": 2}',
)  # fmt: skip
_ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"\r", b"")


class File(NamedTuple):
    """A file, how it is declared, and how it is dealt out."""

    kind: str
    content: bytes
    encoding: str | None
    is_packed: bool
    block: int
    on_bad_rows: str

    @property
    def metadata(self) -> dict[str, Any]:
        """What is declared of it."""
        columns = [{"name": "id", "width": 3}, {"name": "name", "start": 5, "end": 8}]
        places = {"columns": columns, "exact_length": len(self.content) % 2 == 0} if self.kind == "fixed_width" else {}
        return {**places, **({"encoding": self.encoding} if self.encoding else {})}


_lines = st.lists(
    st.tuples(st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=3)), max_size=4), st.sampled_from(_ENDS)),
    max_size=12,
).map(lambda lines: b"".join(b"".join(pieces) + end for pieces, end in lines))
_files = st.builds(
    File,
    kind=st.sampled_from(("jsonl", "jsonl", "fixed_width")),
    content=_lines,
    encoding=st.sampled_from((None, None, None, "cp1252", "latin-1", "utf-16-le")),
    is_packed=st.booleans(),
    block=st.sampled_from((1, 2, 7, 1 << 20)),
    on_bad_rows=st.sampled_from(("fail", "quarantine", "quarantine")),
)


def ran(project: Project, file: File) -> Any:
    for old in ("in", "out"):
        shutil.rmtree(project.folder / old, ignore_errors=True)
    name = f"records.{'jsonl' if file.kind == 'jsonl' else 'txt'}{'.gz' if file.is_packed else ''}"
    project.write(name, gzip.compress(file.content) if file.is_packed else file.content)
    entry = {"uri": name, "kind": file.kind, "metadata": file.metadata, "on_bad_rows": file.on_bad_rows}
    schema = ["a"] if file.kind == "jsonl" else ["id"]
    project.pipeline(
        inputs={"records": {**entry, "schema": schema}},
        outputs={"datasets": [{"name": "records", "from": "records", "kind": "jsonl"}]},
        execution={"mode": "stream", "chunk_rows": 3},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trakt.formats.text.decode.READ_BYTES", file.block)
        done = project.run(out="out")
    project.manifests.clear()
    assert "bug in Trakt" not in done.told
    assert "do not add up" not in done.told
    return done


def is_object(line: bytes) -> bool:
    """Whether Python's own reader finds an object in which nothing is lost."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError(pairs)
        return dict(pairs)

    def no_constant(name: str) -> None:
        raise ValueError(name)

    try:
        found = json.loads(line.decode(), object_pairs_hook=once, parse_constant=no_constant)
        json.dumps(found, ensure_ascii=False).encode()
    except ValueError:
        return False
    return isinstance(found, dict)


def require_accounted(file: File, done: Any) -> None:
    (entry,) = done.manifest["inputs"]["records"]["files"]
    lines = entry["lines"]
    assert lines["total"] == lines["blank"] + lines["rows"] + lines["rejected"]
    rejected = done.manifest["rejected"]["path"]
    rows = [json.loads(line) for line in Path(rejected).read_bytes().splitlines()] if rejected else []
    assert len(rows) == lines["rejected"]
    written = done.bytes("records.jsonl").split(b"\n")[:-1]
    assert len(written) == lines["rows"]
    assert all(isinstance(json.loads(line), dict) for line in written)
    if file.encoding or entry["encoding"] != "utf-8" or file.content.startswith(b"\xef\xbb\xbf"):
        return
    # bytes know no other ends of lines than these three
    physical = file.content.splitlines()
    assert lines["total"] == len(physical)
    for row in rows:
        raw = base64.b64decode(row["raw_base64"]) if row["raw_base64"] else row["raw"].encode()
        assert file.content[row["byte_offset"] :].startswith(raw)
        assert physical[row["line"] - 1] == raw
    if file.kind == "jsonl":
        assert lines["rows"] == sum(map(is_object, physical))
        assert lines["blank"] == sum(not line.strip(b" \t") for line in physical)


def test_any_file_of_lines_is_read_accounted_for_or_refused(project: Project) -> None:
    read = {"jsonl": 0, "fixed_width": 0}

    def check(file: File) -> None:
        done = ran(project, file)
        if done.error:
            assert isinstance(done.error, TraktError)
            assert all(fault.what for fault in done.error.faults)
            assert not (done.out / "records.jsonl").exists()
            return
        read[file.kind] += 1
        require_accounted(file, done)

    assert search(_files, check) > 40
    assert min(read.values()) > 3
