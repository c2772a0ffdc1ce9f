"""A Python of the runtime's own version, with pip: bytecode is good for one version alone."""

from __future__ import annotations

import atexit
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from deploy import ROOT, DeployError
from deploy.runtimes import PLATFORMS, Runtime, name_of

_IGNORED = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Of the metadata: it tells how and from where pip has installed, so it differs from one build to the next."""

_YEAR_1980 = "315532800"


def python_of(runtime: Runtime) -> Path:
    """The Python of a venv that is made once below `build/`.

    Raises:
        DeployError: this machine is not like Lambda, or has no such Python.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise DeployError(
            f"what is built for Lambda is tried out, and that takes Linux on x86_64, not {platform.platform()}",
            hint="build on such a machine: in CI, or in a container",
        )
    home = ROOT / "build" / f"deploy-python{runtime.python}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        found = _run(["sh", str(ROOT / ".ci" / "find_python"), runtime.python], "find a Python").strip()
        version = _run([found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], "ask Python").strip()
        if version != runtime.python:
            raise DeployError(f"there is no Python {runtime.python} here", hint=f"install it; only {version} was found")
        _run([found, "-m", "venv", "--clear", str(home)], "make a venv")
        (home / "ready").touch()
    return python


@functools.cache
def wheel_of_trakt(python: Path) -> Path:
    """Trakt as a wheel, the same bytes for the same code; built once, and gone when the process ends.

    It is built from a copy: setuptools would leave folders in the checkout, and take old modules from them.
    """
    into = _folder_of_this_process("wheel")
    with tempfile.TemporaryDirectory() as copy:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, copy)
        shutil.copytree(ROOT / "trakt", Path(copy, "trakt"), ignore=shutil.ignore_patterns("__pycache__"))
        pip(python, "wheel", "--no-deps", "--wheel-dir", str(into), copy)
    return next(into.glob("trakt_etl-*.whl"))


@functools.cache
def runtimes_own(python: Path, runtime: Runtime) -> Path:
    """A folder with what the runtime holds itself, made once, and gone when the process ends."""
    into = _folder_of_this_process("runtime")
    install(python, runtime, runtime.there, into)
    return into


def assert_complete(python: Path, runtime: Runtime, wanted: Sequence[str]) -> None:
    """Check that `wanted` and all they need fit the runtime, and that its file names every one of them.

    Raises:
        DeployError: with pip's words, or with the names that are missing.
    """
    told = pip(python, "install", "--dry-run", "--ignore-installed", "--report", "-", *_for(runtime), *wanted)
    found = {name_of(each["metadata"]["name"]): each["metadata"]["version"] for each in json.loads(told)["install"]}
    known = {name_of(line) for line in (*runtime.there, *runtime.brought)} | {"trakt-etl"}
    if missing := sorted(found.keys() - known):
        raise DeployError(
            f"does not name {', '.join(f'{name} {found[name]}' for name in missing)}, which Trakt needs there",
            where=str(runtime.constraints.relative_to(ROOT)),
            hint="add a line for each, with its version, marked `# brought` unless the runtime holds it",
        )


def install(python: Path, runtime: Runtime, packages: Iterable[str], into: Path) -> None:
    """Unpack wheels for the runtime into a folder, those alone that are named."""
    pip(python, "install", "--no-deps", "--no-compile", "--target", str(into), *_for(runtime), *packages)
    for record in into.glob("*.dist-info/*"):
        if record.name in _IGNORED:
            record.unlink()
    shutil.rmtree(into / "bin", ignore_errors=True)


def download(python: Path, runtime: Runtime, packages: Iterable[str], into: Path) -> None:
    """The wheels for the runtime, as they are."""
    pip(python, "download", "--no-deps", "--dest", str(into), *_for(runtime), *packages)


def compile_all(python: Path, folder: Path, place: str) -> None:
    """Write bytecode that is never checked against its source, which stands at `place` in AWS.

    `sam` zips with dates of 1980, and Python would throw away all bytecode that is checked by date (PEP 552).
    """
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", place, str(folder)]
    _run([str(python), "-m", "compileall", *options], "compile")


def pip(python: Path, *arguments: str) -> str:
    """What pip prints; its warnings are passed over."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return _run([str(python), "-m", "pip", arguments[0], *quiet, *arguments[1:]], f"pip {arguments[0]}")


def _folder_of_this_process(name: str) -> Path:
    folder = tempfile.mkdtemp(prefix=f"trakt-{name}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _for(runtime: Runtime) -> list[str]:
    platforms = [word for each in PLATFORMS for word in ("--platform", each)]
    target = ["--python-version", runtime.python, "--implementation", "cp", *platforms, "--only-binary", ":all:"]
    return [*target, "--constraint", str(runtime.constraints)]


def _run(command: Sequence[str], doing: str) -> str:
    # what is built must not depend on the hour or on the order of sets
    steady = {"SOURCE_DATE_EPOCH": _YEAR_1980, "PYTHONHASHSEED": "0"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | steady
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if not line.startswith("WARNING")]
        raise DeployError(f"could not {doing}: " + "\n".join(said[-12:]), hint="mend that, and run again")
    return done.stdout
