"""Amazon S3 on loopback: moto's server in a process of its own, and a wire in front of it that can break."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote

import boto3

NOBODY = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


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
class Bucket:
    """A bucket, spoken to by a client that is not the one under test."""

    name: str
    client: Any

    def uri(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}"

    def put(self, key: str, body: bytes | str) -> str:
        """Store an object and return its uri."""
        self.client.put_object(Bucket=self.name, Key=key, Body=body)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def all_keys(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def uploads(self) -> list[tuple[str, str]]:
        """Key and id of the uploads in progress."""
        answer = self.client.list_multipart_uploads(Bucket=self.name)
        return [(each["Key"], each["UploadId"]) for each in answer.get("Uploads", ())]


class S3Server:
    """`with S3Server() as server:` listens on `server.endpoint`; the process ends with the block."""

    _numbers = itertools.count()

    def __enter__(self) -> Self:
        for _ in range(5):
            self.port = _free_port()
            command = [sys.executable, "-c", _MOTO, "-H", "127.0.0.1", "-p", str(self.port)]
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self._answers():
                return self
            self._end()
        raise AssertionError("moto's server does not start")

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What leads botocore here, and to nobody's real account."""
        return {**NOBODY, "AWS_ENDPOINT_URL": self.endpoint}

    @contextlib.contextmanager
    def bucket(self, **options: Any) -> Iterator[Bucket]:
        """A new bucket. The product's client is made anew inside, so that it sees the environment of the test."""
        identity = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": "us-east-1"}
        client = boto3.session.Session(**identity).client("s3", endpoint_url=self.endpoint)
        name = f"bucket-{next(self._numbers)}-{os.getpid()}"
        client.create_bucket(Bucket=name, **options)
        try:
            with fresh_client():
                yield Bucket(name, client)
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
    """While inside, the product's client is one that was made here."""
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


@dataclass
class Fault:
    """What happens to the next `times` requests of a kind.

    Attributes:
        method, about: the requests: their method, and a part of their path and query.
        times: how many of them.
        status: answer with this status, and `code` as S3's reason, instead of passing the request on.
        lost: pass the request on, but answer with `status`.
        after: break the connection when so many bytes of the body have passed.
        silent: say nothing from there on, until it is set.
        reset: break the connection without a word of an answer.
        first: done before the request is passed on.
    """

    method: str
    about: str = ""
    times: int = 1
    status: int | None = None
    code: str = "InternalError"
    lost: bool = False
    after: int | None = None
    silent: threading.Event | None = None
    reset: bool = False
    first: Callable[[], object] = lambda: None

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method == method and self.about in unquote(path)


@dataclass
class Wire:
    """A proxy on loopback: `with Wire(server, [Fault(...)]) as wire:` listens on `wire.endpoint`."""

    server: S3Server
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __enter__(self) -> Self:
        wire, self._lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                wire.passed(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815 - named by http.server

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that leaves is what the tests are about."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def requests(self, method: str, about: str = "") -> list[dict[str, str]]:
        """The headers of the requests of a kind so far."""
        return [headers for seen, path, headers in self.seen if seen == method and about in unquote(path)]

    def passed(self, request: BaseHTTPRequestHandler) -> None:
        """Do to one request what is to be done to it."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        with self._lock:
            self.seen.append((request.command, request.path, {k.lower(): v for k, v in request.headers.items()}))
            fault = next((each for each in self.faults if each.fits(request.command, request.path)), None)
            if fault:
                fault.times -= 1
        if fault:
            fault.first()
            if fault.reset:
                self._reset(request)
                return
            if fault.status and not fault.lost:
                self._refuse(request, fault)
                return
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)) as onward:
            onward.request(request.command, request.path, body, dict(request.headers))
            answer = onward.getresponse()
            content = answer.read()
            if fault and fault.status:
                self._refuse(request, fault)
                return
            request.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    request.send_header(name, value)
            size = answer.getheader("Content-Length") if request.command == "HEAD" else str(len(content))
            request.send_header("Content-Length", size or "0")
            request.end_headers()
        if fault and fault.after is not None:
            request.wfile.write(content[: fault.after])
            request.wfile.flush()
            # what was sent arrives before the reset does
            time.sleep(0.05)
            if fault.silent:
                fault.silent.wait(30)
            self._reset(request)
        else:
            request.wfile.write(content)

    def _reset(self, request: BaseHTTPRequestHandler) -> None:
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
        request.close_connection = True

    def _refuse(self, request: BaseHTTPRequestHandler, fault: Fault) -> None:
        said = f"<?xml version='1.0'?><Error><Code>{fault.code}</Code><Message>as the test wants it</Message></Error>"
        request.send_response_only(fault.status or 500)
        request.send_header("Content-Type", "application/xml")
        request.send_header("Content-Length", str(0 if request.command == "HEAD" else len(said)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(said.encode())
