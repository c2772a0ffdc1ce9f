"""A wire in front of the fake S3 of `trakt.testing` that can break."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import unquote

from trakt.testing.s3_server import S3Server


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
    """A proxy on loopback: `with Wire(server, [Fault(...)]) as wire:` listens on `wire.endpoint`.

    Attributes:
        seen: the requests so far: method, path and headers.
        answered: how many bytes of content each was sent.
    """

    server: S3Server
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)

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
            self.answered.append(len(content))
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
