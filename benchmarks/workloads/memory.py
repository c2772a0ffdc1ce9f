"""The most memory that ours had in stream mode, by size of the input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Series
from benchmarks.targets import Target, column, ratio
from benchmarks.workload import Setting, Workload, trakt_run


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    times = 10 if setting.large else 3
    sizes = {rows: setting.orders(rows) for rows in (setting.rows, times * setting.rows)}
    names = {rows: f"ours, {path.stat().st_size / 1e6:,.0f} MB" for rows, path in sizes.items()}
    small, large = names.values()

    def judge(series: Series) -> list[Target]:
        return [
            *(Target(f"peak memory: {name}", column(series, name, "peak_mb"), 250, "MB") for name in (small, large)),
            Target(f"peak memory: {times} times the rows", ratio(series, large, small, "peak_mb"), 1.1, "x"),
        ]

    try:
        yield Workload(
            title=f"memory of a stream, and of one with {times} times the rows",
            commands=[
                trakt_run(names[rows], "declared_stream", setting.out(f"rows-{rows}"), "--input", f"orders={path}")
                for rows, path in sizes.items()
            ],
            judge=judge,
            notes=[] if setting.large else ["`make bench-large` measures ten times the rows."],
        )
    finally:
        # nothing else reads it, and with --large it is 1.7 GB
        sizes[times * setting.rows].unlink()
