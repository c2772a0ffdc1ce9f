"""A thousand files of a thousand bytes as one input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.compare import compared
from benchmarks.measure import Series
from benchmarks.targets import Target, column, ratio
from benchmarks.workload import Setting, Workload, file_to_file, trakt_run

FILES = 1000
OURS, PANDAS, POLARS = "ours", "pandas, file by file", "Polars, glob"


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    folder, out = setting.work / "data" / "small", setting.out("small")
    _write(folder)
    scripts = {PANDAS: "small_files_pandas", POLARS: "small_files_polars"}
    made = {name: setting.out(f"{script}.csv") for name, script in scripts.items()}
    peers = [file_to_file(name, script, folder, made[name]) for name, script in scripts.items()]
    yield Workload(
        title=f"{FILES:,} files of 1 KB in one input, types inferred",
        commands=[trakt_run(OURS, "many_files", out, "--input-dir", str(folder)), *peers],
        compare=lambda: compared(OURS, {OURS: out / "all.csv", **made}),
        judge=_judge,
    )


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        lines = [f"{number * 20 + row},{row * 7}.25,customer {number} of the north west" for row in range(23)]
        (folder / f"part-{number:04}.csv").write_text("\n".join(["id,amount,customer", *lines, ""]), encoding="utf-8")


def _judge(series: Series) -> list[Target]:
    return [
        Target(f"{FILES:,} small files: wall", column(series, OURS), 2.0, "s"),
        Target(f"{FILES:,} small files: wall, of pandas file by file", ratio(series, OURS, PANDAS), None, "x"),
    ]
