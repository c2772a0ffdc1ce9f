"""`trakt init`: write a project with a first pipeline that runs, passes its own tests, and can be deployed."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from trakt.cli.answer import Answer
from trakt.cli.scaffold import Scaffold, scaffold
from trakt.errors import Fault, OutputError, PipelineError
from trakt.runtime import options as shared
from trakt.runtime.packaged import PIPELINES

HELP = "write a first pipeline, with a step, some input and a test, that runs as it is"
EXAMPLE = """\
  # write pipelines/orders, and run it
  trakt init orders
  trakt run --pipeline orders --input-dir pipelines/orders/input

  # with what `sam build` and `sam deploy` need; the pipeline may be there already
  trakt init orders --lambda"""
PAGE = "docs/new-project.md"

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to write, and where."""
    parser.add_argument("name", metavar="NAME", type=_name, help="the pipeline: letters, digits, _ and -")
    parser.add_argument(
        "--dir", metavar="DIR", default=".", help=f"the folder that holds {PIPELINES}/ (default: %(default)s)"
    )
    parser.add_argument(
        "--lambda",
        dest="aws",
        action="store_true",
        help="also what `sam build` and `sam deploy` need; a pipeline of that name may be there",
    )
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Write the files; the result lists them.

    Raises:
        PipelineError: a file is there already; nothing was written.
        OutputError: the folder cannot be written to.
    """
    home = Path(options.dir)
    is_there = options.aws and (home / PIPELINES / options.name / "pipeline.yaml").is_file()
    files = scaffold(options.name, pipeline=not is_there, aws=options.aws)
    kept = [home / path for path in files.shared if (home / path).exists()]
    _require_new(home, files, kept)
    written = {home / path: text for path, text in {**files.own, **files.shared}.items() if home / path not in kept}
    _write(written, home)
    what = home / "template.yaml" if is_there else home / PIPELINES / options.name
    told = [f"kept {path}, which is there already" for path in kept]
    told += [f"wrote {what}; next:", *(f"  {line}" for line in _next(options, is_there))]
    content = {
        "status": "ok",
        "pipeline": options.name,
        "files": [str(path) for path in written],
        "kept": [str(path) for path in kept],
    }
    return Answer(content, text="\n".join(told))


_ELSEWHERE = "choose another name, or another folder with --dir"


def _require_new(home: Path, files: Scaffold, kept: list[Path]) -> None:
    """What is the pipeline's own is never taken for that of another; what is shared may be, unless that is all."""
    there = [home / path for path in files.own if (home / path).exists()]
    if there or len(kept) == len(files.own) + len(files.shared):
        raise PipelineError.of(
            Fault("the file is there already, and init never overwrites", str(path), _ELSEWHERE)
            for path in there or kept
        )


def _write(files: Mapping[Path, str], home: Path) -> None:
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(error.filename or home), hint=_ELSEWHERE) from error


def _next(options: argparse.Namespace, is_there: bool) -> list[str]:
    go_there = [] if Path(options.dir).resolve() == Path.cwd() else [f"cd {shlex.quote(options.dir)}"]
    name = options.name
    run = [
        f"trakt validate --pipeline {name}",
        f"trakt run --pipeline {name} --input-dir {PIPELINES}/{name}/input",
        "python -m pytest",
    ]
    deploy = ["sam build", "sam deploy --guided"] if options.aws else []
    return [*go_there, *([] if is_there else run), *deploy]


def _name(given: str) -> str:
    if not NAME.fullmatch(given):
        raise argparse.ArgumentTypeError(
            f"must begin with a letter and hold only letters, digits, _ and - (64 at most), not '{given}'"
        )
    return given
