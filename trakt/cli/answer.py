"""What a command answers, and in which form: words for a person, JSON for a program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from trakt.cli.terminal import is_terminal
from trakt.runtime import console


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to stdout, and how the program ends.

    Attributes:
        content: a document to print as JSON, or text to print as it is.
        exit_code: 0 done, 1 failed, 2 the author's file is wrong.
        text: the document in words, or what makes them for the stream they go to; where all is said already, nothing.
            None: there are none, and the content is what was asked for.
    """

    content: Mapping[str, Any] | str
    exit_code: int = 0
    text: str | Callable[[TextIO], str] | None = None


def give(answer: Answer, options: argparse.Namespace) -> bool:
    """Print an answer; returns whether that could be done.

    On a terminal the words go to stdout in place of the document, unless JSON is asked for; elsewhere they go to
    stderr, beside it.
    """
    if answer.text is None or wants_json(options):
        return console.print_result(answer.content)
    if is_terminal(sys.stdout):
        return options.quiet or console.print_result(_words(answer.text, sys.stdout))
    if not options.quiet and (words := _words(answer.text, sys.stderr)):
        console.log.info("%s", words, extra=console.DRAWN)
    return console.print_result(answer.content)


def wants_json(options: argparse.Namespace) -> bool:
    """Whether the command line asks for JSON by name."""
    return bool(getattr(options, "json", False)) or getattr(options, "format", None) == "json"


def _words(text: str | Callable[[TextIO], str], stream: TextIO) -> str:
    return console.harmless(text) if isinstance(text, str) else text(stream)
