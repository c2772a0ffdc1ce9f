"""What came of Spark beside the local engine: a page, a plot, and the rounds themselves."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.measure import Taken
from benchmarks.plot import OURS, PEER
from benchmarks.spark_model import Line, Scaled
from benchmarks.tables import table
from benchmarks.workload import commit

NAME = "spark"
STREAM, BATCH, SPARK, CLUSTER = "local, stream", "local, batch", "Spark, local[2]", "Spark, two workers"
CORES = (2, 4, 8, 16, 32)
SHOWN = {STREAM: (OURS, "-"), BATCH: (OURS, ":"), SPARK: ("#c2571a", "-"), CLUSTER: ("#c2571a", ":")}

Point = tuple[str, str]
"""Who does it, and the name of the size."""

Series = Mapping[Point, Sequence[Taken]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The lines through what was measured, by engine, and Spark's on other numbers of cores."""

    lines: Mapping[str, Line]
    spark: Scaled | None

    @classmethod
    def of(cls, series: Series, rows: Mapping[str, int]) -> Fitted:
        """From the rounds."""
        lines = {engine: line for engine in SHOWN if (line := _line(series, rows, engine, "wall_s"))}
        driver, executors = (_line(series, rows, CLUSTER, f"{each}_cpu_s") for each in ("driver", "executors"))
        if SPARK not in lines or driver is None or executors is None:
            return cls(lines, None)
        return cls(lines, Scaled(lines[SPARK].start, driver.per_million, executors.per_million))


def _line(series: Series, rows: Mapping[str, int], engine: str, measure: str) -> Line | None:
    measured = {
        rows[size]: [each[measure] for each in rounds] for (same, size), rounds in series.items() if same == engine
    }
    return Line.through(measured) if len(measured) > 1 else None


def write(series: Series, rows: Mapping[str, int], versions: str, results: Path) -> str:
    """Write `spark.md`, `spark.png` and `spark.json`; returns the page."""
    results.mkdir(parents=True, exist_ok=True)
    measured = f"Trakt {commit()}, Python {sys.version.split()[0]}, {versions}; {os.cpu_count()} processors"
    measured += f", {platform.system()} {platform.machine()}."
    fitted = Fitted.of(series, rows)
    title = f"Spark beside the local engine, {rows['1x']:,} rows and 10 and 50 times as many"
    page = _page(title, series, rows, fitted, measured)
    (results / f"{NAME}.md").write_text(page, encoding="utf-8")
    _draw(title, series, rows, fitted, results / f"{NAME}.png")
    rounds = {", ".join(point): taken for point, taken in series.items()}
    kept = {"title": title, "measured": measured, "targets": [], "rounds": rounds}
    (results / f"{NAME}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return page


def _page(title: str, series: Series, rows: Mapping[str, int], fitted: Fitted, measured: str) -> str:
    parts = [
        f"# {title}",
        "One pipeline: CSV, schema declared, a step in pandas that doubles a column and adds one, CSV. The files of a "
        "size are one and the same table. Every run of a size has written the same bytes.",
        _measurements(series, rows),
        f"![{title}]({NAME}.png)",
        "Wall time is that of the whole command, the start of Python and Java included. All but the spread are medians "
        "of the rounds. Processor time and memory are those of all its processes together; memory is the most of "
        "half-second looks, and what forked processes share counts once.",
        *_left_out(series, rows),
        "## Where they cross",
        *_crossing(series, rows, fitted),
        measured,
    ]
    return "\n\n".join(parts) + "\n"


def _measurements(series: Series, rows: Mapping[str, int]) -> str:
    lines = []
    for engine in SHOWN:
        for size, many in rows.items():
            if rounds := series.get((engine, size)):
                wall, cpu, peak = (
                    statistics.median(each[name] for each in rounds) for name in ("wall_s", "cpu_s", "peak_mb")
                )
                walls = [each["wall_s"] for each in rounds]
                spread = f"{min(walls):.3g} to {max(walls):.3g}" if len(rounds) > 1 else "-"
                speed = f"{many / wall / 1e6:.2f}" if many > 1 else "-"
                lines.append(
                    [engine, size, str(len(rounds)), f"{wall:.3g}", spread, f"{cpu:.3g}", f"{peak:.0f}", speed]
                )
    header = ["engine", "rows", "rounds", "wall s", "lowest to highest", "cpu s", "peak MB", "million rows/s"]
    return table(header, lines)


def _left_out(series: Series, rows: Mapping[str, int]) -> list[str]:
    """What was not measured, and why."""
    told = [
        f"{engine}, {size}" for engine in (STREAM, SPARK) for size in list(rows)[1:] if (engine, size) not in series
    ]
    said = [f"Not measured, since it failed or the time was over: {'; '.join(told)}."] if told else []
    measured = [size for size in rows if (BATCH, size) in series]
    if measured and (largest := measured[-1]) != (last := list(rows)[-1]):
        peak = statistics.median(each["peak_mb"] for each in series[BATCH, largest])
        needed = peak * rows[last] / rows[largest] / 1000
        said.append(f"A batch is one frame: at {last} it would take some {needed:.0f} GB of memory, and was not tried.")
    return said


def _crossing(series: Series, rows: Mapping[str, int], fitted: Fitted) -> list[str]:
    told = [
        table(
            ["engine", "start s", "s per million rows"],
            [[engine, f"{line.start:.2f}", f"{line.per_million:.2f}"] for engine, line in fitted.lines.items()],
        ),
        "A line for each engine, with the least squares of relative errors.",
    ]
    if STREAM not in fitted.lines or SPARK not in fitted.lines:
        return [*told, "Too little was measured to say more."]
    local, spark = fitted.lines[STREAM], fitted.lines[SPARK]
    crossing = local.crossing(spark)
    if crossing is None:
        ratio = spark.per_million / local.per_million
        told.append(
            f"**On two cores they do not cross**: Spark starts {spark.start - local.start:.1f} s later, and then takes "
            f"{ratio:.2f} times as long for each row. A stream of one process uses both cores already."
        )
    else:
        told.append(f"**On two cores they cross at {_rows(crossing)}**, by the lines above.")
    if fitted.spark is None:
        return told
    return [*told, *_model(local, fitted.spark, rows)]


def _model(local: Line, spark: Scaled, rows: Mapping[str, int]) -> list[str]:
    most = max(rows, key=lambda size: rows[size])
    lines = []
    for cores in CORES:
        line = spark.on(cores)
        crossing = local.crossing(line)
        gain = local.seconds(rows[most]) / line.seconds(rows[most])
        lines.append([str(cores), f"{line.per_million:.2f}", _rows(crossing), f"{gain:.2f} x"])
    return [
        "What follows is a **model and no measurement**. On a master and two workers of this machine, a million rows "
        f"took {spark.driver:.2f} s of processor time in the driver and {spark.executors:.2f} s in executors. By "
        f"Amdahl's law they cost {spark.driver:.2f} s + {spark.executors:.2f} s / cores of executors, were nothing "
        "done at once. It takes the start for a constant, and disks and networks for fast enough.",
        table(["cores of executors", "s per million rows", "sooner done from", f"beside a stream, {most}"], lines),
    ]


def _rows(many: float | None) -> str:
    if many is None:
        return "never"
    return f"{many / 1e6:,.0f} million rows" if many >= 1e6 else f"{many:,.0f} rows"


def _draw(title: str, series: Series, rows: Mapping[str, int], fitted: Fitted, path: Path) -> None:
    """Time and memory by rows, both on logarithmic axes; what the model says is grey."""
    mpl.use("agg")
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6))
    for engine, (color, style) in SHOWN.items():
        points = sorted(
            (rows[size], taken) for (same, size), taken in series.items() if same == engine and rows[size] > 1
        )
        for panel, measure in zip(panels, ("wall_s", "peak_mb"), strict=True):
            medians = [statistics.median(each[measure] for each in taken) for _, taken in points]
            panel.plot([many for many, _ in points], medians, style, color=color, marker="o", label=engine)
    sizes = [many for many in rows.values() if many > 1]
    for cores, style in ((8, "--"), (32, "-.")) if fitted.spark else ():
        modelled = [fitted.spark.on(cores).seconds(many) for many in sizes]
        panels[0].plot(sizes, modelled, style, color=PEER, label=f"Spark, {cores} cores (model)")
    for panel, named in zip(panels, ("wall time (s)", "peak memory of all processes (MB)"), strict=True):
        panel.set(xscale="log", yscale="log", title=named, xlabel="rows")
        panel.title.set_fontsize(10)
        panel.set_xticks(sizes, [f"{many / 1e6:g} M" for many in sizes])
        panel.minorticks_off()
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.grid(color="#e4e7ea")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=11)
    figure.tight_layout()
    # without its date and version the same numbers make the same file
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
