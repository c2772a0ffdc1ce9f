"""The pipeline file that a command line names."""

from __future__ import annotations

import argparse
from pathlib import Path

from trakt.errors import did_you_mean
from trakt.runtime.options import CommandLineError
from trakt.runtime.packaged import PIPELINES


def pipeline_file(options: argparse.Namespace) -> Path:
    """The file that `--pipeline` or `--pipeline-file` names.

    Raises:
        CommandLineError: there is no such file.
    """
    prog = options.prog
    named_alone = getattr(options, "positional", None)
    if named_alone is not None:
        options.pipeline = named_alone
    if options.pipeline_file is not None:
        given = Path(options.pipeline_file)
        if not given.is_file():
            raise CommandLineError(f"--pipeline-file: {_lacking(given)}", prog=prog)
        return given
    if Path(options.pipeline).is_file():
        return Path(options.pipeline)
    if (inside := Path(options.pipeline, "pipeline.yaml")).is_file():
        return inside
    named = Path(PIPELINES, options.pipeline, "pipeline.yaml")
    if not named.is_file():
        known = sorted(found.parent.name for found in Path(PIPELINES).glob("*/pipeline.yaml"))
        advice = did_you_mean(options.pipeline, known) or (f"there are: {', '.join(known)}" if known else None)
        what = f"--pipeline: no pipeline '{options.pipeline}': there is no file {named}"
        raise CommandLineError(f"{what}; {advice}" if advice else what, prog=prog)
    return named


def _lacking(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder; name the file in it"
    return f"there is no file {path}"
