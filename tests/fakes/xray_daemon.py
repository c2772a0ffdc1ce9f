"""The X-Ray daemon on loopback: what the X-Ray SDK sends over UDP, kept as documents."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

ARRIVES_WITHIN_SECONDS = 10.0


class XRayDaemon:
    """`with XRayDaemon() as daemon:` listens on `daemon.address`, for `AWS_XRAY_DAEMON_ADDRESS`."""

    def __enter__(self) -> Self:
        self.documents: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def wait_for(self, name: str) -> dict[str, Any]:
        """The first segment or subsegment of that name, at any depth, once its document has arrived."""
        end = time.monotonic() + ARRIVES_WITHIN_SECONDS
        with self._arrived:
            while True:
                for segment in self._all():
                    if segment["name"] == name:
                        return segment
                if not self._arrived.wait(end - time.monotonic()):
                    seen = [segment["name"] for segment in self._all()]
                    raise TimeoutError(f"no segment {name!r} within {ARRIVES_WITHIN_SECONDS:.0f} s; there were {seen}")

    def named(self, name: str) -> list[dict[str, Any]]:
        """All segments and subsegments of that name that have arrived, at any depth."""
        with self._arrived:
            return [segment for segment in self._all() if segment["name"] == name]

    def _all(self) -> Iterator[dict[str, Any]]:
        for document in self.documents:
            yield from _with_subsegments(document)

    def _listen(self) -> None:
        while packet := self._socket.recv(65_536):
            # a line that tells the format, and then the document
            head, _, document = packet.partition(b"\n")
            if json.loads(head) != {"format": "json", "version": 1}:
                raise ValueError(f"not a packet of the X-Ray daemon protocol: {head!r}")
            with self._arrived:
                self.documents.append(json.loads(document))
                self._arrived.notify_all()


def _with_subsegments(segment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield segment
    for child in segment.get("subsegments", ()):
        yield from _with_subsegments(child)
