"""`trakt invoke`: what the Lambda function would do with an event, on this machine."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from trakt.errors import MissingExtra
from trakt.runtime import console, option_types
from trakt.runtime import options as shared
from trakt.runtime.local_context import LocalContext
from trakt.runtime.options import CommandLineError

HELP = "do what the Lambda function would do with an event, on this machine"
EXAMPLE = """\
  # the function's settings, and the event that it would get
  export TRAKT_INPUT_PREFIXES=s3://acme-incoming/ TRAKT_OUTPUT_PREFIXES=s3://acme-clean/
  trakt invoke --event event.json

  # in a small and hurried one, with all that CloudWatch would see
  trakt invoke --event event.json --memory 512 --timeout 60 --verbose"""
PAGE = "docs/lambda.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The event, and what the function would have."""
    parser.add_argument(
        "--event", metavar="FILE", type=option_types.text, required=True, help="a JSON file; - is stdin"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=option_types.whole_number,
        default=900,
        help="the function's (default: %(default)s)",
    )
    parser.add_argument(
        "--memory",
        metavar="MIB",
        type=option_types.whole_number,
        default=1024,
        help="the function's (default: %(default)s)",
    )
    shared.add_volume(parser)


def execute(options: argparse.Namespace) -> dict[str, Any]:
    """Call the handler; the result is its answer. With -v, what CloudWatch would get goes to stderr too."""
    event = _event(options)
    try:
        from trakt.runtime.lambda_handler import handler, logger
    except ImportError as error:
        raise MissingExtra("trakt invoke", "aws") from error
    # the function's own level is that of POWERTOOLS_LOG_LEVEL
    console.set_volume(quiet=options.quiet, verbose=options.verbose)
    if not options.verbose:
        os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
        logging.getLogger("trakt").removeHandler(logger.registered_handler)
    # pipelines are looked for on the Python path, as in the function's package
    sys.path.insert(0, "")
    try:
        return handler(event, LocalContext(options.timeout, options.memory, "trakt-invoke"))
    finally:
        sys.path.remove("")


def _event(options: argparse.Namespace) -> Any:
    try:
        text = sys.stdin.read() if options.event == "-" else Path(options.event).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as fault:
        raise CommandLineError(f"--event: {options.event}: {fault.strerror}", prog=options.prog) from fault
    except (ValueError, RecursionError) as fault:
        raise CommandLineError(f"--event: {options.event} is no JSON: {fault}", prog=options.prog) from fault
