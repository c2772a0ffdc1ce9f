"""The Lambda Runtime API on loopback: it hands out events with every header of the real one, the trace id included.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:trakt"
VERSION = "/2018-06-01/runtime"
TRACE_ID = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
ANSWERS_WITHIN_SECONDS = 60.0


class Posted(NamedTuple):
    """What the runtime client sent back: `kind` is response, error or init/error; `at` is on the monotonic clock."""

    kind: str
    payload: Any
    at: float


@dataclass
class RuntimeApi:
    """`with RuntimeApi() as api:`, then `api.start(...)` a function and `api.invoke(event)`.

    ready_at: when the runtime client first asked for an event, which is the end of the init phase.
    """

    trace_id: str | None = TRACE_ID
    timeout_seconds: float = 60.0
    ready_at: float | None = None
    _events: queue.Queue[Any] = field(default_factory=queue.Queue)
    _posted: queue.Queue[Posted] = field(default_factory=queue.Queue)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.next(self)

            def do_POST(self) -> None:
                api.keep(self)

            def log_message(self, *_: object) -> None: ...

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A function that is killed leaves in the middle of a request."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def start(self, package: Path, handler: str, environment: dict[str, str], **more: Any) -> subprocess.Popen[bytes]:
        """A process of the real runtime client with the function in that folder; `more` is passed on to Popen."""
        known = {"AWS_LAMBDA_RUNTIME_API": self.address, "LAMBDA_TASK_ROOT": str(package), "_HANDLER": handler}
        known |= {"AWS_LAMBDA_FUNCTION_NAME": "trakt", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "PATH": os.defpath}
        command = [sys.executable, "-m", "awslambdaric", handler]
        process = subprocess.Popen(command, cwd=package, env={**known, **environment}, **more)
        self._processes.append(process)
        return process

    def invoke(self, event: Any) -> Posted:
        """Hand out an event, and wait for what comes back."""
        self._events.put(event)
        return self.posted()

    def posted(self) -> Posted:
        """The next thing the runtime client sends back."""
        end = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while True:
            try:
                return self._posted.get(timeout=0.2)
            except queue.Empty:
                ended = [process.poll() for process in self._processes]
                if None not in ended:
                    raise RuntimeError(f"the function ended with {ended} and sent nothing back") from None
                if time.monotonic() > end:
                    raise TimeoutError(f"no answer of the function within {ANSWERS_WITHIN_SECONDS:.0f} s") from None

    def next(self, request: BaseHTTPRequestHandler) -> None:
        self.ready_at = self.ready_at or time.monotonic()
        body = json.dumps(self._events.get()).encode("utf-8")
        request.send_response(200)
        for name, value in self._headers().items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def keep(self, request: BaseHTTPRequestHandler) -> None:
        at = time.monotonic()
        body = request.rfile.read(int(request.headers["Content-Length"]))
        kind = "init/error" if request.path == f"{VERSION}/init/error" else request.path.rpartition("/")[2]
        answer = b'{"status": "OK"}'
        request.send_response(202)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)
        self._posted.put(Posted(kind, json.loads(body), at))

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.timeout_seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
        }
        return {**headers, "Lambda-Runtime-Trace-Id": self.trace_id} if self.trace_id else headers
