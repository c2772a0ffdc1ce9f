from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.s3_wire import Fault
from trakt.errors import OutputError
from trakt.storage import storage_for
from trakt.storage.s3.upload import PART_SIZES, part_sizes

MIB = 1 << 20
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test() -> Any:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("trakt-upload")] == []


def stage(uri: str) -> Any:
    return storage_for(uri).stage(uri)


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 8 * MIB + 1, 20 * MIB + 7])
@pytest.mark.parametrize("pieces", ["one", "many"])
def test_an_output_is_invisible_until_published_and_then_whole(bucket: Any, size: int, pieces: str) -> None:
    content = os.urandom(size)
    staged = stage(bucket.uri("out/o.csv"))
    step = max(size, 1) if pieces == "one" else 1_000_003
    for start in range(0, size, step):
        piece = content[start : start + step]
        assert staged.stream.write(piece) == len(piece)
    assert "out/o.csv" not in bucket.all_keys()
    staged.publish()
    staged.abort()
    assert bucket.get("out/o.csv") == content
    assert bucket.all_keys() == ["out/o.csv"]
    assert bucket.uploads() == []


@pytest.mark.parametrize("size", [10, 20 * MIB])
def test_the_old_output_stays_until_the_new_one_is_published(bucket: Any, size: int) -> None:
    bucket.put("out/o.csv", b"old")
    staged = stage(bucket.uri("out/o.csv"))
    staged.stream.write(b"x" * size)
    assert bucket.get("out/o.csv") == b"old"
    staged.abort()
    staged.abort()
    assert bucket.get("out/o.csv") == b"old"
    assert bucket.all_keys() == ["out/o.csv"]
    assert bucket.uploads() == []


def test_an_upload_in_progress_is_marked_by_a_hidden_object_that_no_input_finds(bucket: Any) -> None:
    staged = stage(bucket.uri("out/o.csv"))
    staged.stream.write(b"x" * 9 * MIB)
    (mark,) = bucket.all_keys()
    assert mark.startswith("out/.o.csv.")
    assert mark.endswith(".trakt-part")
    for uri in ("out", "out/*", "**"):
        found = storage_for("s3://").find(bucket.uri(uri), (".trakt-part",))
        assert (found.files, found.passed_over) == ((), ())
    staged.abort()


def test_a_killed_run_leaves_the_old_output(bucket: Any) -> None:
    bucket.put("out/o.csv", b"old")
    code = "import os, sys; from trakt.storage import storage_for; s = storage_for(sys.argv[1]).stage(sys.argv[1]); s.stream.write(b'x' * (20 << 20)); os.kill(os.getpid(), 9)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, bucket.uri("out/o.csv")], env=environment, check=False, timeout=60
    )
    assert done.returncode == -9
    assert bucket.get("out/o.csv") == b"old"
    assert [key for key, _ in bucket.uploads()] == ["out/o.csv"]


def test_two_attempts_do_not_disturb_each_other(bucket: Any) -> None:
    uri = bucket.uri("out/o.csv")
    one, two = stage(uri), stage(uri)
    one.stream.write(b"1" * 9 * MIB)
    two.stream.write(b"2" * 9 * MIB)
    one.publish()
    assert bucket.get("out/o.csv")[:1] == b"1"
    two.publish()
    assert bucket.get("out/o.csv")[:1] == b"2"
    assert bucket.all_keys() == ["out/o.csv"]


def test_parts_fit_5_tib_into_10_000_and_none_is_outside_of_s3s_limits() -> None:
    sizes = list(part_sizes())
    assert len(sizes) == 10_000
    assert sum(sizes) >= 5 << 40
    assert min(sizes) >= 5 * MIB
    assert max(sizes) <= 5 << 30


def test_parts_grow_and_all_arrive_in_order(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from trakt.storage.s3 import upload

    monkeypatch.setattr(upload, "PART_SIZES", ((2, 5), (1, 6), (2, 7)))
    content = os.urandom(27 * MIB)
    staged = stage(bucket.uri("o"))
    for start in range(0, len(content), 3_333_333):
        staged.stream.write(content[start : start + 3_333_333])
    staged.publish()
    assert bucket.get("o") == content
    assert bucket.client.head_object(Bucket=bucket.name, Key="o")["ETag"].endswith('-5"')


def test_an_output_over_the_largest_object_is_told_and_leaves_nothing(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trakt.storage.s3 import upload

    monkeypatch.setattr(upload, "PART_SIZES", ((2, 5),))
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"x" * 10 * MIB)
    with pytest.raises(OutputError, match="5 TiB"):
        staged.stream.write(b"x")
    staged.abort()
    assert bucket.all_keys() == []
    assert bucket.uploads() == []
    assert sum(count for count, _ in PART_SIZES) == 10_000


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_a_store_that_is_busy_for_a_moment_is_asked_again(bucket: Any, wire: Any, status: int, code: str) -> None:
    content = os.urandom(20 * MIB)
    way = wire(Fault("PUT", "partNumber=2", times=2, status=status, code=code))
    staged = stage(bucket.uri("o"))
    staged.stream.write(content)
    staged.publish()
    assert bucket.get("o") == content
    assert len(way.requests("PUT", "partNumber=2")) == 3


@pytest.mark.parametrize("about", ["partNumber=1", "trakt-part", "uploads"])
def test_an_upload_that_fails_is_told_and_leaves_nothing(bucket: Any, wire: Any, about: str) -> None:
    bucket.put("out/o.csv", b"old")
    method = "POST" if about == "uploads" else "PUT"
    wire(Fault(method, about, times=1000, status=403, code="AccessDenied"))
    staged = stage(bucket.uri("out/o.csv"))

    def write_and_publish() -> None:
        staged.stream.write(b"x" * 20 * MIB)
        staged.publish()

    with pytest.raises(OutputError, match="access is denied") as raised:
        write_and_publish()
    assert bucket.uri("out/o.csv") in str(raised.value)
    assert "s3:PutObject" in str(raised.value)
    staged.abort()
    assert bucket.get("out/o.csv") == b"old"
    assert bucket.all_keys() == ["out/o.csv"]
    assert bucket.uploads() == []


@pytest.mark.parametrize("size", [10, 20 * MIB])
def test_publishing_that_fails_leaves_the_old_output(bucket: Any, wire: Any, size: int) -> None:
    bucket.put("out/o.csv", b"old")
    wire(
        Fault("POST", "uploadId", times=1000, status=403, code="AccessDenied"),
        Fault("PUT", "out/o.csv?", times=0 if size > MIB else 1000, status=403, code="AccessDenied"),
        Fault("PUT", "out/o.csv", times=0 if size > MIB else 1000, status=403, code="AccessDenied"),
    )
    staged = stage(bucket.uri("out/o.csv"))
    staged.stream.write(b"x" * size)
    with pytest.raises(OutputError):
        staged.publish()
    staged.abort()
    assert bucket.get("out/o.csv") == b"old"
    assert bucket.all_keys() == ["out/o.csv"]
    assert bucket.uploads() == []


def test_a_completion_whose_answer_is_lost_counts_as_done(bucket: Any, wire: Any) -> None:
    content = os.urandom(20 * MIB)
    way = wire(Fault("POST", "uploadId", times=1, status=500, lost=True))
    staged = stage(bucket.uri("o"))
    staged.stream.write(content)
    staged.publish()
    assert bucket.get("o") == content
    assert len(way.requests("POST", "uploadId")) == 2


@pytest.mark.parametrize("there", [None, b"old"])
def test_an_upload_that_somebody_aborted_is_told(bucket: Any, wire: Any, there: bytes | None) -> None:
    if there:
        bucket.put("o", there)
    # moto answers with 500 here, S3 with this
    wire(Fault("POST", "uploadId", times=1000, status=404, code="NoSuchUpload"))
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"x" * 9 * MIB)
    with pytest.raises(OutputError, match="aborted by somebody else"):
        staged.publish()
    staged.abort()
    assert bucket.all_keys() == (["o"] if there else [])


def test_an_abort_that_fails_keeps_the_mark_for_trakt_clean(
    bucket: Any, wire: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wire(Fault("DELETE", "uploadId", times=1000, status=403, code="AccessDenied"))
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"x" * 9 * MIB)
    staged.abort()
    assert len(bucket.all_keys()) == len(bucket.uploads()) == 1
    assert "`trakt clean` will" in caplog.text


@pytest.mark.parametrize("size", [10, 9 * MIB])
def test_a_new_object_is_taken_back(bucket: Any, size: int) -> None:
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"x" * size)
    staged.publish()
    staged.revert()
    assert bucket.all_keys() == []


def test_an_object_that_was_replaced_cannot_be_put_back_and_that_is_said(bucket: Any) -> None:
    bucket.put("o", b"old")
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"new")
    staged.publish()
    with pytest.raises(OutputError, match="cannot be put back") as raised:
        staged.revert()
    assert "versioning" in str(raised.value)
    assert bucket.get("o") == b"new"


@pytest.mark.parametrize("size", [10, 9 * MIB])
def test_in_a_bucket_with_versions_the_one_before_is_put_back(bucket: Any, size: int) -> None:
    enabled = {"Status": "Enabled"}
    bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=enabled)
    bucket.put("o", b"old")
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"x" * size)
    staged.publish()
    assert len(bucket.get("o")) == size
    staged.revert()
    assert bucket.get("o") == b"old"


@pytest.mark.parametrize("size", [10, 9 * MIB])
def test_encryption_and_tags_come_from_the_environment(bucket: Any, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAKT_S3_SSE", "aws:kms")
    monkeypatch.setenv("TRAKT_S3_KMS_KEY_ID", "alias/trakt")
    monkeypatch.setenv("TRAKT_S3_TAGS", "team=data%20eng&kept=")
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"x" * size)
    staged.publish()
    head = bucket.client.head_object(Bucket=bucket.name, Key="o")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/trakt")
    tags = bucket.client.get_object_tagging(Bucket=bucket.name, Key="o")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "data eng", "kept": ""}


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("TRAKT_S3_SSE", "AES", "unknown encryption 'AES'"),
        ("TRAKT_S3_KMS_KEY_ID", "alias/x", "no encryption with KMS"),
        ("TRAKT_S3_TAGS", "team", "is not a list of tags"),
        ("TRAKT_S3_TAGS", "a=1&a=2", "'a' is given twice"),
        ("TRAKT_S3_TAGS", "&".join(f"t{n}=1" for n in range(11)), "11 tags"),
        ("TRAKT_S3_TAGS", "aws:x=1", "no 'aws:'"),
        ("TRAKT_S3_TAGS", "a=%3Cb%3E", "may hold letters"),
        ("TRAKT_S3_TAGS", f"{'k' * 129}=1", "1 to 128 letters"),
        ("TRAKT_S3_TAGS", f"k={'v' * 257}", "256 at most"),
    ],
)
def test_a_setting_that_is_wrong_is_told_before_any_work(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(OutputError, match=told) as raised:
        stage(bucket.uri("o"))
    assert str(raised.value).startswith(variable)


def test_a_bucket_that_is_not_there_is_told_before_any_work(bucket: Any) -> None:
    with pytest.raises(OutputError, match="there is no bucket 'no-such-bucket-here'"):
        stage("s3://no-such-bucket-here/o.csv")


def test_expired_credentials_are_told_before_any_work(bucket: Any, wire: Any) -> None:
    wire(Fault("GET", "list-type", times=10, status=400, code="ExpiredToken"))
    with pytest.raises(OutputError, match="the credentials have expired"):
        stage(bucket.uri("o"))


@pytest.mark.parametrize("there", [True, False])
def test_who_may_only_write_can_write_and_what_cannot_be_known_is_not_deleted(
    bucket: Any, wire: Any, there: bool
) -> None:
    if there:
        bucket.put("o", b"old")
    wire(
        Fault("GET", "list-type", times=10, status=403, code="AccessDenied"),
        Fault("HEAD", "/o", times=10, status=403, code=""),
    )
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"new")
    staged.publish()
    with pytest.raises(OutputError, match="cannot be put back"):
        staged.revert()
    assert bucket.get("o") == b"new"


@pytest.mark.parametrize("key", ["", "out/"])
def test_a_target_that_is_no_object_is_told(bucket: Any, key: str) -> None:
    with pytest.raises(OutputError, match="is a directory"):
        stage(bucket.uri(key))


def test_odd_keys_are_written_by_their_letters(bucket: Any) -> None:
    keys = ["o/a b+c%20=?&#.csv", "o/größe.csv", "o/" + "n" * 1022]
    for key in keys:
        staged = stage(bucket.uri(key))
        staged.stream.write(b"x" * 9 * MIB)
        staged.publish()
    assert sorted(bucket.all_keys()) == sorted(keys)


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("versioned", [True, False])
def test_what_is_withdrawn_is_nobodys_until_it_is_put_back(bucket: Any, published: bool, versioned: bool) -> None:
    if versioned:
        enabled = {"Status": "Enabled"}
        bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=enabled)
    bucket.put("o", b"old")
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"new")
    staged.withdraw()
    assert bucket.all_keys() == []
    if published:
        staged.publish()
        assert bucket.get("o") == b"new"
    staged.revert()
    staged.abort()
    assert bucket.get("o") == b"old"


def test_to_withdraw_what_is_not_there_does_nothing(bucket: Any) -> None:
    staged = stage(bucket.uri("o"))
    staged.withdraw()
    staged.revert()
    assert bucket.all_keys() == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_may_not_be_read_and_deleted_is_left_and_that_is_said(
    bucket: Any, wire: Any, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.put("o", b"old")
    staged = stage(bucket.uri("o"))
    wire(Fault(method, "/o", times=10, status=403, code="AccessDenied"))
    staged.withdraw()
    staged.revert()
    staged.abort()
    assert bucket.get("o") == b"old"
    assert "may not be read and deleted" in caplog.text


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("old", [b"old", None])
def test_what_stands_in_goes_with_the_publication_or_when_it_is_reverted(
    bucket: Any, published: bool, versioned: bool, old: bytes | None
) -> None:
    if versioned:
        enabled = {"Status": "Enabled"}
        bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=enabled)
    if old is not None:
        bucket.put("o", old)
    staged = stage(bucket.uri("o"))
    staged.stream.write(b"new")
    staged.withdraw(b"meanwhile")
    assert bucket.get("o") == b"meanwhile"
    if published:
        staged.publish()
        assert bucket.get("o") == b"new"
    staged.revert()
    staged.abort()
    assert {key: bucket.get(key) for key in bucket.all_keys()} == ({} if old is None else {"o": old})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_must_go_and_may_not_be_read_or_deleted_is_an_error(bucket: Any, wire: Any, method: str) -> None:
    bucket.put("o", b"old")
    staged = stage(bucket.uri("o"))
    wire(Fault(method, "/o", times=10, status=403, code="AccessDenied"))
    with pytest.raises(OutputError, match="access is denied"):
        staged.remove()
    staged.revert()
    staged.abort()
    assert bucket.get("o") == b"old"
