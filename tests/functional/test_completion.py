"""Tab completion, in a real bash: what it offers, and that it is quick because it loads next to nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.terminal import ROOT
from trakt.cli.parser import COMMANDS

pytest.importorskip("argcomplete")
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="there is no bash here")

PIPELINE = """\
name: orders
inputs: {records: records.csv, rates: rates.csv}
steps:
  - {id: net, uses: steps.net, with: {input: records, tax: 0.2, output: made}}
outputs: {made: made}
"""

# what the Tab key makes bash do, without a keyboard
ASK = """\
eval "$(trakt completion bash)"
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
read -ra COMP_WORDS <<< "$1"; [[ "$1" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
spec=$(complete -p trakt); spec=${spec##*-F }; ${spec%% *} trakt
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shell:
    """A bash in a folder with a pipeline, where `trakt` is this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "bin" / "trakt"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trakt "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        for name in ("pipelines/orders/pipeline.yaml", "pipelines/refunds/pipeline.yaml", "other.yaml"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PIPELINE, encoding="utf-8")
        (folder / "data").mkdir()
        (folder / "data" / "new.csv").write_text("id\n", encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def offers(self, line: str) -> list[str]:
        """What stands below the line when Tab is pressed at its end."""
        done = subprocess.run(
            ["bash", "--norc", "-c", ASK, "bash", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        return [each.strip() for each in done.stdout.splitlines() if each.strip()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_commands_are_completed(shell: Shell) -> None:
    assert set(COMMANDS) <= set(shell.offers("trakt "))
    assert shell.offers("trakt val") == ["validate"]


def test_options_are_those_of_the_command(shell: Shell) -> None:
    assert shell.offers("trakt run --manif") == ["--manifest-path"]
    assert shell.offers("trakt run --mem") == []
    assert shell.offers("trakt plan --mem") == ["--memory"]
    assert {"--stream-chunk-size", "--force", "--quiet", "--json"} <= set(shell.offers("trakt run --"))


def test_choices_are_completed(shell: Shell) -> None:
    assert shell.offers("trakt validate --pipeline orders --format g") == ["github"]
    assert {"bash", "zsh", "fish"} <= set(shell.offers("trakt completion "))


def test_pipelines_are_completed_by_name_and_files_by_their_ending(shell: Shell) -> None:
    assert shell.offers("trakt run --pipeline or") == ["orders"]
    assert set(shell.offers("trakt run --pipeline ")) == {
        "orders",
        "refunds",
        "other.yaml",
        "bin/",
        "data/",
        "pipelines/",
    }


def test_places_are_files_or_folders_and_other_values_are_left_alone(shell: Shell) -> None:
    assert shell.offers("trakt inspect data/n") == ["data/new.csv"]
    assert shell.offers("trakt run --pipeline orders --input-dir da") == ["data/"]
    assert shell.offers("trakt run --pipeline orders --input-dir oth") == []
    assert shell.offers("trakt run --pipeline orders --client-id ") == []


def test_inputs_and_params_are_those_of_the_pipeline(shell: Shell) -> None:
    assert shell.offers("trakt run --pipeline orders --input rec") == ["records="]
    assert shell.offers("trakt run --pipeline orders --input records=data/n") == ["data/new.csv"]
    assert shell.offers("trakt run --pipeline orders --param net.t") == ["net.tax="]
    assert shell.offers("trakt run --pipeline gone --param ") == []


def test_completing_loads_nothing_heavy_and_a_run_loads_no_argcomplete(shell: Shell) -> None:
    code = """
import os, sys, atexit, argparse
import argcomplete
def exit_method(code):
    heavy = ("pandas", "pyarrow", "numpy", "boto3", "rich", "opentelemetry")
    print("loaded:", *[name for name in heavy if name in sys.modules])
    sys.exit(0)
argcomplete.autocomplete = lambda parser, **more: argcomplete.CompletionFinder()(parser, exit_method=exit_method, **more)
from trakt.cli import main
main([])
"""
    line = "trakt run --pipeline orders --param net."
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": "offers",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    how: Any = {"cwd": shell.folder, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", code], env={**shell.environment, **asked}, check=True, **how)
    assert done.stdout.strip() == "loaded:"
    assert "net.tax=" in (shell.folder / "offers").read_text(encoding="utf-8")
    code = "import sys; from trakt.cli import main; main(['validate', '--pipeline', 'orders'])"
    code += "; print('argcomplete' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=shell.environment, check=True, **how)
    assert done.stdout.splitlines()[-1] == "False False"
