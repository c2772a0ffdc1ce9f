"""What was built is tried out: a Python that sees the function, the layer and boto3, and nothing else."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from deploy import DeployError, tools
from deploy.runtimes import LAMBDA

_SCRIPT = Path(__file__).parent / "trial_script.py"


def try_out(function: Path, layer: Path) -> None:
    """Import everything, run a small pipeline in both modes, and check every pipeline of the package.

    Raises:
        DeployError: with what Python said.
    """
    python = tools.python_of(LAMBDA)
    # isolated, without the packages of the venv and without writing bytecode into what is tried
    options = ["-I", "-S", "-B", str(_SCRIPT)]
    places = [str(each.resolve()) for each in (function, layer / "python", tools.runtimes_own(python, LAMBDA))]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([str(python), *options, *places], capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).splitlines()[-12:])
        raise DeployError(
            f"does not work as it was built:\n{said}",
            where=str(layer),
            hint="if a module or a library is missing, a rule in deploy/trim.py takes too much; "
            "if it is a pipeline, mend it, and see that its steps import nothing that is not packaged",
        )
