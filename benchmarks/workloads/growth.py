"""Whether time grows as rows do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Series
from benchmarks.targets import Target, along
from benchmarks.workload import Setting, Workload, trakt_run

TIMES = (1, 3, 10)
START = "one row"


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    once = max(setting.rows // 4, 1)
    names = {f"{times}x": times * once for times in TIMES}

    *between, largest = names.items()

    def judge(series: Series) -> list[Target]:
        return [
            Target(f"time of {size[0]} the rows: of a line", along(series, START, size, largest), 1.1, "x", 0.9)
            for size in between
        ]

    yield Workload(
        title=f"Stream, schema declared, {once:,} rows and 3 and 10 times as many",
        commands=[
            trakt_run(
                name, "declared_stream", setting.out(f"grown-{rows}"), "--input", f"orders={setting.orders(rows)}"
            )
            for name, rows in {START: 1, **names}.items()
        ],
        judge=judge,
        notes=[
            "The line goes from the start, a run over one row, to the largest; what the start takes is not counted."
        ],
    )
