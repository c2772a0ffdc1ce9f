"""The same work by ours in other ways: types inferred, and in batch mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.compare import compared
from benchmarks.measure import Series
from benchmarks.targets import Target, ratio
from benchmarks.workload import Setting, Workload, trakt_run

DECLARED, INFERRED, BATCH = "stream, declared", "stream, inferred", "batch, declared"
PIPELINES = {DECLARED: "declared_stream", INFERRED: "inferred_stream", BATCH: "declared_batch"}


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    orders = setting.orders(setting.rows)
    made = {name: setting.out(pipeline) for name, pipeline in PIPELINES.items()}
    given = ("--input", f"orders={orders}")
    yield Workload(
        title=f"{setting.rows:,} rows, {orders.stat().st_size / 1e6:.0f} MB: types inferred, and batch mode",
        commands=[trakt_run(name, PIPELINES[name], out, *given) for name, out in made.items()],
        compare=lambda: compared(DECLARED, {name: out / "doubled.csv" for name, out in made.items()}),
        judge=_judge,
    )


def _judge(series: Series) -> list[Target]:
    return [
        Target("types inferred: wall, of declared", ratio(series, INFERRED, DECLARED), 1.5, "x"),
        Target("batch: wall, of stream", ratio(series, BATCH, DECLARED), 1.3, "x"),
    ]
