"""Command lines that are wrong: one line, exit 2, nothing on stdout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trakt as package
from trakt.cli.parser import COMMANDS


@pytest.mark.parametrize(
    ("argv", "said_of_it"),
    [
        (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
        (["run"], "one of the arguments --pipeline --pipeline-file is required"),
        (["run", "--pipeline", "a", "--pipeline-file", "b"], "not allowed with argument"),
        (["run", "--pipline", "orders"], "unknown option '--pipline'; did you mean '--pipeline'?"),
        (["run", "--pipeline", "orders", "--output_dir=x"], "did you mean '--output-dir'?"),
        (["run", "--pipeline", "orders", "--stream-chunk", "5"], "unknown option '--stream-chunk'; did you mean"),
        (["run", "--pipeline", "orders", "more"], "unrecognized arguments: more"),
        (["run", "--pipeline", "orders", "--input", "records"], "must be NAME=PATH, not 'records'"),
        (["run", "--pipeline", "orders", "--input", "=x.csv"], "must be NAME=PATH, not '=x.csv'"),
        (["run", "--pipeline", "orders", "--input", "a=x", "--input", "a=y"], "--input: 'a' is given twice"),
        (["run", "--pipeline", "orders", "--param", "factor=3"], "must be STEP.PARAM=VALUE, not 'factor=3'"),
        (["run", "--pipeline", "orders", "--param", "trim.factor"], "must be STEP.PARAM=VALUE, not 'trim.factor'"),
        (["run", "--pipeline", "orders", "--param", "trim.factor=[1"], "the value of 'trim.factor' is no YAML"),
        (["run", "--pipeline", "orders", "--param", "trim.since=2026-13-45"], "put it in quotes if it is a text"),
        (["run", "--pipeline", "orders", "--param", "trim.names={a: 1, a: 2}"], "the key 'a' stands twice"),
        (["run", "--pipeline", "orders", "--param", "trim.factor=!!python/name:os.system x"], "is not known here"),
        (["run", "--pipeline", "orders", "--param", "a.b=1", "--param", "a.b=2"], "--param: 'a.b' is given twice"),
        (["run", "--pipeline", "orders", "--stream-chunk-size", "0"], "must be a whole number of rows from 1, not '0'"),
        (["run", "--pipeline", "orders", "--stream-chunk-size", "1.5"], "must be a whole number of rows"),
        (["run", "--pipeline", "orders", "--client-id", " "], "argument --client-id: must not be blank"),
        (["run", "--pipeline", "orders", "-q", "-v"], "not allowed with argument"),
        (["run", "--pipeline", "ordres"], "no file pipelines/ordres/pipeline.yaml; did you mean 'orders'?"),
        (["run", "--pipeline", "zzz"], "there are: orders"),
        (["run", "--pipeline-file", "gone.yaml"], "there is no file gone.yaml"),
        (["run", "--pipeline-file", "pipelines/orders"], "pipelines/orders is a folder"),
        (["validate", "--pipeline", "zzz"], "there are: orders"),
        (["plan", "--pipeline", "zzz"], "there are: orders"),
        (["schema"], "the following arguments are required: pipeline|client|manifest"),
        (["completion"], "the following arguments are required: bash|zsh|fish"),
        (["init"], "the following arguments are required: NAME"),
        (["init", "../orders"], "must begin with a letter"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_a_remedy(trakt, orders, engine, argv, said_of_it):
    said = trakt(*argv)
    assert (said.code, said.out) == (2, "")
    (line,) = said.lines
    assert said_of_it in line
    asked = f"trakt {argv[0]}" if argv and argv[0] in COMMANDS and argv[-1] != "more" else "trakt"
    assert line.startswith(f"{asked}: ")
    assert line.endswith(f"see '{asked} --help'")
    assert engine.runs == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_says_what_it_cannot_do_without_and_where_there_is_more(trakt, command):
    said = trakt(command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: trakt {command} ")
    page = re.search(r"^more: (\S+)$", said.out, re.MULTILINE)
    assert page
    assert (Path(__file__).parents[3] / page[1]).is_file()


def test_trakt_alone_shows_a_first_pipeline_and_is_no_success(trakt):
    said = trakt()
    assert (said.code, said.out) == (2, "")
    assert "  trakt init orders" in said.lines
    assert "trakt --help" in said.err


def test_the_help_of_trakt_lists_its_commands_and_exit_codes(trakt):
    said = trakt("--help")
    assert said.code == 0
    for word in (*COMMANDS, "Exit codes: 0 done"):
        assert word in said.out


def test_version_says_the_version(trakt):
    said = trakt("--version")
    assert (said.code, said.out) == (0, f"trakt {package.__version__}\n")
