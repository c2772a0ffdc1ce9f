"""What the runs of one client and pipeline were like over time: numbers, one per run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from trakt.engine.profile import Profile
from trakt.report.runs import Group, Run, columns_of

Unit = Literal["rows", "ms", "MiB", "share"]

MOST_COLUMNS = 12
"""Columns whose missing values are drawn; a table has those of all."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of each run; None where there is none.

    Attributes:
        about: the column that it is of, or what is counted, in a sentence.
    """

    title: str
    about: str
    unit: Unit
    values: Sequence[float | None]

    @property
    def range(self) -> float:
        """How far the values lie apart."""
        known = [each for each in self.values if each is not None]
        return max(known) - min(known) if known else 0.0


def measures_of(group: Group) -> list[Measure]:
    """Of the whole run: rows, time and memory; what no run knows is left out."""
    runs = group.deliveries
    whole: list[tuple[str, str, Unit, Callable[[Run], float | None]]] = [
        ("Rows read", "by all inputs together", "rows", lambda run: run.rows_read),
        ("Rows written", "to all outputs together; none where a run failed", "rows", lambda run: run.rows_written),
        ("Rows rejected", "set aside by inputs and steps", "rows", lambda run: run.rows_rejected),
        ("Duration", "from the first look at the files to the manifest", "ms", lambda run: run.manifest["duration_ms"]),
        ("Peak memory", "of the process, so far", "MiB", lambda run: run.manifest["peak_memory_mb"]),
    ]
    measures = [Measure(title, about, unit, [of(run) for run in runs]) for title, about, unit, of in whole]
    return [each for each in measures if any(value is not None for value in each.values)]


def rows_of_inputs(group: Group) -> list[Measure]:
    """Rows of each input, where there are several."""
    names = list(dict.fromkeys(name for run in group.deliveries for name in run.manifest["inputs"]))
    if len(names) < 2:
        return []
    return [
        Measure(name, f"rows of input {name}", "rows", [_rows(run, name) for run in group.deliveries]) for name in names
    ]


def missing_values(group: Group) -> list[Measure]:
    """The share of missing values in each column of which some run lacked any: what moved most comes first."""
    runs = group.deliveries
    profiles = [{name: Profile.of(entry) for name, entry in run.manifest["inputs"].items()} for run in runs]
    measures = [
        Measure(
            column, f"column {column} of input {name}", "share", [_share(each.get(name), column) for each in profiles]
        )
        for name, column in columns_of(runs)
    ]
    return sorted((each for each in measures if any(each.values)), key=lambda each: -each.range)


def _rows(run: Run, name: str) -> float | None:
    entry = run.manifest["inputs"].get(name)
    return entry["rows"] if entry else None


def _share(profile: Profile | None, column: str) -> float | None:
    return profile.null_share(column) if profile else None
