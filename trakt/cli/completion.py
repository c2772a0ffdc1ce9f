"""`trakt completion`: what a shell needs to complete Trakt's commands, options and values; and the completing itself.

The shell's script calls `trakt` with `_ARGCOMPLETE` set. Only then argcomplete is imported, and nothing else but the
parsers: a key was pressed, and somebody waits.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trakt.cli.answer import Answer
from trakt.errors import MissingExtra
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file
from trakt.runtime.packaged import PIPELINES

HELP = "print what a shell needs to complete commands, options, pipelines and files with the Tab key"
EXAMPLE = """\
  # in ~/.bashrc
  eval "$(trakt completion bash)"

  # in ~/.zshrc, after compinit
  eval "$(trakt completion zsh)"

  # in ~/.config/fish/config.fish
  trakt completion fish | source"""
PAGE = "docs/command-line.md"

SHELLS = ("bash", "zsh", "fish")

_FILES = ("PATH", "FILE", "MANIFEST", "URI")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", metavar="|".join(SHELLS), choices=SHELLS, help="the shell that is to complete")
    shared.add_volume(parser)


def execute(options: argparse.Namespace) -> Answer:
    """The script is the result."""
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError as error:
        raise MissingExtra("trakt completion", "cli") from error
    # what a value is not completed to is no file either
    return Answer(shellcode(["trakt"], shell=options.shell, use_defaults=False).strip())


def complete(parser: argparse.ArgumentParser, commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """Tell the shell what may stand at the cursor, and end the process."""
    try:
        from argcomplete import autocomplete
    except ImportError:
        # there is nobody to tell: what is said here would stand in a command line
        raise SystemExit(1) from None
    for command in commands.values():
        for action in command._actions:
            action.completer = _completer(action)  # type: ignore[attr-defined]
    autocomplete(parser, always_complete_options="long")


def _completer(action: argparse.Action) -> Any:
    """What completes the values of an option, by what its help calls them; None where it has choices."""
    from argcomplete.completers import ChoicesCompleter, DirectoriesCompleter, FilesCompleter

    if action.choices is not None:
        return None
    if action.dest == "pipeline":
        return _pipelines
    if action.dest in ("input", "param"):
        return _inputs if action.dest == "input" else _params
    if action.metavar == "DIR":
        return DirectoriesCompleter()
    return FilesCompleter() if action.metavar in _FILES else ChoicesCompleter({})


def _pipelines(prefix: str, **known: Any) -> list[str]:
    """Names below `pipelines/`, and files that may hold one."""
    from argcomplete.completers import FilesCompleter

    names = sorted(found.parent.name for found in Path(PIPELINES).glob("*/pipeline.yaml"))
    return [*names, *FilesCompleter(("yaml", "yml"))(prefix, **known)]


def _inputs(prefix: str, parsed_args: argparse.Namespace, **known: Any) -> list[str]:
    """`NAME=` of each input of the pipeline that stands before it; behind that a file."""
    from argcomplete.completers import FilesCompleter

    name, equals, path = prefix.partition("=")
    if equals:
        return [f"{name}={file}" for file in FilesCompleter()(path, **known)]
    return [f"{name}=" for name in _part(parsed_args, "inputs") or ()]


def _params(parsed_args: argparse.Namespace, **known: Any) -> list[str]:  # noqa: ARG001 - all are given by name
    """`STEP.PARAM=` of each step of the pipeline that stands before it."""
    with contextlib.suppress(AttributeError, KeyError, TypeError):
        return [f"{step['id']}.{name}=" for step in _part(parsed_args, "steps") for name in step.get("with", ())]
    return []


def _part(options: argparse.Namespace, key: str) -> Any:
    """A part of the pipeline file, whatever is wrong with the rest of it."""
    import yaml

    with contextlib.suppress(Exception):
        options.prog = ""
        return yaml.safe_load(pipeline_file(options).read_text(encoding="utf-8"))[key]
    return None
