"""`trakt init`: write a first pipeline that runs as it is."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

from trakt.cli.answer import Answer
from trakt.cli.scaffold import scaffold
from trakt.errors import Fault, OutputError, PipelineError
from trakt.runtime import options as shared
from trakt.runtime.packaged import PIPELINES

HELP = "write a first pipeline, with a step and some input, that runs as it is"
EXAMPLE = """\
  # write pipelines/orders, and run it
  trakt init orders
  trakt run --pipeline orders --input-dir pipelines/orders/input

  # below another folder
  trakt init orders --dir elsewhere"""
PAGE = "docs/first-pipeline.md"

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to write, and where."""
    parser.add_argument("name", metavar="NAME", type=_name, help="the pipeline: letters, digits, _ and -")
    parser.add_argument(
        "--dir", metavar="DIR", default=".", help=f"the folder that holds {PIPELINES}/ (default: %(default)s)"
    )
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Write the files; the result lists them.

    Raises:
        PipelineError: a file is there already; nothing was written.
        OutputError: the folder cannot be written to.
    """
    home = Path(options.dir, PIPELINES, options.name)
    files = {home / name: text for name, text in scaffold(options.name).items()}
    if there := [path for path in files if path.exists()]:
        raise PipelineError.of(
            Fault("the file is there already, and init never overwrites", str(path), _ELSEWHERE) for path in there
        )
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(error.filename or home), hint=_ELSEWHERE) from error
    content = {"status": "ok", "pipeline": options.name, "files": [str(path) for path in files]}
    return Answer(content, text="\n".join([f"wrote {home}; next:", *(f"  {line}" for line in _next(options))]))


_ELSEWHERE = "choose another name, or another folder with --dir"


def _next(options: argparse.Namespace) -> list[str]:
    go_there = [] if Path(options.dir).resolve() == Path.cwd() else [f"cd {shlex.quote(options.dir)}"]
    name = options.name
    return [
        *go_there,
        f"trakt validate --pipeline {name}",
        f"trakt run --pipeline {name} --input-dir {PIPELINES}/{name}/input",
    ]


def _name(given: str) -> str:
    if not NAME.fullmatch(given):
        raise argparse.ArgumentTypeError(
            f"must begin with a letter and hold only letters, digits, _ and - (64 at most), not '{given}'"
        )
    return given
