from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.s3_wire import Fault
from trakt.errors import DeadlineError, InputError
from trakt.storage import StoredFile, storage_for
from trakt.storage.s3 import read

MIB = 1 << 20
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test() -> Any:
    yield
    gc.collect()
    assert ours() == []


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "trakt-read-ahead"]


def opened(uri: str) -> Any:
    (file,) = storage_for(uri).find(uri, ()).files
    return storage_for(uri).open_read(file)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 3])
def test_all_bytes_arrive(bucket: Any, size: int) -> None:
    content = os.urandom(size)
    with opened(bucket.put("in/a", content)) as stream:
        assert stream.read() == content
        assert stream.read(10) == b""


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101])
def test_of_a_head_no_more_is_asked_for_than_it_has(bucket: Any, wire: Any, size: int) -> None:
    content = os.urandom(size)
    uri = bucket.put("in/a", content)
    (file,) = storage_for(uri).find(uri, ()).files
    way = wire()
    assert storage_for(uri).read_head(file, 100) == content[:100]
    (request,) = way.requests("GET", "in/a")
    assert request.get("range") == ("bytes=0-99" if size > 100 else None)


def test_the_head_of_an_object_that_was_replaced_is_refused(bucket: Any) -> None:
    uri = bucket.put("in/a", b"first")
    (file,) = storage_for(uri).find(uri, ()).files
    bucket.put("in/a", b"other")
    with pytest.raises(InputError, match="was replaced while it was being read"):
        storage_for(uri).read_head(file, 100)


def test_a_head_whose_connection_breaks_is_resumed(bucket: Any, wire: Any) -> None:
    content = os.urandom(3 * MIB)
    uri = bucket.put("in/a", content)
    (file,) = storage_for(uri).find(uri, ()).files
    way = wire(Fault("GET", "in/a", after=MIB + 12_345))
    assert storage_for(uri).read_head(file, 2 * MIB) == content[: 2 * MIB]
    assert len(way.requests("GET", "in/a")) == 2


def test_a_connection_that_breaks_is_resumed_where_it_broke(bucket: Any, wire: Any) -> None:
    content = os.urandom(6 * MIB)
    uri = bucket.put("in/a", content)
    way = wire(Fault("GET", "in/a", times=3, after=MIB + 12_345))
    with opened(uri) as stream:
        assert hashlib.sha256(stream.read()).digest() == hashlib.sha256(content).digest()
    first, *resumed = way.requests("GET", "in/a")
    assert "range" not in first
    assert len(resumed) == 3
    starts = [int(headers["range"].removeprefix("bytes=").removesuffix("-")) for headers in resumed]
    assert starts == sorted(set(starts))
    assert starts[0] > MIB - read._PIECE_BYTES
    etag = bucket.client.head_object(Bucket=bucket.name, Key="in/a")["ETag"]
    assert [headers["if-match"] for headers in (first, *resumed)] == [etag] * 4


def test_a_connection_that_falls_silent_is_broken_and_resumed(
    bucket: Any, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trakt.storage.s3.client._READ_SECONDS", 0.3)
    content, awake = os.urandom(2 * MIB), threading.Event()
    uri = bucket.put("in/a", content)
    way = wire(Fault("GET", "in/a", after=MIB, silent=awake))
    with opened(uri) as stream:
        assert stream.read() == content
    awake.set()
    assert len(way.requests("GET", "in/a")) == 2


def test_who_waits_for_a_silent_store_is_asked_whether_to_wait_on(
    bucket: Any, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_SECONDS_OF_SILENCE", 0.05)
    awake, asked = threading.Event(), []

    def waiting() -> None:
        asked.append(True)
        if len(asked) == 3:
            raise DeadlineError("no longer")

    uri = bucket.put("in/a", os.urandom(2 * MIB))
    wire(Fault("GET", "in/a", after=10, silent=awake))
    (file,) = storage_for(uri).find(uri, ()).files
    stream = storage_for(uri).open_read(file, waiting)
    with pytest.raises(DeadlineError):
        stream.read()
    awake.set()
    stream.close()


def test_progress_forgives_earlier_breaks(bucket: Any, wire: Any) -> None:
    content = os.urandom(4 * MIB)
    uri = bucket.put("in/a", content)
    breaks = read.FRUITLESS_BREAKS + 3
    wire(Fault("GET", "in/a", times=breaks, after=4 * MIB // (breaks + 2)))
    with opened(uri) as stream:
        assert stream.read() == content


def test_a_connection_that_never_brings_anything_is_given_up_and_told(
    bucket: Any, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_LONGEST_PAUSE", 0.01)
    uri = bucket.put("in/a", os.urandom(3 * MIB))
    way = wire(Fault("GET", "in/a", after=MIB), Fault("GET", "in/a", times=1000, after=0))
    with opened(uri) as stream, pytest.raises(InputError, match="the connection keeps breaking") as raised:
        stream.read()
    assert uri in str(raised.value)
    assert len(way.requests("GET", "in/a")) == read.FRUITLESS_BREAKS


def test_what_arrived_before_an_error_is_handed_out_first(
    bucket: Any, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_LONGEST_PAUSE", 0.01)
    uri = bucket.put("in/a", b"x" * 3 * MIB)
    wire(Fault("GET", "in/a", after=2 * MIB + 100_000), Fault("GET", "in/a", times=1000, after=0))
    with opened(uri) as stream:
        assert len(stream.read(2 * MIB)) == 2 * MIB
        with pytest.raises(InputError):
            stream.read()


def test_an_object_that_is_replaced_while_it_is_read_is_an_error_and_never_a_mix(bucket: Any, wire: Any) -> None:
    uri = bucket.put("in/a", b"a" * 3 * MIB)
    wire(
        Fault("GET", "in/a", after=MIB),
        Fault("GET", "in/a", first=lambda: bucket.put("in/a", b"b" * 3 * MIB)),
    )
    with opened(uri) as stream:
        assert stream.read(MIB // 2) == b"a" * (MIB // 2)
        with pytest.raises(InputError, match="was replaced while it was being read") as raised:
            stream.read()
    assert raised.value.hint == "run again when its sender is done"


def test_an_object_that_was_replaced_since_it_was_found_is_refused(bucket: Any) -> None:
    uri = bucket.put("in/a", b"one")
    (file,) = storage_for(uri).find(uri, ()).files
    bucket.put("in/a", b"two")
    with pytest.raises(InputError, match="was replaced"):
        storage_for(uri).open_read(file)


def test_an_object_that_was_deleted_since_it_was_found_is_told(bucket: Any) -> None:
    uri = bucket.put("in/a", b"one")
    (file,) = storage_for(uri).find(uri, ()).files
    bucket.client.delete_object(Bucket=bucket.name, Key="in/a")
    with pytest.raises(InputError, match="was deleted"):
        storage_for(uri).open_read(file)


def test_without_an_etag_the_version_first_met_is_read_to_its_end(bucket: Any, wire: Any) -> None:
    uri = bucket.put("in/a", b"a" * 3 * MIB)
    wire(Fault("GET", "in/a", after=MIB), Fault("GET", "in/a", first=lambda: bucket.put("in/a", b"b" * 3 * MIB)))
    stream = storage_for(uri).open_read(StoredFile(uri, 3 * MIB))
    with stream, pytest.raises(InputError, match="was replaced"):
        stream.read()


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_a_store_that_is_busy_for_a_moment_is_asked_again(bucket: Any, wire: Any, status: int, code: str) -> None:
    content = os.urandom(3 * MIB)
    uri = bucket.put("in/a", content)
    wire(
        Fault("GET", "in/a", times=2, status=status, code=code),
        Fault("GET", "in/a", after=MIB),
        Fault("GET", "in/a", times=2, status=status, code=code),
    )
    with opened(uri) as stream:
        assert stream.read() == content


def test_closing_early_ends_the_thread_and_fetches_no_more(bucket: Any) -> None:
    stream = opened(bucket.put("in/a", b"x" * 20 * MIB))
    stream.read(10)
    assert len(ours()) == 1
    stream.close()
    assert ours() == []
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_closing_does_not_wait_for_the_next_attempt(bucket: Any, wire: Any) -> None:
    uri = bucket.put("in/a", b"x" * 2 * MIB)
    wire(Fault("GET", "in/a", after=MIB), Fault("GET", "in/a", times=1000, after=0))
    stream = opened(uri)
    time.sleep(1.5)
    began = time.monotonic()
    stream.close()
    assert time.monotonic() - began < 1


def test_a_stream_that_is_forgotten_ends_its_thread(bucket: Any) -> None:
    stream = opened(bucket.put("in/a", b"x" * 20 * MIB))
    stream.read(10)
    del stream
    gc.collect()
    assert ours() == []


def test_reading_runs_ahead_but_not_far(bucket: Any) -> None:
    stream = opened(bucket.put("in/a", b"x" * 20 * MIB))
    limit = time.monotonic() + 10
    while len(stream.raw._ahead._blocks) < read.BLOCKS_AHEAD and time.monotonic() < limit:
        time.sleep(0.01)
    time.sleep(0.2)
    assert stream.raw._ahead._source._offset <= (read.BLOCKS_AHEAD + 1) * read.BLOCK_BYTES
    stream.close()


MEMORY = """\
import resource, sys
from trakt.storage import storage_for
source, target = sys.argv[1:]
storage = storage_for(source)
(file,) = storage.find(source, ()).files
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
staged, size = storage.stage(target), 0
with storage.open_read(file) as stream:
    while block := stream.read(1 << 20):
        staged.stream.write(block)
        size += len(block)
staged.publish()
print(size, peak() - before)
"""


def test_copying_64_mib_takes_less_than_60_mib_of_memory(bucket: Any) -> None:
    uri = bucket.put("in/large", os.urandom(64 * MIB))
    command = [sys.executable, "-c", MEMORY, uri, bucket.uri("out/large")]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    size, growth = done.stdout.split()
    assert int(size) == 64 * MIB
    assert float(growth) < 60
    assert hashlib.sha256(bucket.get("out/large")).digest() == hashlib.sha256(bucket.get("in/large")).digest()
