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
    wheel = tools.wheel_of_trakt(tools.python_of(LAMBDA), into)
    for runtime in GLUE:
        # any pip can ask for another Python; what is asked for here is never run
        tools.assert_complete(tools.python_of(LAMBDA), runtime, [str(wheel), "boto3"])
        if runtime.brought:
            tools.download(tools.python_of(LAMBDA), runtime, runtime.brought, into)
    shutil.copy(ROOT / "handlers" / "glue_job.py", into)
    with tempfile.TemporaryDirectory() as folder:
        copy_pipelines(pipelines, Path(folder))
        write_zip(Path(folder), into / "pipelines.zip")
