"""Trakt beside its peers: `make bench`, or `python -m benchmarks [--only NAME] [--rounds N] [--rows N]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.compare import OutputsDifferError
from benchmarks.measure import ROOT
from benchmarks.page_cache import forget_libraries
from benchmarks.workload import Setting, outcome
from benchmarks.workloads import ON_REQUEST, WORKLOADS

EVERY = WORKLOADS | ON_REQUEST
RESULTS = ROOT / "benchmarks" / "results"


def main() -> None:
    given = _arguments()
    work = ROOT / "build" / "bench"
    setting = Setting(work=work, rows=given.rows, rounds=given.rounds)
    forget_libraries()
    for name in given.only or WORKLOADS:
        # stderr, so that stdout is the report alone
        print(f"{name} ...", file=sys.stderr, flush=True)
        with EVERY[name](setting) as workload:
            try:
                done = outcome(workload, setting.rounds)
            except OutputsDifferError as error:
                sys.exit(f"{name}: {error}")
        print(report.write(name, done, given.results), flush=True)
    print(report.write_summary(given.results, [*EVERY, *report.ALONE]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(EVERY), help="may be given several times")
    parser.add_argument("--rounds", type=_count, default=5, help="medians are of so many (default: %(default)s)")
    parser.add_argument(
        "--rows", type=_count, default=2_000_000, help="of the 170 MB table; all others follow (default: %(default)s)"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where tables and plots go")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not '{text}'")
    return int(text)


if __name__ == "__main__":
    main()
