"""The function package: `trakt/`, `yaml/`, `handlers/` and `pipelines/`, which Lambda unpacks to `/var/task`."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy import ROOT, tools
from deploy.pipelines import copy_pipelines
from deploy.runtimes import LAMBDA, name_of

IN_FUNCTION = ("pyyaml",)
"""The managed layers do not have it."""


def build_function(pipelines: Path | None, into: Path) -> None:
    """Make the folder `into`, which must be empty or not be there; without pipelines, if there are none to try."""
    if pipelines is not None:
        copy_pipelines(pipelines, into)
    python = tools.python_of(LAMBDA)
    brought = [each for each in LAMBDA.brought if name_of(each) in IN_FUNCTION]
    tools.install(python, LAMBDA, [str(tools.wheel_of_trakt(python)), *brought], into)
    shutil.copytree(ROOT / "handlers", into / "handlers", ignore=shutil.ignore_patterns("__pycache__"))
    tools.compile_all(python, into, "/var/task")
