"""What came of a workload: a page, a plot, and the rounds themselves."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.plot import draw
from benchmarks.tables import medians, summary, table
from benchmarks.targets import HEADER
from benchmarks.workload import Outcome, commit

ALONE = ("soak", "spark")
"""What is measured by a program of its own, and has its place in the summary too."""

LIBRARIES = ("pandas", "pyarrow", "polars", "duckdb", "awswrangler")


def write(name: str, outcome: Outcome, results: Path) -> str:
    """Write `NAME.md`, `NAME.png` and `NAME.json`; returns the page."""
    results.mkdir(parents=True, exist_ok=True)
    measured = _measured()
    page = _page(name, outcome, measured)
    (results / f"{name}.md").write_text(page, encoding="utf-8")
    draw(outcome, results / f"{name}.png")
    kept = {
        "title": outcome.workload.title,
        "measured": measured,
        "targets": [target.row() for target in outcome.targets if target.most is not None],
        "rounds": outcome.series,
    }
    (results / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return page


def write_summary(results: Path, names: Sequence[str]) -> str:
    """Write the first page of the results anew; returns it."""
    page = summary(results, names)
    (results / "README.md").write_text(page, encoding="utf-8")
    return page


def _page(name: str, outcome: Outcome, measured: str) -> str:
    workload = outcome.workload
    parts = [
        f"# {workload.title}",
        table(HEADER, [target.row() for target in outcome.targets]),
        medians(outcome.series, outcome.outputs),
        f"![{workload.title}]({name}.png)",
        *workload.notes,
        f"Medians of {len(next(iter(outcome.series.values())))} rounds. {measured}",
    ]
    return "\n\n".join(parts) + "\n"


def _measured() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    machine = f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}"
    return f"Trakt {commit()}, Python {sys.version.split()[0]}, {versions}; {machine}."
