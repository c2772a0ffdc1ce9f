"""`trakt report`: one page that shows what runs were like."""

from __future__ import annotations

import argparse

from trakt.cli.answer import Answer
from trakt.errors import counted
from trakt.runtime import option_types
from trakt.runtime import options as shared

HELP = (
    "make one HTML page of manifests: rows, rejects, time, columns, drift and, over several batches, how they changed"
)
EXAMPLE = """\
  # a page of one run, report.html
  trakt report outputs/manifest.json

  # of every run whose manifest lies in a folder or below it
  trakt report clean/acme --output acme.html

  # of those that fit a pattern, in S3
  trakt report 's3://acme-data/clean/*/manifest.json' --output s3://acme-data/report.html"""
PAGE = "docs/command-line.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Of which manifests, and where the page goes."""
    parser.add_argument(
        "manifests",
        metavar="MANIFEST",
        nargs="+",
        type=option_types.text,
        help="a path or an s3:// uri; a folder stands for every manifest.json in it and below, a pattern for what fits",
    )
    parser.add_argument(
        "--output",
        metavar="PATH",
        type=_place,
        default="report.html",
        help="where the page goes, a path or an s3:// uri (default: %(default)s)",
    )
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Write the page; the result names it and the runs that are on it."""
    from trakt.report.report import write_report

    report = write_report(options.manifests, options.output)
    runs = [
        {"run_id": each.manifest["run_id"], "status": each.manifest["status"], "manifest_path": each.uri}
        for each in report.found
    ]
    content = {"status": "ok", "report_path": report.uri, "bytes": report.bytes, "runs": runs}
    return Answer(content, text=f"wrote {report.uri}: {counted(len(runs), 'run')}")


def _place(given: str) -> str:
    # elsewhere that is stdout, which belongs to the result
    if given.strip() == "-":
        raise argparse.ArgumentTypeError("must name a file: stdout is for the result")
    return option_types.text(given)
