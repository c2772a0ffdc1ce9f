"""From one object to another, beside the endpoint's own get and put of the same bytes, and beside awswrangler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.compare import compared
from benchmarks.measure import Command, Series, taken
from benchmarks.targets import Target, column, ratio
from benchmarks.workload import Setting, Workload, peer, trakt_run
from trakt.testing.s3_server import S3Bucket, S3Server

OURS, LOCAL, GET, PUT, WRANGLER = "ours", "ours, local files", "raw get", "raw put", "awswrangler, chunked"
KEY = "in/orders.csv"


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    orders, local, written = setting.orders(setting.rows), setting.out("local"), setting.out("written")
    with S3Server() as server, server.bucket() as bucket:
        bucket.client.upload_file(str(orders), bucket.name, KEY)
        # what ours will write is what is put raw
        taken(trakt_run(LOCAL, "declared_stream", written, "--input", f"orders={orders}"))
        given, environment = bucket.uri(KEY), server.environment

        def on_endpoint(name: str, script: str, *arguments: str) -> Command:
            return peer(name, script, *arguments, environment=environment)

        ours = trakt_run(
            OURS, "declared_stream", bucket.uri("ours"), "--input", f"orders={given}", environment=environment
        )
        wrangler = on_endpoint(WRANGLER, "wrangler_chunks", given, bucket.uri("wrangler/"))
        yield Workload(
            title=f"S3 to S3, {orders.stat().st_size / 1e6:.0f} MB, schema declared",
            commands=[
                replace(ours, clear=_emptying(bucket, "ours/")),
                trakt_run(LOCAL, "declared_stream", local, "--input", f"orders={orders}"),
                replace(on_endpoint(GET, "raw_s3", "get", bucket.name, KEY), tells=True),
                replace(
                    on_endpoint(PUT, "raw_s3", "put", bucket.name, "raw.csv", str(written / "doubled.csv")), tells=True
                ),
                replace(wrangler, clear=_emptying(bucket, "wrangler/")),
            ],
            compare=lambda: _compared(setting, bucket, local / "doubled.csv"),
            judge=_judge,
            notes=[
                "`raw get` of the input's bytes and `raw put` of the output's count the transfer, not the start.",
                "`ours, local files` is the same run without S3: the compute.",
            ],
        )


def _emptying(bucket: S3Bucket, prefix: str) -> Callable[[], None]:
    def empty() -> None:
        for key in _keys(bucket, prefix):
            bucket.client.delete_object(Bucket=bucket.name, Key=key)

    return empty


def _keys(bucket: S3Bucket, prefix: str) -> list[str]:
    return sorted(key for key in bucket.all_keys() if key.startswith(prefix))


def _compared(setting: Setting, bucket: S3Bucket, local: Path) -> Mapping[str, str]:
    """What lies on the endpoint is fetched; the data set of awswrangler has a header in each object."""
    ours, wrangler = setting.out("from-s3.csv"), setting.out("from-s3-wrangler.csv")
    ours.write_bytes(bucket.get("ours/doubled.csv"))
    with wrangler.open("wb") as file:
        for number, key in enumerate(_keys(bucket, "wrangler/")):
            header, lines = bucket.get(key).split(b"\n", 1)
            file.write(lines if number else header + b"\n" + lines)
    try:
        return compared(OURS, {OURS: ours, LOCAL: local, WRANGLER: wrangler})
    finally:
        ours.unlink()
        wrangler.unlink()


def _judge(series: Series) -> list[Target]:
    gets, puts = column(series, GET, "transfer_s"), column(series, PUT, "transfer_s")
    transfer = [max(pair) for pair in zip(gets, puts, strict=True)]
    computed, wall = column(series, LOCAL), column(series, OURS)
    one_after_the_other = [ours / (raw + local) for ours, raw, local in zip(wall, transfer, computed, strict=True)]
    at_once = [ours / max(raw, local) for ours, raw, local in zip(wall, transfer, computed, strict=True)]
    return [
        Target("S3 to S3: wall, of the slower raw transfer plus compute", one_after_the_other, 1.2, "x"),
        Target("S3 to S3: wall, of the slower of raw transfer and compute", at_once, None, "x"),
        Target("S3 to S3: wall, of awswrangler in chunks", ratio(series, OURS, WRANGLER), 1.0, "x"),
    ]
