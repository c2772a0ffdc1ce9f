"""What a Glue job needs in S3: the script, Trakt as a wheel, what Glue does not hold, and the pipelines as a zip."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from deploy import ROOT, tools
from deploy.archive import write_zip
from deploy.pipelines import copy_pipelines
from deploy.runtimes import GLUE, LAMBDA


def build_glue(pipelines: Path, into: Path) -> None:
    """Fill the folder `into`, and check that Trakt fits every version of Glue."""
    # any pip can ask for another Python; what is asked for here is never run
    python = tools.python_of(LAMBDA)
    wheel = tools.wheel_of_trakt(python)
    for runtime in GLUE:
        tools.assert_complete(python, runtime, [str(wheel), "boto3"])
        if runtime.brought:
            tools.download(python, runtime, runtime.brought, into)
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(wheel, into)
    shutil.copy(ROOT / "handlers" / "glue_job.py", into)
    with tempfile.TemporaryDirectory() as folder:
        copy_pipelines(pipelines, Path(folder))
        write_zip(Path(folder), into / "pipelines.zip")
