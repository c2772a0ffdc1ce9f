"""What goes wrong between here and S3, as a person reads it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.s3_wire import Fault
from trakt.errors import InputError, MissingExtra, OutputError, RunError
from trakt.storage import storage_for
from trakt.testing.s3_server import fresh_client

ROOT = Path(__file__).parents[4]


def look(uri: str) -> None:
    storage_for(uri).find(uri, ())


@pytest.mark.parametrize(
    ("status", "code", "what", "advice"),
    [
        (403, "AccessDenied", "access is denied", "s3:GetObject"),
        (400, "ExpiredToken", "the credentials have expired", "renew the credentials (profile acme)"),
        (403, "InvalidAccessKeyId", "the access key is not known", "(profile acme)"),
        (403, "SignatureDoesNotMatch", "does not fit", "(profile acme)"),
        (403, "RequestTimeTooSkewed", "clock is wrong", "set the clock"),
        (403, "InvalidObjectState", "archived", "Glacier"),
        (418, "Teapot", "S3 refuses with Teapot: as the test wants it", "API reference"),
    ],
)
def test_what_s3_refuses_is_told_with_what_to_do(
    bucket: Any,
    wire: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: str,
    status: int,
    what: str,
    advice: str,
) -> None:
    (tmp_path / "config").write_text("[profile acme]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "acme")
    uri = bucket.put("in/a", b"1")
    (file,) = storage_for(uri).find(uri, ()).files
    wire(Fault("GET", "in/a", times=1000, status=status, code=code))
    with pytest.raises(InputError) as raised:
        storage_for(uri).open_read(file)
    assert str(raised.value).startswith(f"{uri}: ")
    assert what in str(raised.value)
    assert advice in str(raised.value)


def test_an_answer_to_head_has_no_reason_so_it_is_looked_for(bucket: Any, wire: Any) -> None:
    uri = bucket.put("in/a", b"1")
    wire(
        Fault("HEAD", "in/a", times=10, status=400, code=""),
        Fault("GET", "list-type", status=400, code="ExpiredToken"),
    )
    with pytest.raises(InputError, match="the credentials have expired"):
        look(uri)


def test_a_denied_look_names_both_permissions(bucket: Any, wire: Any) -> None:
    uri = bucket.put("in/a", b"1")
    wire(Fault("HEAD", "in/a", status=403, code=""))
    with pytest.raises(InputError, match=r"s3:GetObject .*s3:ListBucket"):
        look(uri)


def test_a_denied_listing_names_its_permission(bucket: Any, wire: Any) -> None:
    wire(Fault("GET", "list-type", times=10, status=403, code="AccessDenied"))
    with pytest.raises(InputError, match="allow s3:ListBucket"):
        look(bucket.uri("in/"))


def test_a_store_that_stays_busy_is_told_after_the_retries_of_the_environment(
    bucket: Any, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    way = wire(Fault("PUT", "o", times=1000, status=503, code="SlowDown"))
    staged = storage_for("s3://").stage(bucket.uri("o"))
    staged.stream.write(b"1")
    with pytest.raises(OutputError, match="slow down"):
        staged.publish()
    assert len(way.requests("PUT", "o")) == 2


def test_a_write_that_a_reset_broke_is_sent_again(bucket: Any, wire: Any) -> None:
    way = wire(Fault("PUT", "o", times=2, reset=True))
    staged = storage_for("s3://").stage(bucket.uri("o"))
    staged.stream.write(b"12345")
    staged.publish()
    assert bucket.get("o") == b"12345"
    assert len(way.requests("PUT", "o")) == 3


def test_an_endpoint_where_nothing_answers_is_told_and_named(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        with fresh_client():
            with pytest.raises(InputError, match="nothing answers there") as read:
                look("s3://b/in/a")
            with pytest.raises(OutputError, match="nothing answers there"):
                storage_for("s3://").stage("s3://b/o")
    assert endpoint in str(read.value)
    assert "AWS_REGION (us-east-1)" in str(read.value)


@pytest.mark.parametrize(
    ("variables", "what", "advice"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "there are no AWS credentials", "AWS_PROFILE"),
        ({"AWS_PROFILE": "nobody"}, "there is no such AWS profile", "(profile nobody)"),
        ({"AWS_ENDPOINT_URL": "nowhere"}, "the endpoint is no url", "AWS_ENDPOINT_URL (nowhere)"),
        ({"AWS_REGION": "no region!", "AWS_DEFAULT_REGION": "no region!"}, "is no region", "(no region!)"),
    ],
)
def test_an_environment_that_is_wrong_is_told(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], what: str, advice: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
        if not value:
            monkeypatch.delenv(name)
    with fresh_client(), pytest.raises(InputError) as raised:
        look(bucket.uri("a"))
    assert what in str(raised.value)
    assert advice in str(raised.value)
    with fresh_client(), pytest.raises(OutputError, match=what):
        storage_for("s3://").stage(bucket.uri("a"))


def test_a_name_that_no_bucket_may_have_is_told(bucket: Any) -> None:
    with pytest.raises(InputError, match="bucket of 3 to 63 letters"):
        look("s3://no bucket/a")


def test_without_boto3_the_extra_is_named_and_nothing_else_needs_it() -> None:
    code = """
import sys
sys.modules["boto3"] = None
from trakt.errors import MissingExtra
from trakt.storage import StoredFile, storage_for
storage = storage_for("s3://b/k")
assert storage.join("s3://b/in", "a.csv") == "s3://b/in/a.csv"
for call in (lambda: storage.find("s3://b/k", ()), lambda: storage.stage("s3://b/k"), lambda: storage.open_read(StoredFile("s3://b/k", 1))):
    try:
        call()
    except MissingExtra as missing:
        print(missing.hint)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ['python -m pip install "trakt-etl[aws]"'] * 3
    assert not issubclass(MissingExtra, RunError)
