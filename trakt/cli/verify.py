"""`trakt verify`: whether the files that a manifest names are what they were."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from trakt.cli.answer import Answer
from trakt.errors import RunError, counted
from trakt.runtime import console, failure, option_types
from trakt.runtime import options as shared

if TYPE_CHECKING:
    from trakt.engine.verify import Checked

HELP = "read the outputs and inputs that a manifest names again, and compare them with its checksums"
EXAMPLE = """\
  # are outputs and inputs what they were
  trakt verify outputs/manifest.json

  # outputs only, in S3
  trakt verify s3://acme-clean/2026-02-05/manifest.json --outputs"""
PAGE = "docs/doing-it-once.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which manifest, and which of its files."""
    parser.add_argument("manifest", metavar="MANIFEST", type=option_types.text, help="a path, or an s3:// uri")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--outputs", action="store_true", help="outputs only")
    which.add_argument("--inputs", action="store_true", help="inputs only")
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Check each file, and say of it what was found; the result lists them all, and has failed when one is wrong."""
    from trakt.engine.verify import ROLES, verify

    roles = [role for role in ROLES if not (options.inputs if role == "output" else options.outputs)]
    found = verify(options.manifest, roles, _tell)
    if found.left_out:
        console.log.info("outputs not checked: %s", found.left_out)
    states = Counter(each.state for each in found.files)
    told = ", ".join(f"{number:,} {state}" for state, number in states.items())
    run = {"run_id": found.manifest["run_id"], "manifest_path": found.manifest_path}
    words = f"{counted(len(found.files), 'file')} of run {run['run_id']}{f': {told}' if told else ''}"
    result: dict[str, Any] = {"status": "ok", **run}
    if found.faults:
        console.log.info("%s", words)
        words, error = "", RunError.of(found.faults)
        failure.tell(error)
        result = {**failure.as_result(error), **run}
    more = {"run_status": found.manifest["status"], "not_checked": found.left_out}
    content = {**result, **more, "files": [each.as_dict() for each in found.files]}
    return Answer(content, 1 if found.faults else 0, text=words)


def _tell(checked: Checked) -> None:
    why = f": {checked.why}" if checked.why else ""
    console.log.info("%-7s  %s %s: %s%s", checked.state, checked.role, checked.name, checked.place, why)
