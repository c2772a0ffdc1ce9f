"""`trakt clean`: remove what killed runs left."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta

from trakt.cli.answer import Answer
from trakt.errors import counted
from trakt.runtime import console
from trakt.runtime import options as shared

HELP = "remove what killed runs left: hidden parts in a folder, unfinished uploads in S3"
EXAMPLE = """\
  # hidden parts of runs that were killed
  trakt clean outputs

  # unfinished uploads older than two days
  trakt clean s3://acme-clean/2026-02-05/ --older-than 48h"""
PAGE = "docs/s3.md"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where to look, and what is old."""
    parser.add_argument("uri", metavar="URI", type=_place, help="an output, or a folder or s3:// prefix of outputs")
    parser.add_argument(
        "--older-than",
        metavar="AGE",
        type=_age,
        default="24h",
        help="leave what is younger, since in S3 it may belong to a run that still lives: 90m, 48h, 7d "
        "(default: %(default)s)",
    )
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Remove it; the result lists what was removed."""
    from trakt.storage import storage_for

    storage = storage_for(options.uri)
    removed = storage.remove_leftovers(storage.join("", options.uri), options.older_than)
    for leftover in removed:
        console.log.info("removed %s, left at %s", leftover.uri, leftover.since.isoformat(" ", "seconds"))
    content = {
        "status": "ok",
        "uri": options.uri,
        "removed": [{"uri": leftover.uri, "since": leftover.since.isoformat()} for leftover in removed],
    }
    return Answer(content, text=f"removed {counted(len(removed), 'leftover')} from {options.uri}")


def _place(given: str) -> str:
    # a shell variable that is not set arrives as an empty word
    if not given.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    return given


def _age(given: str) -> timedelta:
    told = re.fullmatch(r"(\d{1,6})([smhd])", given.strip())
    if not told:
        raise argparse.ArgumentTypeError(f"must be a number and a unit (s, m, h or d), such as 24h, not '{given}'")
    return timedelta(**{_UNITS[told[2]]: int(told[1])})
