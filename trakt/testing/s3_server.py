"""Amazon S3 on loopback: moto's server in a process of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from trakt.errors import MissingExtra, RunError

_NOBODY = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Credentials that open nothing, in place of those of whoever runs the tests."""


# S3 decides a condition and stores in one step; moto does so in two, between which another thread may store as well
_MOTO = """\
import sys, threading
from moto.s3.responses import S3Response
from moto.server import main

put_object, one_at_a_time = S3Response.put_object, threading.Lock()

def put_alone(response):
    with one_at_a_time:
        return put_object(response)

S3Response.put_object = put_alone
main(sys.argv[1:])
"""


@dataclass
class S3Bucket:
    """A bucket in a fake S3, spoken to by a boto3 client of its own."""

    name: str
    client: Any

    def uri(self, key: str = "") -> str:
        """The uri of a key, or of the bucket."""
        return f"s3://{self.name}/{key}"

    def put(self, key: str, body: bytes | str) -> str:
        """Store an object and return its uri."""
        self.client.put_object(Bucket=self.name, Key=key, Body=body)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        """The whole object."""
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def all_keys(self) -> list[str]:
        """Every key there is, in the order of their letters."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def uploads(self) -> list[tuple[str, str]]:
        """Key and id of the uploads in progress."""
        answer = self.client.list_multipart_uploads(Bucket=self.name)
        return [(each["Key"], each["UploadId"]) for each in answer.get("Uploads", ())]


class S3Server:
    """`with S3Server() as server:` listens on `server.endpoint`, a free port; the process ends with the block."""

    _numbers = itertools.count()

    def __enter__(self) -> Self:
        if not all(importlib.util.find_spec(name) for name in ("moto", "flask", "boto3")):
            raise MissingExtra("a fake S3", "testing")
        # moto asks botocore, which would fail by a profile that is not there
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | _NOBODY
        for _ in range(5):
            self.port = _free_port()
            command = [sys.executable, "-c", _MOTO, "-H", "127.0.0.1", "-p", str(self.port)]
            self._process = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self._answers():
                return self
            self._end()
        raise RunError("moto's server does not start", hint="`python -m moto.server` says why")

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What leads botocore here, and to nobody's real account."""
        return {**_NOBODY, "AWS_ENDPOINT_URL": self.endpoint}

    @contextlib.contextmanager
    def bucket(self, **options: Any) -> Iterator[S3Bucket]:
        """A new bucket. Trakt's own client is made anew inside, so that it sees the environment of the test.

        Args:
            options: of boto3's `create_bucket`.
        """
        import boto3

        identity = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": "us-east-1"}
        client = boto3.session.Session(**identity).client("s3", endpoint_url=self.endpoint)
        name = f"bucket-{next(self._numbers)}-{os.getpid()}"
        client.create_bucket(Bucket=name, **options)
        try:
            with fresh_client():
                yield S3Bucket(name, client)
        finally:
            client.close()

    def _answers(self) -> bool:
        limit = time.monotonic() + 60
        while time.monotonic() < limit and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
            time.sleep(0.05)
        return False

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


@contextlib.contextmanager
def fresh_client() -> Iterator[None]:
    """While inside, Trakt's client is one that was made here."""
    from trakt.storage.s3.client import client

    client.cache_clear()
    try:
        yield
    finally:
        if client.cache_info().currsize:
            client().close()
        client.cache_clear()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
