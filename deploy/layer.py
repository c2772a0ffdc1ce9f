"""The slim layer: pandas, pyarrow and Powertools with bytecode, without what Trakt does not use."""

from __future__ import annotations

import tempfile
from pathlib import Path

from deploy import tools
from deploy.function import IN_FUNCTION, build_function
from deploy.runtimes import LAMBDA, name_of
from deploy.trial import try_out
from deploy.trim import strip, trim


def build_layer(into: Path) -> None:
    """Make the folder `into`, which Lambda unpacks to `/opt`; it must be empty or not be there.

    Raises:
        DeployError: it cannot be built, or does not work.
    """
    python = tools.python_of(LAMBDA)
    wanted = [f"{tools.wheel_of_trakt(python)}[aws]", "aws-lambda-powertools[tracer]", "boto3"]
    tools.assert_complete(python, LAMBDA, wanted)
    packages = into / "python"
    brought = [each for each in LAMBDA.brought if name_of(each) not in IN_FUNCTION]
    tools.install(python, LAMBDA, brought, packages)
    trim(packages)
    strip(packages)
    tools.compile_all(python, packages, "/opt/python")
    with tempfile.TemporaryDirectory() as folder:
        build_function(None, Path(folder))
        try_out(Path(folder), into)
