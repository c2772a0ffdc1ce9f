"""What listens to OpenLineage events, on loopback: real HTTP, every body kept as it came."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from tests.fakes.on_loopback import OnLoopback


@dataclass
class LineageReceiver(OnLoopback):
    """`with LineageReceiver() as receiver:` listens on `receiver.url`; `status` is what it answers."""

    status: int = 201
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.paths.append(self.path)
                receiver.keys.append(self.headers["Authorization"])
                if receiver.status < 400:
                    receiver.events.append(json.loads(body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None: ...

        self.begin(Handler)
        return self
