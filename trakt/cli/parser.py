"""The commands, and how a command line is read; one that is wrong is told in one line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from trakt import __version__
from trakt.cli import (
    backfill,
    clean,
    completion,
    graph,
    init,
    inspect,
    invoke,
    lineage,
    parity,
    plan,
    replay,
    report,
    run,
    schema,
    validate,
    verify,
)
from trakt.cli.answer import Answer
from trakt.errors import did_you_mean
from trakt.runtime.options import CommandLineError

ABOUT = """\
Client files into clean tables: one pipeline file, the same answer everywhere.

On a terminal the result is told in words; in a pipe it is JSON, with everything for people on stderr.
Exit codes: 0 done, 1 the run failed, 2 the pipeline file or the command line is wrong."""

START = """\
A first pipeline, and its run:
  trakt init orders
  trakt run --pipeline orders --input-dir pipelines/orders/input"""

SHORT = f"""\
usage: trakt COMMAND [options]

Client files into clean tables: one pipeline file, the same answer everywhere.

{START}

A file that nobody has described yet:
  trakt inspect FILE

'trakt --help' lists all commands, 'trakt COMMAND --help' teaches one.
"""


class Command(Protocol):
    """One command: a module of this room that has these names."""

    @property
    def HELP(self) -> str:  # noqa: N802 - a constant of the module
        """What it does, in one line."""

    @property
    def EXAMPLE(self) -> str:  # noqa: N802
        """Command lines to learn from, each below a comment that says what it does."""

    @property
    def PAGE(self) -> str:  # noqa: N802
        """The page of the documentation that says more."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options."""

    def execute(self, options: argparse.Namespace) -> dict[str, Any] | Answer:
        """Do it and return the result; raise TraktError when it cannot be done."""


COMMANDS: Mapping[str, Command] = {
    "run": run,
    "validate": validate,
    "plan": plan,
    "graph": graph,
    "parity": parity,
    "report": report,
    "lineage": lineage,
    "replay": replay,
    "backfill": backfill,
    "init": init,
    "inspect": inspect,
    "clean": clean,
    "verify": verify,
    "invoke": invoke,
    "schema": schema,
    "completion": completion,
}


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read a command line; `options.command` is the command.

    Where a shell asks what may stand at the cursor, that is told, and the process ends.

    Raises:
        CommandLineError: it is wrong.
        SystemExit: `--help` or `--version` was asked for and printed.
    """
    parser, parsers = _parsers()
    if "_ARGCOMPLETE" in os.environ:
        completion.complete(parser, parsers)
    if not argv[0].startswith("-") and argv[0] not in COMMANDS:
        parser.error(_unknown("command", argv[0], COMMANDS))
    # argparse would first complain of the option that a typo left missing
    chosen = parsers.get(argv[0], parser)
    known = chosen._option_string_actions
    for word in argv:
        option = word.partition("=")[0]
        if option == "--":
            break
        if option.startswith("--") and option not in known:
            chosen.error(_unknown("option", option, known))
    if argv[0] in ("run", "validate", "plan", "graph") and len(argv) > 1 and not argv[1].startswith("-"):
        chosen.error(f"'{argv[1]}' stands alone; did you mean --pipeline {argv[1]}?")
    return parser.parse_args(argv)


def _unknown(kind: str, word: str, known: Mapping[str, Any]) -> str:
    advice = did_you_mean(word, known) or f"there are: {', '.join(sorted(known))}"
    return f"unknown {kind} '{word}'; {advice}"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandLineError(message, prog=self.prog)


def _parsers() -> tuple[_Parser, dict[str, argparse.ArgumentParser]]:
    parser = _Parser(
        prog="trakt",
        description=ABOUT,
        epilog=START,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"trakt {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    parsers: dict[str, argparse.ArgumentParser] = {}
    for name, command in COMMANDS.items():
        parsers[name] = commands.add_parser(
            name,
            help=command.HELP,
            description=f"{command.HELP[0].upper()}{command.HELP[1:]}.",
            epilog=f"examples:\n{command.EXAMPLE}\n\nmore: {command.PAGE}",
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_options(parsers[name])
        parsers[name].set_defaults(prog=parsers[name].prog)
        parsers[name].usage = _usage(parsers[name])
    return parser, parsers


def _usage(parser: argparse.ArgumentParser) -> str:
    """What a command cannot do without, and that there is more: the rest stands below, in groups."""
    either = [group._group_actions for group in parser._mutually_exclusive_groups if group.required]
    one_each = [[action] for action in parser._actions if action.required]
    told = [" | ".join(_word(action) for action in actions) for actions in (*either, *one_each)]
    words = [f"({each})" if " | " in each else each for each in told]
    return " ".join([parser.prog, *words, "[options]"])


def _word(action: argparse.Action) -> str:
    return " ".join([*action.option_strings[:1], str(action.metavar or action.dest)])
