"""The handler, called for one batch after the other in this process.

python soak.py BATCHES
"""

import contextlib
import gc
import io
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import jsonschema
import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.soak_batches import KINDS, batch  # noqa: E402 - found by the path above
from trakt.testing.s3_server import S3Server  # noqa: E402

MANIFEST_SCHEMA = json.loads((ROOT / "trakt" / "engine" / "manifest.schema.json").read_bytes())
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


class WrongError(Exception):
    """A batch ended otherwise than it must."""


def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


def invoked(handler, context, event):
    """What the function says to its log is work as well, but not for our terminal."""
    with contextlib.redirect_stdout(io.StringIO()):
        return handler(event, context(memory_limit_in_mb=1769, timeout_seconds=900))


def carried_through(delivered, bucket, call, validator):
    """One batch, from its delivery to its outputs, which are taken away afterwards."""
    if delivered.content is not None:
        bucket.put(f"in/{delivered.folder}orders.csv", delivered.content)
    try:
        require_right_answer(delivered, call)
        require_right_objects(delivered, bucket, validator)
    finally:
        for key in bucket.all_keys():
            bucket.client.delete_object(Bucket=bucket.name, Key=key)


def require_right_answer(delivered, call):
    from trakt import TraktError

    try:
        call(delivered.event)
    except TraktError as error:
        if delivered.fault is None:
            raise WrongError(f"failed: {error}") from error
    else:
        if delivered.fault:
            raise WrongError(f"did not fail, though {delivered.fault}")


def require_right_objects(delivered, bucket, validator):
    """What a batch must have written, and nothing else."""
    made = {key for key in bucket.all_keys() if not key.startswith("in/")}
    folder = f"out/{delivered.folder}"
    manifests = {key for key in made if key.endswith("manifest.json")}
    if delivered.fault:
        wanted = manifests & {f"{folder}manifest.json"}
    else:
        wanted = {f"{folder}{name}" for name in ("manifest.json", "result.csv")}
        wanted |= {f"{folder}rejected.jsonl"} if delivered.kind.bad_rows else set()
    if made != wanted:
        raise WrongError(f"it wrote {sorted(made)}")
    for key in manifests:
        require_right_manifest(delivered, json.loads(bucket.get(key)), validator)
    if not delivered.fault and (result := bucket.get(f"{folder}result.csv").decode()) != delivered.result:
        raise WrongError(f"its output is {result!r}")


def require_right_manifest(delivered, manifest, validator):
    validator.validate(manifest)
    told = {
        "status": manifest["status"],
        "client": manifest["client_id"],
        "batch": manifest["batch_id"],
        "pipeline": manifest["pipeline"]["name"],
    }
    wanted = {
        "status": "failed" if delivered.fault else "success",
        "client": delivered.client,
        "batch": f"b{delivered.number}",
        "pipeline": delivered.kind.name,
    }
    if told != wanted:
        raise WrongError(f"its manifest says {told}, not {wanted}")
    if not delivered.fault and manifest["rejected"]["rows"] != delivered.kind.bad_rows:
        raise WrongError(f"{manifest['rejected']['rows']} rows were rejected")


def soaked(batches, bucket):
    from handlers.lambda_handler import handler
    from trakt.runtime.local_context import LocalContext

    validator = jsonschema.validators.validator_for(MANIFEST_SCHEMA)(MANIFEST_SCHEMA)
    resident, wrong = [], []
    for number in range(batches):
        delivered = batch(number)
        try:
            carried_through(delivered, bucket, lambda event: invoked(handler, LocalContext, event), validator)
        except (WrongError, jsonschema.ValidationError) as error:
            wrong.append(f"batch {number} ({delivered.kind.name}, {delivered.fault}): {str(error)[:300]}")
        resident.append(resident_mb())
    return resident, wrong


def main(batches):
    with tempfile.TemporaryDirectory() as package, S3Server() as server, server.bucket() as bucket:
        for kind in KINDS:
            kind.write(Path(package))
        sys.path.insert(0, package)
        os.environ |= {
            **server.environment,
            "TRAKT_INPUT_PREFIXES": bucket.uri("in/"),
            "TRAKT_OUTPUT_PREFIXES": bucket.uri("out/"),
            "POWERTOOLS_SERVICE_NAME": "trakt",
            "POWERTOOLS_METRICS_NAMESPACE": "trakt",
        }
        resident, wrong = soaked(batches, bucket)
    warm_at = max(batches // 10, min(20, batches - 1))
    steady = resident[warm_at:]
    slope = float(np.polyfit(range(len(steady)), steady, 1)[0]) if len(steady) > 1 else 0.0
    warm = statistics.median(resident[max(0, warm_at - 20) : warm_at])
    end = statistics.median(resident[-20:])
    for told in wrong[:20]:
        print(told, file=sys.stderr)
    gc.collect()
    told = {"batches": batches, "warm_mb": warm, "end_mb": end, "growth_mb": end - warm, "slope_kb": slope * 1000}
    print(json.dumps({**told, "after_gc_mb": resident_mb(), "wrong": len(wrong)}))


main(int(sys.argv[1]))
