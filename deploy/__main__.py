"""`python -m deploy`: parse, do, and one door through which every error leaves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy import ROOT, DeployError
from deploy.build import build
from deploy.function import build_function
from deploy.layer import build_layer
from deploy.upload import check_prefix, upload
from trakt.errors import TraktError
from trakt.runtime import console, failure


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code."""
    options = _parser().parse_args(argv)
    with console.speaking_on_stderr():
        try:
            options.command(options)
        except TraktError as error:
            failure.tell(error)
            return error.exit_code
        except KeyboardInterrupt:
            console.log.error("interrupted")
            return 130
    return 0


def _build(options: argparse.Namespace) -> None:
    if options.upload:
        check_prefix(options.upload)
    artifacts = build(options.pipelines, ROOT / "build" / "deploy")
    if options.upload:
        upload(artifacts, options.upload)


def _function(options: argparse.Namespace) -> None:
    build_function(options.pipelines, _empty(options.folder))


def _layer(options: argparse.Namespace) -> None:
    build_layer(_empty(options.folder))


def _empty(folder: Path) -> Path:
    if folder.is_dir() and any(folder.iterdir()):
        raise DeployError("is not empty", where=str(folder), hint="give a folder that is new or empty")
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy", description="Build and publish what runs in AWS.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    everything = commands.add_parser("build", help="build, try out and measure everything, and upload it if asked to")
    everything.add_argument("--upload", metavar="S3_PREFIX", help="upload the artifacts: s3://BUCKET/RELEASE/")
    everything.set_defaults(command=_build)
    function = commands.add_parser("function", help="the function package alone, as `sam build` wants it")
    function.set_defaults(command=_function)
    layer = commands.add_parser("layer", help="the slim layer alone, as `sam build` wants it")
    layer.set_defaults(command=_layer)
    for each in (function, layer):
        each.add_argument("folder", metavar="FOLDER", type=Path)
    for each in (everything, function):
        each.add_argument("--pipelines", metavar="FOLDER", type=Path, default=Path("pipelines"), help="%(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
