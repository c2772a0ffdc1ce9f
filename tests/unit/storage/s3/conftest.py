from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.s3_wire import Fault, Wire
from trakt.testing.s3_server import S3Bucket, S3Server, fresh_client


@pytest.fixture
def wire(bucket: S3Bucket, fake_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """`wire(Fault(...))` leads the product through a wire with these faults; `bucket` still speaks to S3 itself."""
    opened: list[Any] = []

    def lead(*faults: Fault) -> Wire:
        wire = Wire(fake_s3_server, list(faults)).__enter__()
        monkeypatch.setenv("AWS_ENDPOINT_URL", wire.endpoint)
        client = fresh_client()
        client.__enter__()
        opened.extend((client, wire))
        return wire

    yield lead
    for each in opened:
        each.__exit__(None, None, None)
