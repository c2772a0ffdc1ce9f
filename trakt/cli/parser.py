"""The commands, and how a command line is read; one that is wrong is told in one line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from trakt import __version__
from trakt.cli import clean, graph, init, inspect, invoke, lineage, plan, replay, run, schema, validate, verify
from trakt.cli.answer import Answer
from trakt.errors import did_you_mean, one_of
from trakt.runtime.options import CommandLineError

ABOUT = """\
Client files into clean tables: one pipeline file, the same answer everywhere.

The result goes to stdout as JSON, everything for people to stderr.
Exit codes: 0 done, 1 the run failed, 2 the pipeline file or the command line is wrong."""

START = """\
A first pipeline, and its run:
  trakt init orders
  trakt run --pipeline orders --input-dir pipelines/orders/input"""


class Command(Protocol):
    """One command: a module of this room that has these names."""

    @property
    def HELP(self) -> str:  # noqa: N802 - a constant of the module
        """What it does, in one line."""

    @property
    def EXAMPLE(self) -> str:  # noqa: N802
        """A command line to learn from."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options."""

    def execute(self, options: argparse.Namespace) -> dict[str, Any] | Answer:
        """Do it and return the result; raise TraktError when it cannot be done."""


COMMANDS: Mapping[str, Command] = {
    "run": run,
    "validate": validate,
    "plan": plan,
    "graph": graph,
    "lineage": lineage,
    "replay": replay,
    "init": init,
    "inspect": inspect,
    "clean": clean,
    "verify": verify,
    "invoke": invoke,
    "schema": schema,
}


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read a command line; `options.command` is the command.

    Raises:
        CommandLineError: it is wrong.
        SystemExit: `--help` or `--version` was asked for and printed.
    """
    parser, parsers = _parsers()
    if not argv:
        parser.error(f"a command is needed: {one_of(list(COMMANDS))}")
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
            epilog=f"Example:\n{command.EXAMPLE}",
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_options(parsers[name])
        parsers[name].set_defaults(prog=parsers[name].prog)
    return parser, parsers
