"""`trakt replay`: rejected rows once more through the same pipeline."""

from __future__ import annotations

import argparse
from pathlib import Path

from trakt.cli.answer import Answer
from trakt.cli.watched import watching
from trakt.runtime import option_types
from trakt.runtime import options as shared
from trakt.runtime.options import CommandLineError
from trakt.runtime.process import starting

HELP = "run rejected rows, mended, once more through the same pipeline"
EXAMPLE = """\
  # mend each `raw` in a copy of the rejected rows, and take them once more
  cp outputs/rejected.jsonl mended.jsonl
  trakt replay outputs/manifest.json --rows mended.jsonl

  # the pipeline was mended, and the rows are good as they are
  trakt replay outputs/manifest.json"""
PAGE = "docs/rejected-rows.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which rows, and what becomes of the other inputs."""
    parser.add_argument("manifest", metavar="MANIFEST", type=option_types.text, help="of the run that rejected them")
    parser.add_argument(
        "--rows",
        metavar="FILE",
        type=option_types.text,
        help="the mended rows (default: the rejected dataset, as it is)",
    )
    parser.add_argument(
        "--pipeline-file", metavar="PATH", type=option_types.text, help="default: the one that the manifest names"
    )
    parser.add_argument(
        "--again",
        metavar="INPUT",
        type=option_types.text,
        action="append",
        default=[],
        help="read this input in full again",
    )
    parser.add_argument(
        "--without",
        metavar="INPUT",
        type=option_types.text,
        action="append",
        default=[],
        help="take no row of this input",
    )
    parser.add_argument(
        "--output-dir",
        metavar="DIR",
        type=option_types.text,
        help="default: a folder beside the manifest, named by the rows",
    )
    shared.add_force(parser)
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Run the supplement; the result is that of its run."""
    with starting():
        from trakt.engine.load import load_pipeline_from_yaml
        from trakt.engine.replay.replay import ReplayRequest, rejecting_run, replay

    before = rejecting_run(options.manifest)
    named = options.pipeline_file or before["pipeline"]["file"]
    if named is None:
        told = f"{options.manifest} is of a pipeline built in Python; give --pipeline-file"
        raise CommandLineError(told, prog=options.prog)
    asked = ReplayRequest(
        manifest=options.manifest,
        pipeline=load_pipeline_from_yaml(Path(named), client_id=before["client_id"]),
        rows=options.rows,
        again=options.again,
        without=options.without,
        output_dir=options.output_dir,
        force=options.force,
    )
    with watching(options) as watched:
        result = replay(asked, watched.begin)
    return watched.answer(result)
