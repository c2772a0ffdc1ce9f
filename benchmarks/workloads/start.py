"""What is paid before any work is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.measure import ROOT, Series, removal
from benchmarks.targets import Target, above
from benchmarks.workload import Setting, Workload, python

PASS, HELP, DEMO, IMPORTS = "python -c pass", "trakt --help", "trakt run of the demo", "import pandas, pyarrow.csv"


@contextmanager
def prepared(setting: Setting) -> Iterator[Workload]:
    demo, out = ROOT / "examples" / "multi_file_demo", setting.out("demo")
    places = ("--pipeline-file", str(demo / "pipeline.yaml"), "--input-dir", str(demo / "input"))
    yield Workload(
        title="Start: above an interpreter that does nothing",
        commands=[
            python(PASS, "-c", "pass"),
            replace(python(HELP, "-m", "trakt", "--help"), ours=True),
            replace(
                python(DEMO, "-m", "trakt", "run", *places, "--output-dir", str(out), "-q"),
                ours=True,
                clear=removal(out),
            ),
            python(IMPORTS, "-c", "import pandas, pyarrow.csv"),
        ],
        judge=_judge,
        repeat=3,
    )


def _judge(series: Series) -> list[Target]:
    return [
        Target("start: trakt --help, above python -c pass", above(series, HELP, PASS), 0.15, "s"),
        Target("start: trakt run of the demo, above python -c pass", above(series, DEMO, PASS), 0.9, "s"),
        Target(
            "start: trakt run of the demo, above importing pandas and pyarrow", above(series, DEMO, IMPORTS), None, "s"
        ),
    ]
