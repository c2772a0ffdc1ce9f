from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="import-linter is one of the lint tools, installed with the newest set only")

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(CHECKOUT / "trakt", tmp_path / "trakt", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder):
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_module_without_a_floor_fails_the_build(copy):
    (copy / "trakt" / "utils.py").touch()
    done = lint_imports(copy)
    assert done.returncode != 0
    assert "trakt.utils" in done.stdout


def test_an_import_that_goes_up_fails_the_build(copy):
    with (copy / "trakt" / "errors.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom trakt import cli\n")
    done = lint_imports(copy)
    assert done.returncode != 0
    assert "trakt.errors -> trakt.cli" in done.stdout


def test_the_house_as_it_is_keeps_its_floors(copy):
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout
