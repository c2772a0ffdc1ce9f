"""The examples in every `--help` are command lines that work: each is parsed, and what can be played here is played."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trakt.cli import main
from trakt.cli.parser import COMMANDS, parse

NEEDS_MORE = {
    "replay": "rows that were rejected",
    "invoke": "the buckets of a function",
    "backfill": "a folder for each batch",
}
"""Commands whose examples need what a first pipeline does not have; pages of the documentation play them."""


class Example(NamedTuple):
    """One command line of a help, the comment above it, and the file that takes its stdout."""

    command: str
    comment: str
    line: str
    target: str


def examples(command: str) -> Iterator[Example]:
    comment = ""
    for line in re.sub(r"\\\n\s*", "", COMMANDS[command].EXAMPLE).splitlines():
        if line.startswith("  # "):
            comment = line.strip()
        elif not line.strip():
            comment = ""
        elif found := re.search(r"\b(trakt [^>|)]+[^>|) ])(?: > (\S+))?", line):
            yield Example(command, comment, found[1], found[2] or "")


ALL = [each for command in COMMANDS for each in examples(command)]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_has_a_few_examples_and_each_says_what_it_does(command: str) -> None:
    told = list(examples(command))
    assert 2 <= len({each.comment for each in told}) <= 4
    assert sum(each.line.startswith(f"trakt {command}") for each in told) >= 2
    for each in told:
        assert each.comment, f"no comment says what this does: {each.line}"


@pytest.mark.parametrize("line", sorted({each.line for each in ALL}))
def test_each_example_is_a_command_line(line: str) -> None:
    assert parse(shlex.split(line)[1:]).command in COMMANDS


def test_the_examples_work_where_init_wrote_a_pipeline(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    here = [each for each in ALL if "s3://" not in each.line and each.command not in NEEDS_MORE]
    played: set[str] = set()
    for each in sorted(here, key=lambda each: each.command != "init"):
        if each.line in played:
            continue
        code = main(shlex.split(each.line)[1:])
        said = capsys.readouterr()
        assert code == 0, f"{each.line}\n{said.err}"
        if each.target:
            Path(each.target).write_text(said.out, encoding="utf-8")
        played.add(each.line)
    assert {each.command for each in here} == set(COMMANDS) - set(NEEDS_MORE)
    assert json.loads(Path("pipeline.schema.json").read_bytes())["$schema"]
    assert Path("clean/acme/manifest.json").is_file()
