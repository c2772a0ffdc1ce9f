"""The Lambda function in this process: its package, its settings, and what it logs."""

from __future__ import annotations

import io
import json
import logging
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from trakt.errors import TraktError
from trakt.testing import LocalContext

IDS = {"client_id": "acme", "batch_id": "2026-02-05"}
FOLDER = "client=acme/batch=2026-02-05/"
OTHER = "client=acme/batch=2026-02-06/"
ROWS = "order_id,gross\n0001,100\n0002,62.5\n0003,7\n"
PASS = {"inputs": {"orders": "*.csv"}, "outputs": {"clean": "orders"}}


@dataclass
class LambdaFunction:
    """`invoke` it; `log` is what CloudWatch would have got so far."""

    package: Path
    _stream: io.StringIO = field(default_factory=io.StringIO)

    def pipeline(self, name: str = "orders", code: dict[str, str] | None = None, **parts: Any) -> None:
        """A pipeline of the package; `code` its steps by name, `step_contract` imported for them."""
        folder = self.package / "pipelines" / name
        (folder / "steps").mkdir(parents=True, exist_ok=True)
        (folder / "pipeline.yaml").write_text(yaml.safe_dump({"name": name, **parts}, sort_keys=False), "utf-8")
        for step, body in (code or {}).items():
            text = "from trakt import step_contract\n\n" + textwrap.dedent(body)
            (folder / "steps" / f"{step}.py").write_text(text, "utf-8")

    def invoke(self, event: Any, left_ms: int = 60_000, **context: Any) -> Any:
        """The answer, which is JSON as Lambda would want it."""
        from trakt.runtime.lambda_handler import handler

        return json.loads(json.dumps(handler(event, LocalContext(left_ms / 1000, **context))))

    def refused(self, event: Any, **context: Any) -> TraktError:
        """The error of an invocation that must fail."""
        try:
            answer = self.invoke(event, **context)
        except TraktError as error:
            return error
        raise AssertionError(f"it did not fail: {answer}")

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def __enter__(self) -> LambdaFunction:
        from trakt.runtime.lambda_handler import logger

        self._logger, self._trakt = logger, logging.getLogger("trakt")
        self._found = (self._trakt.level, self._trakt.propagate, list(self._trakt.handlers))
        self._kept = logger.registered_handler.setStream(self._stream)
        self._trakt.handlers = [logger.registered_handler]
        self._trakt.propagate = False
        self._trakt.setLevel(logging.INFO)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.registered_handler.setStream(self._kept or io.StringIO())
        self._trakt.setLevel(self._found[0])
        self._trakt.propagate = self._found[1]
        self._trakt.handlers = [each for each in self._found[2] if each is not self._logger.registered_handler]


def message(number: int, event: Any, **more: Any) -> dict[str, Any]:
    """A message of SQS that carries an event."""
    return {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": json.dumps(event), **more}


def failures(answer: dict[str, Any]) -> list[str]:
    """The messages that SQS is told to bring again."""
    assert list(answer) == ["batchItemFailures"]
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]
