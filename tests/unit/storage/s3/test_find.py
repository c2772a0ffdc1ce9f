from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.errors import InputError, RunError
from trakt.storage import storage_for
from trakt.storage.s3.listing import _fits
from trakt.storage.s3.place import canonical, join

CSV = (".csv", ".csv.gz")
ODD = [
    "a b.csv",
    "a+b.csv",
    "a%20b.csv",
    "100%.csv",
    "client=acme/batch=2026-02-05/r.csv",
    "a#b.csv",
    "a?b.csv",
    "a&b.csv",
    "a,b.csv",
    "a[1].csv",
    "*.csv",
    "größe/日本.csv",
    "a//b.csv",
    "a\\b.csv",
    "quote\"'<>.csv",
    "a:b@c;d.csv",
]


def names(bucket: Any, uri: str, suffixes: Any = CSV) -> list[str]:
    found = storage_for(uri).find(uri, suffixes)
    return [file.uri.removeprefix(bucket.uri()) for file in found.files]


def test_an_object_is_found_with_its_size_and_etag(bucket: Any) -> None:
    uri = bucket.put("in/a.csv", b"12345")
    (file,) = storage_for(uri).find(uri, CSV).files
    head = bucket.client.head_object(Bucket=bucket.name, Key="in/a.csv")
    assert (file.uri, file.bytes, file.etag) == (uri, 5, head["ETag"])


@pytest.mark.parametrize("key", ODD)
def test_a_key_is_taken_by_its_letters(bucket: Any, key: str) -> None:
    bucket.put(f"in/{key}", key)
    for near in ("a b.csv", "a%2Bb.csv", "a b", "a", "100%25.csv"):
        if near != key:
            bucket.put(f"in/{near}", b"other")
    uri = bucket.uri(f"in/{key}")
    assert names(bucket, uri) == [f"in/{key}"]
    (file,) = storage_for(uri).find(uri, CSV).files
    with storage_for(uri).open_read(file) as stream:
        assert stream.read().decode() == key


def test_a_listing_gives_keys_by_their_letters(bucket: Any) -> None:
    flat = sorted(key for key in ODD if "/" not in key)
    for key in flat:
        bucket.put(f"in/{key}", b"x")
    assert names(bucket, bucket.uri("in")) == [f"in/{key}" for key in flat]
    assert names(bucket, bucket.uri("in/*")) == [f"in/{key}" for key in flat]
    assert names(bucket, bucket.uri("in/a+*")) == ["in/a+b.csv"]
    assert names(bucket, bucket.uri("in/a%*")) == ["in/a%20b.csv"]


@pytest.mark.parametrize("uri", ["in", "in/"])
def test_a_folder_is_its_objects_of_a_kind_by_name(bucket: Any, uri: str) -> None:
    for key in ("b.csv", "a.CSV", "c.csv.gz", ".d.csv", "e.txt", "deeper/f.csv"):
        bucket.put(f"in/{key}", b"1")
    bucket.put("inside.csv", b"1")
    found = storage_for("s3://").find(bucket.uri(uri), CSV)
    assert [file.uri for file in found.files] == [bucket.uri(f"in/{key}") for key in ("a.CSV", "b.csv", "c.csv.gz")]
    assert found.passed_over == (bucket.uri("in/e.txt"),)


def test_a_whole_bucket_is_a_folder(bucket: Any) -> None:
    bucket.put("a.csv", b"1")
    assert names(bucket, f"s3://{bucket.name}") == ["a.csv"]
    assert names(bucket, bucket.uri()) == ["a.csv"]


def test_what_only_makes_a_folder_visible_is_no_file(bucket: Any) -> None:
    for marker in ("in/", "in/sub/", "in/sub_$folder$", "in/deep.csv_$folder$"):
        bucket.put(marker, b"")
    bucket.put("in/a.csv", b"1")
    found = storage_for("s3://").find(bucket.uri("in/"), CSV)
    assert [file.uri for file in found.files] == [bucket.uri("in/a.csv")]
    assert found.passed_over == ()
    assert names(bucket, bucket.uri("in/**")) == ["in/a.csv"]


def test_an_object_wins_over_a_folder_of_its_name_unless_a_slash_says_otherwise(bucket: Any) -> None:
    bucket.put("in", b"1")
    bucket.put("in/a.csv", b"1")
    assert names(bucket, bucket.uri("in")) == ["in"]
    assert names(bucket, bucket.uri("in/")) == ["in/a.csv"]


def test_more_keys_than_one_answer_holds_are_all_found(bucket: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    keys = [f"in/{number:04}.csv" for number in range(1005)]
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda key: bucket.put(key, b"1"), keys))
    assert names(bucket, bucket.uri("in/")) == keys
    assert names(bucket, bucket.uri("in/*.csv")) == keys


GLOBBED = [
    "a.csv",
    "b.txt",
    ".h.csv",
    "x/a.csv",
    "x/.h.csv",
    "x/y/a.csv",
    "x/y/b1.csv",
    ".hid/a.csv",
    "x-1/a.csv",
    "x/y/z/c.csv",
    "x/[1].csv",
]
PATTERNS = [
    "*.csv",
    "*",
    "**",
    "**/*.csv",
    "x/**",
    "x/**/*.csv",
    "x/*/*.csv",
    "*/a.csv",
    "x*/a.csv",
    "x/y/b[0-9].csv",
    "x/y/b[!0-9].csv",
    "?.csv",
    ".*.csv",
    ".hid/*",
    "**/.h.csv",
    "x/[[]1].csv",
    "**/y/**/*.csv",
    "x/.*",
    "[ab].*",
    "x/**/y/a.csv",
    "x/[1].csv",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_glob_finds_what_it_finds_on_a_disk_in_the_same_order(bucket: Any, tmp_path: Path, pattern: str) -> None:
    for key in GLOBBED:
        bucket.put(f"in/{key}", b"1")
        (tmp_path / "in" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / key).write_bytes(b"1")
    local = [
        os.path.relpath(file.uri, tmp_path) for file in storage_for("/").find(str(tmp_path / "in" / pattern), CSV).files
    ]
    assert names(bucket, bucket.uri(f"in/{pattern}")) == local


@given(st.text("a*?[].!-", max_size=6), st.text("a.-]", min_size=1, max_size=4))
def test_a_name_fits_a_pattern_exactly_when_glob_says_so(pattern: str, name: str) -> None:
    import glob
    from fnmatch import fnmatchcase

    hidden = name.startswith(".") and not pattern.startswith(".") and glob.has_magic(pattern)
    wanted = name == pattern or (glob.has_magic(pattern) and fnmatchcase(name, pattern) and not hidden)
    if pattern != "**" and pattern:
        assert _fits([name], [pattern]) is wanted


def test_a_missing_object_has_neighbours(bucket: Any) -> None:
    bucket.put("in/recods.csv", b"1")
    bucket.put("in/sub/x.csv", b"1")
    bucket.put("in/.hidden", b"1")
    found = storage_for("s3://").find(bucket.uri("in/records.csv"), CSV)
    assert found.files == ()
    assert found.near == (bucket.uri("in/recods.csv"), bucket.uri("in/sub/"))
    assert storage_for("s3://").find(bucket.uri("in/nothing/records.csv"), CSV).near == found.near


def test_a_key_that_is_too_long_finds_nothing(bucket: Any) -> None:
    assert names(bucket, bucket.uri("x" * 1025)) == []


def test_a_bucket_that_is_not_there_is_told(bucket: Any) -> None:
    for uri in ("s3://no-such-bucket-here/a.csv", "s3://no-such-bucket-here", "s3://no-such-bucket-here/*.csv"):
        with pytest.raises(InputError, match="there is no bucket 'no-such-bucket-here'"):
            storage_for(uri).find(uri, CSV)


@pytest.mark.parametrize("uri", ["s3://", "s3:///a.csv"])
def test_a_uri_without_a_bucket_is_told(uri: str) -> None:
    with pytest.raises(RunError, match="names no bucket"):
        storage_for(uri).find(uri, CSV)


def test_a_slash_that_pathlib_took_is_told() -> None:
    with pytest.raises(RunError, match="a slash is missing"):
        storage_for(os.fspath(Path("s3://bucket/a.csv")))


@pytest.mark.parametrize(
    ("base", "uri", "full"),
    [
        ("s3://b/in", "a.csv", "s3://b/in/a.csv"),
        ("s3://b/in/", "a.csv", "s3://b/in/a.csv"),
        ("s3://b", "a.csv", "s3://b/a.csv"),
        ("s3://b/in", "./x/../y//a.csv", "s3://b/in/y/a.csv"),
        ("s3://b/in", "../a.csv", "s3://b/a.csv"),
        ("s3://b/in", "orders/", "s3://b/in/orders/"),
        ("s3://b/in", "", "s3://b/in"),
        ("s3://b/in", "a b+c%20.csv", "s3://b/in/a b+c%20.csv"),
        ("s3://b/in", "S3://c/a//b/../d", "s3://c/a//b/../d"),
        ("/data", "s3://c/a", "s3://c/a"),
    ],
)
def test_a_relative_uri_means_what_it_means_on_a_disk_and_a_full_one_its_letters(
    base: str, uri: str, full: str
) -> None:
    assert join(base, uri) == full


def test_a_uri_that_leads_out_of_its_bucket_is_told() -> None:
    with pytest.raises(RunError, match="leads out of the bucket"):
        join("s3://b/in", "../../a.csv")


def test_a_place_has_one_name() -> None:
    assert canonical("S3://b/k") == canonical("s3://b/k")
    assert len({canonical(f"s3://b/{key}") for key in ("k", "k/", "K", "./k", "k%20", "k ")}) == 6


def test_folders_and_stars_in_any_number_come_to_an_end() -> None:
    deep = ["a"] * 24
    assert not _fits([*deep, "b"], [*itertools.chain.from_iterable(["**", "a"] for _ in range(4)), "c"])
