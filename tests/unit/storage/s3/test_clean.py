from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.s3_wire import Fault
from trakt.errors import RunError
from trakt.storage import storage_for
from trakt.storage.s3.marks import is_mark, mark_of
from trakt.storage.s3.place import Place

MIB = 1 << 20
NOW = timedelta(0)


def left(bucket: Any, key: str) -> Any:
    """An output of ours that was begun and never ended."""
    staged = storage_for("s3://").stage(bucket.uri(key))
    staged.stream.write(b"x" * 9 * MIB)
    return staged


def foreign(bucket: Any, key: str) -> str:
    return str(bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)["UploadId"])


def removed(uri: str, older_than: timedelta = NOW) -> list[str]:
    return [leftover.uri for leftover in storage_for(uri).remove_leftovers(uri, older_than)]


def test_old_uploads_of_ours_are_aborted_and_foreign_ones_are_not(bucket: Any) -> None:
    staged = left(bucket, "out/o.csv")
    theirs = [(key, foreign(bucket, key)) for key in ("out/o.csv", "out/theirs.bin")]
    bucket.put("out/o.csv", b"old")
    assert removed(bucket.uri("out/")) == [bucket.uri("out/o.csv")]
    assert sorted(bucket.uploads()) == sorted(theirs)
    assert bucket.all_keys() == ["out/o.csv"]
    assert bucket.get("out/o.csv") == b"old"
    assert removed(bucket.uri("out/")) == []
    staged.abort()


def test_what_is_young_is_left_to_its_run(bucket: Any) -> None:
    staged = left(bucket, "out/o.csv")
    assert removed(bucket.uri("out/"), timedelta(hours=1)) == []
    staged.publish()
    assert bucket.all_keys() == ["out/o.csv"]


@pytest.mark.parametrize("uri", ["out", "out/", "", "out/o.csv"])
def test_only_what_lies_at_the_uri_or_below_is_cleaned(bucket: Any, uri: str) -> None:
    outs = [left(bucket, key) for key in ("out/o.csv", "out/o.csv.gz", "outer/o.csv", "out")]
    wanted = {
        "out": {"out", "out/o.csv", "out/o.csv.gz"},
        "out/": {"out/o.csv", "out/o.csv.gz"},
        "": {"out", "out/o.csv", "out/o.csv.gz", "outer/o.csv"},
        "out/o.csv": {"out/o.csv"},
    }[uri]
    assert set(removed(bucket.uri(uri))) == {bucket.uri(key) for key in wanted}
    assert len(bucket.uploads()) == len(bucket.all_keys()) == 4 - len(wanted)
    for staged in outs:
        staged.abort()


def test_a_mark_without_an_upload_is_removed_and_an_object_of_that_name_with_bytes_is_not(bucket: Any) -> None:
    mark = mark_of(Place(bucket.name, "out/o.csv"), "gone")
    bucket.put(mark.key, b"")
    bucket.put("out/.mine.trakt-part", b"a part somebody copied here")
    assert removed(bucket.uri("out/")) == [mark.uri]
    assert bucket.all_keys() == ["out/.mine.trakt-part"]


def test_an_upload_that_went_away_meanwhile_is_no_error(bucket: Any, wire: Any) -> None:
    left(bucket, "o")
    wire(Fault("DELETE", "uploadId", status=404, code="NoSuchUpload"))
    assert removed(bucket.uri()) == []
    assert bucket.all_keys() == []


def test_a_denied_abort_is_told_with_the_permissions_it_needs(bucket: Any, wire: Any) -> None:
    staged = left(bucket, "o")
    wire(Fault("DELETE", "uploadId", status=403, code="AccessDenied"))
    with pytest.raises(RunError, match="s3:AbortMultipartUpload"):
        removed(bucket.uri())
    staged.abort()


@pytest.mark.parametrize("name", ["o.csv", "n" * 1000, "ü" * 500])
def test_a_mark_is_hidden_fits_a_key_and_belongs_to_one_upload(name: str) -> None:
    place = Place("b", f"out/{name}")
    mark = mark_of(place, "1")
    assert is_mark(mark.key)
    assert len(mark.key.encode()) <= 1024
    assert mark.key.startswith("out/.")
    assert len({mark, mark_of(place, "2"), mark_of(Place("b", f"out/{name}x"), "1")}) == 3
