"""A warm function and ten rows: our handler in turns with the very calls to S3 that it makes, made by boto3 alone.

python lambda_warm.py EVENT_JSON TIMES
"""

import contextlib
import io
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import boto3
from botocore import xform_name

sys.path.insert(0, str(Path(__file__).parents[1]))

from handlers.lambda_handler import handler
from trakt.runtime.local_context import LocalContext
from trakt.storage.s3.client import client


def invoked(event):
    """What the function writes to its log is work as well, but not for our terminal."""
    with contextlib.redirect_stdout(io.StringIO()):
        return handler(event, LocalContext(memory_limit_in_mb=1769, timeout_seconds=900))


def calls_of(event):
    """Each call with its parameters, a body as bytes so that it can be sent again."""
    calls = []

    def keep(params, model, **_):
        body = params.get("Body")
        kept = {**params, "Body": body.getvalue()} if isinstance(body, io.BytesIO) else dict(params)
        calls.append((xform_name(model.name), kept))

    client().meta.events.register_first("provide-client-params.s3", keep, unique_id="benchmark")
    invoked(event)
    client().meta.events.unregister("provide-client-params.s3", unique_id="benchmark")
    return calls


def repeated(s3, calls):
    for name, params in calls:
        # an object that is not there is an answer too
        with contextlib.suppress(s3.exceptions.ClientError):
            answer = getattr(s3, name)(**params)
            if name == "get_object":
                answer["Body"].read()


def main(event, times):
    s3 = boto3.client("s3")
    calls = calls_of(event)
    bare_calls = [each for each in calls if each[0] == "put_object"] + [
        each for each in calls if each[0] == "get_object"
    ][:1]
    works = {
        "ours_ms": lambda: invoked(event),
        "raw_ms": lambda: repeated(s3, calls),
        "bare_ms": lambda: repeated(s3, bare_calls),
    }
    taken = {name: [] for name in works}
    for number in range(times + 5):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            if number >= 5:
                taken[name].append((time.perf_counter() - started) * 1000)
    counted = {f"{name} calls": count for name, count in Counter(name for name, _ in calls).items()}
    told = {name: statistics.median(each) for name, each in taken.items()}
    for name, other in (("overhead_ms", "raw_ms"), ("above_bare_ms", "bare_ms")):
        told[name] = statistics.median(one - less for one, less in zip(taken["ours_ms"], taken[other], strict=True))
    print(json.dumps({**told, "calls": len(calls), **counted}))


main(json.loads(sys.argv[1]), int(sys.argv[2]))
