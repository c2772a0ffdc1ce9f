"""Rounds as Markdown."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Series
from benchmarks.targets import HEADER


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns in line so that it reads in a terminal too."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in [padded[0], rule, *padded[1:]])


def medians(series: Series, outputs: Mapping[str, str]) -> str:
    """A row for each command, a column for each measure."""
    measures = list(dict.fromkeys(measure for rounds in series.values() for measure in rounds[0]))
    rows = []
    for name, rounds in series.items():
        cells = [
            f"{statistics.median(taken[each] for taken in rounds):.3g}" if each in rounds[0] else "-"
            for each in measures
        ]
        rows.append([name, *cells, *([outputs.get(name, "")] if outputs else [])])
    return table(["command", *(each.replace("_", " ") for each in measures), *(["output"] if outputs else [])], rows)


def summary(results: Path, names: Sequence[str]) -> str:
    """All targets of the workloads whose rounds are there, in one table, and what they were measured with."""
    rows: list[list[str]] = []
    measured: dict[str, list[str]] = {}
    for name in names:
        path = results / f"{name}.json"
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            measured.setdefault(kept["measured"], []).append(name)
            rows += [[f"[{what}]({name}.md)", *more] for what, *more in kept["targets"]]
    with_what = "".join(f"- {', '.join(together)}: {what}\n" for what, together in measured.items())
    return f"# Results\n\n{table(HEADER, rows)}\n\n{with_what}"
