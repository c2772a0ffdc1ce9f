"""The script with which `make` finds an interpreter, run as make runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "find_python"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="make and sh are POSIX")


def command(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def find(tmp_path):
    """`find("3.13")` with only the commands in `tmp_path/bin` and `tmp_path/pyenv` to find."""

    def run(wanted):
        return subprocess.run(
            ["/bin/sh", str(SCRIPT), wanted],
            env={"PATH": f"{tmp_path / 'bin'}:/usr/bin-without-python", "PYENV_ROOT": str(tmp_path / "pyenv")},
            capture_output=True,
            text=True,
            check=False,
        )

    for tool in ("ls", "sort"):
        command(tmp_path / "bin" / tool, f'exec {shutil.which(tool)} "$@"')
    return run


def test_the_wanted_version_is_found(find, tmp_path):
    command(tmp_path / "bin" / f"python{HERE}", f'exec {sys.executable} "$@"')
    found = find(HERE)
    assert (found.stdout.strip(), found.stderr) == (sys.executable, "")


def test_a_command_that_only_says_not_found_is_passed_over(find, tmp_path):
    command(tmp_path / "bin" / f"python{HERE}", "echo 'pyenv: command not found' >&2; exit 127")
    command(tmp_path / "pyenv" / "versions" / f"{HERE}.4" / "bin" / "python", f'exec {sys.executable} "$@"')
    assert find(HERE).stdout.strip() == sys.executable


def test_another_version_is_used_and_said_in_one_line(find, tmp_path):
    command(tmp_path / "bin" / "python3", f'exec {sys.executable} "$@"')
    found = find("3.99")
    assert found.stdout.strip() == sys.executable
    assert len(found.stderr.splitlines()) == 1
    assert "no working Python 3.99 here" in found.stderr


def test_no_python_at_all_says_what_to_install(find):
    found = find("3.13")
    assert (found.returncode, found.stdout) == (1, "")
    assert "apt install python3-venv" in found.stderr
