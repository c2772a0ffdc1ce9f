"""What a workload is: commands that do the same work, what is wanted of them, and what came of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.measure import ROOT, Command, Series, in_turns, removal
from benchmarks.orders import write_orders
from benchmarks.targets import Target

HERE = ROOT / "benchmarks"

Environment = Mapping[str, str]
NONE: Environment = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How much is measured, and where files may lie; `rows` is the number of the 170 MB table."""

    work: Path
    rows: int
    rounds: int

    def orders(self, rows: int) -> Path:
        """The table with so many rows; made when it is first asked for."""
        path = self.work / "data" / f"orders-{rows}.csv"
        write_orders(path, rows)
        return path

    def out(self, name: str) -> Path:
        """A place for an output."""
        (self.work / "out").mkdir(parents=True, exist_ok=True)
        return self.work / "out" / name


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One kind of work.

    Attributes:
        title: one sentence, for the report.
        judge: the targets, from the rounds.
        compare: called once, when all have run: how the output of each command compares with ours.
        repeat: rounds of this one per round asked for; what takes moments is noisier.
        notes: whatever the reader must know to judge the numbers.
        shown: the measures in the plot, with their units.
    """

    title: str
    commands: Sequence[Command]
    judge: Callable[[Series], list[Target]]
    compare: Callable[[], Mapping[str, str]] = dict
    repeat: int = 1
    notes: Sequence[str] = ()
    shown: Mapping[str, str] = field(default_factory=lambda: {"wall_s": "s", "cpu_s": "s", "peak_mb": "MB"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A workload that has run."""

    workload: Workload
    series: Series
    outputs: Mapping[str, str]

    @property
    def targets(self) -> list[Target]:
        return self.workload.judge(self.series)


def outcome(workload: Workload, rounds: int) -> Outcome:
    """Measure it.

    Raises:
        OutputsDifferError: a peer did other work than ours, so that times cannot be compared.
    """
    outputs: dict[str, str] = {}
    series = in_turns(list(workload.commands), rounds * workload.repeat, lambda: outputs.update(workload.compare()))
    return Outcome(workload, series, outputs)


def trakt_run(name: str, pipeline: str, output: Path | str, *more: str, environment: Environment = NONE) -> Command:
    """`python -m trakt run` of one of the pipelines here, into a folder or an s3:// prefix."""
    file = HERE / "pipelines" / f"{pipeline}.yaml"
    places = ("--pipeline-file", str(file), "--output-dir", str(output))
    # what an earlier round has made would be skipped
    arguments = ("-m", "trakt", "run", *places, "--force", *more, "-q")
    command = replace(python(name, *arguments, environment=environment), ours=True)
    return replace(command, clear=removal(output)) if isinstance(output, Path) else command


def peer(name: str, script: str, *arguments: str, environment: Environment = NONE) -> Command:
    """A script of `benchmarks/peers`."""
    return python(name, str(HERE / "peers" / f"{script}.py"), *arguments, environment=environment)


def file_to_file(name: str, script: str, given: Path, made: Path) -> Command:
    """A script of `benchmarks/peers` that makes a file of a file or a folder."""
    return replace(peer(name, script, str(given), str(made)), clear=removal(made))


def python(name: str, *arguments: str, environment: Environment = NONE) -> Command:
    """A command of this interpreter, which has ours and the peers installed."""
    return Command(
        name=name, arguments=(sys.executable, *arguments), environment={"PYTHONPATH": str(ROOT), **environment}
    )


def commit() -> str:
    """The commit that is measured, with a mark when the package differs from it."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "trakt", "handlers")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("-dirty" if changed else "")
