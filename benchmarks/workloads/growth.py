"""Whether time grows as rows do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Series
from benchmarks.targets import Target, bend
from benchmarks.workload import Setting, Workload, trakt_run

TIMES = (1, 3, 10)
START = "one row"


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    once = max(setting.rows // 4, 1)
    names = {f"{times}x": times * once for times in TIMES}

    def judge(series: Series) -> list[Target]:
        return [
            Target("time as rows grow: away from a line", bend(series, START, list(names.items())), 0.1, ""),
            Target("CPU as rows grow: away from a line", bend(series, START, list(names.items()), "cpu_s"), None, ""),
        ]

    yield Workload(
        title=f"stream, schema declared, {once:,} rows and 3 and 10 times as many",
        commands=[
            trakt_run(
                name, "declared_stream", setting.out(f"grown-{rows}"), "--input", f"orders={setting.orders(rows)}"
            )
            for name, rows in {START: 1, **names}.items()
        ],
        judge=judge,
        notes=["The line goes through the start (one row) and the largest; the start itself is not counted."],
    )
