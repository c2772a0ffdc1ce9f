"""Thousands of batches of many clients through one warm Lambda function: is memory flat, and does nobody see another?

    python -m benchmarks.soak [--batches 2000]

What is measured, and how to read the table: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Series, taken
from benchmarks.targets import HEADER, Target, column
from benchmarks.workload import Outcome, Workload, peer

RESULTS = Path(__file__).parent / "results"
NAME = "soak"
MOST_GROWTH_MB = 20
MOST_GROWTH = 0.10


def main() -> None:
    """Run it once, and show and keep what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--batches", type=int, default=2000, help="how many, errors included (default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the table and the plot go")
    given = parser.parse_args()
    outcome = soaked(given.batches)
    try:
        from benchmarks import report
        from benchmarks.__main__ import EVERY
    except ModuleNotFoundError as missing:
        # a try needs none of the peers' packages
        print(f"not kept in results ({missing.name} is not installed)", file=sys.stderr)
        print(json.dumps({"rounds": outcome.series, HEADER[0]: [target.row() for target in outcome.targets]}, indent=1))
    else:
        print(report.write(NAME, outcome, given.results))
        report.write_summary(given.results, [*EVERY, *report.ALONE])
    if not all(target.holds is not False for target in outcome.targets):
        sys.exit(1)


def soaked(batches: int) -> Outcome:
    """So many batches in one process."""
    command = replace(peer(NAME, "soak", str(batches)), tells=True, ours=True)
    workload = Workload(
        title=f"{batches:,} batches of mixed clients through one warm Lambda function",
        commands=[command],
        judge=_judge,
        notes=[
            "Memory is what is resident after a batch: `warm mb` when a tenth of them are done, `end mb` at the end; "
            "each the median of the 20 batches before. `slope kb` is that of a line through all between, per batch.",
            "Six pipelines, in both modes, two of them with step modules of one name and other code; one batch in six "
            "must fail, each time for another reason. Each output is held against what it must be, each manifest "
            "against its schema. The S3 endpoint is moto, in a process of its own.",
        ],
        shown={"warm_mb": "MB", "end_mb": "MB", "peak_mb": "MB"},
    )
    return Outcome(workload, {NAME: [taken(command)]}, {})


def _judge(series: Series) -> list[Target]:
    growth = column(series, NAME, "growth_mb")
    warm = column(series, NAME, "warm_mb")[0]
    return [
        Target(
            "memory that a warm function gains over all batches", growth, max(MOST_GROWTH_MB, MOST_GROWTH * warm), "MB"
        ),
        Target("batches that ended otherwise than they must", column(series, NAME, "wrong"), 0),
        Target("memory gained per batch", column(series, NAME, "slope_kb"), None, "KB"),
        Target("batches per second", [each["batches"] / each["wall_s"] for each in series[NAME]], None),
    ]


if __name__ == "__main__":
    main()
