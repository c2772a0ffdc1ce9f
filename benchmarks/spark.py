"""Spark beside the local engine: the same pipeline over 1, 10 and 50 times the rows, and where the lines cross.

    python -m benchmarks.spark [--python .venv-spark/bin/python] [--minutes 22] [--rows N] [--only ENGINE]

What is measured, and how to read the page: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import spark_page
from benchmarks.__main__ import EVERY
from benchmarks.compare import OutputsDifferError
from benchmarks.measure import ROOT, Command, Taken, removal, taken
from benchmarks.orders import write_orders
from benchmarks.report import ALONE, write_summary
from benchmarks.spark_page import BATCH, CLUSTER, SPARK, STREAM, Point
from benchmarks.workload import HERE

RESULTS = HERE / "results"
FILES = {"one row": 0, "1x": 1, "10x": 10, "50x": 50}
"""Of the table with 2,000,000 rows, by the name of the size."""

ORDER = (
    *[(engine, "one row") for engine in (STREAM, SPARK)] * 3,
    *[(engine, "1x") for engine in (STREAM, BATCH, SPARK)] * 3,
    *[(engine, "10x") for engine in (STREAM, BATCH, SPARK)],
    *[(CLUSTER, size) for size in ("one row", "1x", "10x")],
    *[(engine, "50x") for engine in (STREAM, SPARK)],
    *[(engine, "10x") for engine in (SPARK, STREAM, BATCH)],
)
"""What is measured, the most telling first: what does not fit into the time is left out, and the page says so."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where files lie, who runs the commands, and how many rows a table has."""

    work: Path
    python: str
    rows: int

    def rows_of(self, size: str) -> int:
        """How many there are."""
        return FILES[size] * self.rows or 1

    def given(self, size: str) -> Path:
        """The input of a size: a folder whose files are one and the same table, which lies on the disk once."""
        table = self.work / "data" / f"orders-{self.rows if FILES[size] else 1}.csv"
        write_orders(table, self.rows if FILES[size] else 1)
        folder = self.work / "data" / f"spark-{self.rows}-{size.replace(' ', '-')}"
        folder.mkdir(exist_ok=True)
        for number in range(FILES[size] or 1):
            file = folder / f"part-{number:02}.csv"
            if not file.exists():
                os.link(table, file)
        return folder

    def command(self, point: Point) -> Command:
        """`trakt run` by that engine over that size."""
        engine, size = point
        out = self.work / "out" / "spark"
        pipeline = HERE / "pipelines" / f"declared_{'batch' if engine == BATCH else 'stream'}.yaml"
        arguments = [self.python, "-m", "trakt", "run", "--pipeline-file", str(pipeline), "--output-dir", str(out)]
        arguments += ["--force", "-q", "--input", f"orders={self.given(size)}"]
        environment = {"PYTHONPATH": str(ROOT)}
        if engine in (SPARK, CLUSTER):
            arguments += ["--engine", "spark"]
            environment |= self._spark()
        if engine == CLUSTER:
            arguments[:0] = [self.python, "-m", "benchmarks.on_a_cluster"]
        name = ", ".join(point)
        return Command(
            name=name,
            arguments=tuple(arguments),
            environment=environment,
            clear=removal(out),
            tells=engine == CLUSTER,
            family=True,
        )

    def _spark(self) -> dict[str, str]:
        kept = self.work / "spark-tmp"
        kept.mkdir(parents=True, exist_ok=True)
        settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.local.dir": str(kept)}
        said = " ".join(f"--conf {name}={value}" for name, value in settings.items())
        return {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": self.python,
            "PATH": f"{Path(self.python).parent}:{os.environ['PATH']}",
            "PYSPARK_SUBMIT_ARGS": f"--master local[2] {said} pyspark-shell",
        }


def main() -> None:
    """Measure as much as there is time for, and show and keep what came of it."""
    given = _arguments()
    work = ROOT / "build" / "bench"
    bench = Bench(work, str(Path(given.python).absolute()), given.rows)
    until = time.monotonic() + given.minutes * 60
    series = _kept(given.results, given.only) if given.only else {}
    checksums: dict[str, str] = {}
    # one of each that is forgotten: for the disk, and for bytecode
    for point in ((STREAM, "1x"), (given.only or SPARK, "1x")):
        _run(bench, point, checksums)
    said = versions(bench.python) + (f" ({given.only}; {_measured_by(given.results)})" if given.only else "")
    failed: dict[Point, str] = {}
    try:
        for point in _in_time([each for each in ORDER if given.only in (None, each[0])], series, bench, until):
            if point in failed:
                continue
            try:
                done = _run(bench, point, checksums)
            except SystemExit as error:
                # one size that is too large for an engine must not cost what was measured of the others
                failed[point] = str(error)
                print(error, file=sys.stderr, flush=True)
                continue
            series.setdefault(point, []).append(done)
            print(f"{', '.join(point)}: {done['wall_s']:.1f} s", file=sys.stderr, flush=True)
    finally:
        # who is interrupted keeps what was measured by then
        if series:
            rows = {size: bench.rows_of(size) for size in FILES}
            print(spark_page.write(series, rows, said, given.results))
            write_summary(given.results, [*EVERY, *ALONE])
    if failed:
        sys.exit(f"not all of it could be run: {'; '.join(map(', '.join, failed))}")


def _kept(results: Path, engine: str) -> dict[Point, list[Taken]]:
    """What was measured before of the other engines."""
    rounds = json.loads((results / f"{spark_page.NAME}.json").read_text(encoding="utf-8"))["rounds"]
    points = {(each, size): rounds.get(f"{each}, {size}") for each in spark_page.SHOWN for size in FILES}
    return {point: taken for point, taken in points.items() if taken and point[0] != engine}


def _measured_by(results: Path) -> str:
    """Which Trakt the others were measured with."""
    told = json.loads((results / f"{spark_page.NAME}.json").read_text(encoding="utf-8"))["measured"]
    return "the others: " + str(told).partition(",")[0]


def _in_time(points: Sequence[Point], series: dict[Point, list[Taken]], bench: Bench, until: float) -> Iterator[Point]:
    """What is still to be measured and is expected to fit, one after the other."""
    for point in points:
        expected = _expected(series, bench, point)
        if expected is None or time.monotonic() + expected < until:
            yield point
        else:
            print(f"{', '.join(point)}: left out, it would take some {expected:.0f} s", file=sys.stderr, flush=True)


def _expected(series: dict[Point, list[Taken]], bench: Bench, point: Point) -> float | None:
    """How long it may take: the start, and the rest of the largest size so far by its rows."""
    engine, size = point
    medians = {known: statistics.median(each["wall_s"] for each in rounds) for known, rounds in series.items()}
    if size == "one row":
        return medians.get(point)
    start = medians.get((SPARK if engine in (SPARK, CLUSTER) else STREAM, "one row"), 0.0)
    known = [bench.rows_of(other) for same, other in medians if same == engine and other != "one row"]
    if not known:
        return None
    largest = next(name for name in FILES if bench.rows_of(name) == max(known))
    rest = max(0.0, medians[engine, largest] - start)
    return 1.1 * (start + rest * bench.rows_of(size) / max(known))


def _run(bench: Bench, point: Point, checksums: dict[str, str]) -> Taken:
    """Measure one; it must write the bytes that all others have written of that size."""
    command = bench.command(point)
    command.clear()
    done = taken(command)
    manifest = json.loads((bench.work / "out" / "spark" / "manifest.json").read_text(encoding="utf-8"))
    command.clear()
    made = manifest["outputs"]["doubled"]["sha256"]
    if checksums.setdefault(point[1], made) != made:
        raise OutputsDifferError(f"{command.name}: the output is another one than that of those before")
    return done


def versions(python: str) -> str:
    """Of the Spark that is measured, of what reads and writes, and of the Java under it."""
    code = "import pyspark, pandas, pyarrow; print(pyspark.__version__, pandas.__version__, pyarrow.__version__)"
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    spark, pandas, pyarrow = asked.stdout.split()
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    java = told.split('"')[1]
    return f"Spark {spark}, pandas {pandas}, pyarrow {pyarrow}, Java {java}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--python", default=".venv-spark/bin/python", help="who has PySpark (default: %(default)s)")
    parser.add_argument(
        "--minutes", type=float, default=22, help="what does not fit is left out (default: %(default)s)"
    )
    parser.add_argument(
        "--only", choices=spark_page.SHOWN, help="measure this again, and keep what there is of the others"
    )
    parser.add_argument("--rows", type=int, default=2_000_000, help="of the 170 MB table (default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the page and the plot go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
