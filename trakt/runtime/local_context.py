"""The context of a Lambda function on this machine."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LocalContext:
    """What Lambda passes beside the event ("AWS Lambda context object in Python"); its time runs from when it is made.

    Attributes:
        timeout_seconds: after which Lambda would end the invocation.
        memory_limit_in_mb: of the function, in MiB.
    """

    timeout_seconds: float = 60
    memory_limit_in_mb: int = 1024
    function_name: str = "trakt"
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """Of an account that is nobody's."""
        return f"arn:aws:lambda:us-east-1:000000000000:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """How long until Lambda would end the invocation."""
        return max(0, int((self.began + self.timeout_seconds - time.monotonic()) * 1000))
