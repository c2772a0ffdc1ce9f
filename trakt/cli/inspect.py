"""`trakt inspect`: what a file is like, before anybody declares anything of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trakt.cli.answer import Answer
from trakt.errors import counted
from trakt.runtime import option_types
from trakt.runtime import options as shared

if TYPE_CHECKING:
    from trakt.formats.inspection import Inspection, Problem

HELP = "look at a file: encoding, delimiter, header, bad rows, columns at risk, and the YAML to read it"
EXAMPLE = """\
  # what is in it, and the YAML to read it
  trakt inspect pipelines/orders/input/records.csv

  # from its first rows only, as JSON
  trakt inspect pipelines/orders/input/records.csv --rows 10000 --json

  # an object in S3, packed
  trakt inspect s3://acme-incoming/orders.csv.gz"""
PAGE = "docs/command-line.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which file, and how much of it."""
    parser.add_argument("file", metavar="FILE", type=option_types.text, help="a path, or an s3:// uri; .gz is unpacked")
    parser.add_argument(
        "--rows",
        metavar="N",
        type=option_types.whole_number,
        help="look at the first N rows only (default: all of them)",
    )
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Look at the file; the result holds all that was found, however bad it is."""
    from trakt.engine.inspect import as_yaml, inspect, name_faults

    found = inspect(options.file, options.rows)
    told = as_yaml(options.file, found)
    unreadable = name_faults(options.file)
    lines = (*_about_file(found), *_about_columns(found), *(f"problem: {each}" for each in unreadable))
    words = "\n".join([*lines, "\nto read it, in a pipeline file:\n", told.rstrip()])
    return Answer({"status": "ok", **found.as_dict(), "name_faults": unreadable, "yaml": told}, text=words)


def _about_file(found: Inspection) -> list[str]:
    ends = ", ".join(f"{kind} ({count:,})" for kind, count in found.line_ends.items()) or "none"
    read = "" if found.is_whole else ", the first ones only"
    return [
        f"{found.uri}: {counted(found.rows, 'row')}, {counted(found.bad_rows, 'bad row')}{read}",
        f"encoding: {found.encoding.name} ({found.encoding.reason})",
        *_about_fields(found),
        f"line ends: {ends}",
        *(f"problem: {each.what}{_place(each)}" for each in found.problems),
    ]


def _about_fields(found: Inspection) -> list[str]:
    if found.delimiter is None:
        return [f"kind: {found.kind}"]
    delimiter = f"{found.delimiter!r}, which cuts {found.confidence:.1%} of the sampled records alike"
    return [
        f"delimiter: {delimiter if found.candidates else 'none occurs; one column'}",
        f"quotes: {found.quotechar or 'none'}",
    ]


def _place(problem: Problem) -> str:
    if not problem.lines:
        return ""
    if problem.code.startswith("header"):
        return f" (line {problem.lines[0]})"
    more = ", ..." if problem.count > len(problem.lines) else ""
    return f": {problem.count:,} (line {', '.join(map(str, problem.lines))}{more})"


def _about_columns(found: Inspection) -> list[str]:
    lines = []
    for column in found.columns:
        kind = "no value" if column.is_empty else column.type
        blanks = f", {counted(column.blanks, 'blank')}" if column.blanks and not column.is_empty else ""
        lines.append(f"column {column.name}: {kind}{blanks}")
        lines += [
            f"  {risk.code}: {risk.count:,}, first {risk.example!r} on line {risk.line}; {risk.what}"
            for risk in column.risks
        ]
    return lines
