from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pandas", "pyarrow", "numpy", "boto3", "yaml", "opentelemetry", "awswrangler")

BAD = """
import os, types, trakt.runtime.lambda_handler as front_door
os.environ |= {"TRAKT_INPUT_PREFIXES": "s3://in/", "TRAKT_OUTPUT_PREFIXES": "s3://out/"}
context = types.SimpleNamespace(function_name="f", memory_limit_in_mb=512, invoked_function_arn="a", aws_request_id="1")
context.get_remaining_time_in_millis = lambda: 30_000
request = {"client_id": "../acme", "mode": "steam", "inputs": {"x": "/etc/passwd"}, "params": {"a.b": {}}}
message = {"messageId": "1", "eventSource": "aws:sqs", "body": "{"}
"""
REFUSED = f"""{BAD}
try:
    front_door.handler(request, context)
except front_door.PipelineError:
    pass
else:
    raise SystemExit("it was not refused")
"""
FAILED_MESSAGE = f"""{BAD}
answer = front_door.handler({{"Records": [message]}}, context)
assert answer == {{"batchItemFailures": [{{"itemIdentifier": "1"}}]}}
"""


@pytest.mark.parametrize(
    "statement",
    [
        "import trakt",
        "from trakt import RunRequest, Pipeline, Context, TraktError, LogicalType, StepRegistry",
        "from trakt import artifact, ref, step, step_contract, const, workflow",
        "import trakt.telemetry.otel",
        "import trakt.runtime.glue_main",
        "import trakt.runtime.lambda_handler",
        REFUSED,
        FAILED_MESSAGE,
        "from trakt.storage import storage_for; storage_for('s3://b/k').canonical('s3://b/k')",
        "import trakt.cli; trakt.cli.main(['run', '--help'])",
    ],
)
def test_no_heavy_package_is_loaded_by(statement):
    code = f"{statement}\nimport sys; print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"
