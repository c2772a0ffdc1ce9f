"""A warm function that gets a batch of ten rows, beside its own calls to S3 without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.measure import Series
from benchmarks.targets import Target, column
from benchmarks.workload import Setting, Workload, peer
from trakt.testing.s3_server import S3Server

WARM = "ten rows, warm"
TIMES = 25


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    with S3Server() as server, server.bucket() as bucket:
        rows = "".join(f"A-{row},{row}.5,2026-02-05\n" for row in range(10))
        bucket.put("in/client=acme/batch=2026-02-05/orders.csv", f"order_id,amount,day\n{rows}")
        # a place for each run, since what has been done would be skipped
        event = {"pipeline": "ten_rows", "client_id": "acme", "batch_id": "2026-02-05"}
        event["output_dir"] = bucket.uri("out/{client_id}/{run_id}/")
        environment = {
            **server.environment,
            "TRAKT_INPUT_PREFIXES": bucket.uri("in/"),
            "TRAKT_OUTPUT_PREFIXES": bucket.uri("out/"),
            "POWERTOOLS_SERVICE_NAME": "trakt",
            "POWERTOOLS_METRICS_NAMESPACE": "trakt",
        }
        command = peer(WARM, "lambda_warm", json.dumps(event), str(TIMES), environment=environment)
        yield Workload(
            title=f"A warm Lambda function, ten rows, {TIMES} invocations in each round",
            commands=[replace(command, tells=True, ours=True)],
            judge=_judge,
            notes=[
                "Medians of a process. In turns it runs the handler, the very calls to S3 that the handler makes by "
                "boto3 alone (`raw`), and of these only one get and the puts, without which nobody could do (`bare`).",
                "Metrics and log lines are written; the tracer is off, as it is outside of Lambda.",
            ],
            shown={"ours_ms": "ms", "raw_ms": "ms", "bare_ms": "ms", "overhead_ms": "ms"},
        )


def _judge(series: Series) -> list[Target]:
    return [
        Target("Lambda, warm, ten rows: above its calls to S3", column(series, WARM, "overhead_ms"), 15, "ms"),
        Target(
            "Lambda, warm, ten rows: above one get and the puts alone",
            column(series, WARM, "above_bare_ms"),
            None,
            "ms",
        ),
        Target("Lambda, warm, ten rows: calls to S3", column(series, WARM, "calls"), None, ""),
    ]
