"""One CSV to another, schema declared: ours in stream mode, pandas by hand, Polars and DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.compare import compared
from benchmarks.measure import Series
from benchmarks.targets import Target, ratio
from benchmarks.workload import Setting, Workload, file_to_file, trakt_run

OURS, PANDAS, POLARS, DUCKDB = "ours", "pandas, chunked", "Polars, streaming", "DuckDB COPY"


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    orders, out = setting.orders(setting.rows), setting.out("ours")
    scripts = {PANDAS: "pandas_chunks", POLARS: "polars_stream", DUCKDB: "duckdb_copy"}
    made = {name: setting.out(f"{script}.csv") for name, script in scripts.items()}
    peers = [file_to_file(name, script, orders, made[name]) for name, script in scripts.items()]
    yield Workload(
        title=f"{setting.rows:,} rows, {orders.stat().st_size / 1e6:.0f} MB, CSV to CSV, schema declared",
        commands=[trakt_run(OURS, "declared_stream", out, "--input", f"orders={orders}"), *peers],
        compare=lambda: compared(OURS, {OURS: out / "doubled.csv", **made}),
        judge=_judge,
    )


def _judge(series: Series) -> list[Target]:
    return [
        Target("stream, schema declared: wall, of Polars", ratio(series, OURS, POLARS), 1.25, "x"),
        Target("stream, schema declared: wall, of pandas in chunks", ratio(series, OURS, PANDAS), 0.2, "x"),
        Target("stream, schema declared: CPU, of Polars", ratio(series, OURS, POLARS, "cpu_s"), 1.6, "x"),
        Target("stream, schema declared: wall, of DuckDB", ratio(series, OURS, DUCKDB), None, "x"),
    ]
