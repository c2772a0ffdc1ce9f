"""One picture per workload: a panel for each measure, a bar for each command."""

from __future__ import annotations

import statistics
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.workload import Outcome

OURS, PEER = "#1f6f8b", "#b8bfc6"
LABELS = {
    "wall_s": "wall time",
    "cpu_s": "processor time",
    "peak_mb": "peak memory",
    "ours_ms": "our handler",
    "raw_ms": "its S3 calls alone",
    "bare_ms": "one get and the puts",
    "overhead_ms": "handler above its calls",
    "warm_mb": "memory when warm",
    "end_mb": "memory at the end",
}


def draw(outcome: Outcome, path: Path) -> None:
    """Medians as bars, the lowest and the highest round as a whisker."""
    mpl.use("agg")
    commands, shown = outcome.workload.commands, outcome.workload.shown
    # bars of one unit can be compared from panel to panel
    one_unit = len(set(shown.values())) == 1
    size = (3.2 + 2.8 * len(shown), 1.3 + 0.45 * len(commands))
    figure, panels = plt.subplots(1, len(shown), figsize=size, sharex=one_unit, sharey=True, squeeze=False)
    for panel, (measure, unit) in zip(panels[0], shown.items(), strict=True):
        for place, command in enumerate(commands):
            rounds = [taken[measure] for taken in outcome.series[command.name]]
            median, lowest, highest = statistics.median(rounds), min(rounds), max(rounds)
            panel.barh(place, median, color=OURS if command.ours else PEER)
            panel.plot([lowest, highest], [place, place], color="black", linewidth=1)
            panel.annotate(f" {median:.3g} {unit}", (highest, place), va="center", fontsize=9)
        panel.set_title(f"{LABELS[measure]} ({unit})", fontsize=10)
        panel.margins(x=0.3)
        panel.set_xlim(left=0)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0][0].set_yticks(range(len(commands)), [command.name for command in commands])
    panels[0][0].invert_yaxis()
    figure.suptitle(outcome.workload.title, fontsize=11)
    figure.tight_layout()
    # without its date and version the same numbers make the same file
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
