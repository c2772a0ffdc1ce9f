"""The most memory that ours had in stream mode, by size of the input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.measure import Series
from benchmarks.targets import Target, column, ratio
from benchmarks.workload import Setting, Workload, trakt_run


def prepared(setting: Setting) -> AbstractContextManager[Workload]:
    """What `make bench` has the time for."""
    return _prepared(setting, 3)


def prepared_large(setting: Setting) -> AbstractContextManager[Workload]:
    """1.7 GB, and as much again for the output."""
    return _prepared(setting, 10)


@contextmanager
def _prepared(setting: Setting, times: int) -> Iterator[Workload]:
    sizes = {rows: setting.orders(rows) for rows in (setting.rows, times * setting.rows)}
    names = {rows: f"ours, {path.stat().st_size / 1e6:,.0f} MB" for rows, path in sizes.items()}
    small, large = names.values()

    def judge(series: Series) -> list[Target]:
        return [
            *(
                Target(f"peak memory, stream: {name}", column(series, name, "peak_mb"), 250, "MB")
                for name in (small, large)
            ),
            Target(f"peak memory, stream: {times} times the rows", ratio(series, large, small, "peak_mb"), 1.1, "x"),
        ]

    try:
        yield Workload(
            title=f"Memory of a stream, and of one with {times} times the rows",
            commands=[
                trakt_run(names[rows], "declared_stream", setting.out(f"rows-{rows}"), "--input", f"orders={path}")
                for rows, path in sizes.items()
            ],
            judge=judge,
        )
    finally:
        # nothing else reads it, and ten times the rows are 1.7 GB
        sizes[times * setting.rows].unlink()
