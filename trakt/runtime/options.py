"""Every option of a run, declared once, for the command line and for Glue.

A caller picks the groups it needs; each group is a function that adds its options to a parser. What is wrong with the
values names `options.prog`, the command they were given to.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, TypeVar

from trakt.errors import PipelineError
from trakt.runtime import option_types
from trakt.runtime.packaged import PIPELINES

V = TypeVar("V")


class CommandLineError(PipelineError):
    """The command line is wrong; told in one line.

    Attributes:
        prog: the command it was given to, `trakt run`.
    """

    def __init__(self, what: str, *, prog: str) -> None:
        super().__init__(" ".join(what.split()))
        self.prog = prog

    @property
    def in_one_line(self) -> str:
        """What is wrong, and where to read what would be right."""
        return f"{self.prog}: {self}; see '{self.prog} --help'"


def add_pipeline(parser: argparse.ArgumentParser, *, positional: bool = False) -> None:
    """Which pipeline, and how strictly its file is read; `positional`: `--pipeline` may also stand alone."""
    what = parser.add_argument_group("what to run")
    which = what.add_mutually_exclusive_group(required=True)
    if positional:
        # of its own name: when it is absent, argparse would put its default in place of what --pipeline has said
        which.add_argument(
            "positional", metavar="PIPELINE", nargs="?", type=option_types.text, help="the same as --pipeline PIPELINE"
        )
    which.add_argument(
        "--pipeline",
        metavar="NAME",
        type=option_types.text,
        help=f"{PIPELINES}/NAME/pipeline.yaml, a file or its folder",
    )
    which.add_argument(
        "--pipeline-file", metavar="PATH", type=option_types.text, help="a pipeline file, wherever it lies"
    )
    what.add_argument("--lenient", action="store_true", help="let keys and params pass that nothing knows")


def add_client(parser: argparse.ArgumentParser) -> None:
    """Whose overlay is laid over the pipeline, for commands that run nothing."""
    parser.add_argument(
        "--client-id", metavar="ID", type=option_types.text, help="with clients/ID.yaml laid over the pipeline file"
    )


def add_places(parser: argparse.ArgumentParser) -> None:
    """Where inputs come from and outputs go, and what replaces values of the pipeline file."""
    where = parser.add_argument_group("where")
    _add_input_dir(where)
    where.add_argument(
        "--output-dir",
        metavar="DIR",
        type=option_types.text,
        default="outputs",
        help="where outputs go (default: %(default)s)",
    )
    _add_input(where)
    where.add_argument(
        "--manifest-path", metavar="PATH", type=option_types.text, help="default: manifest.json in the output folder"
    )
    how = _group(parser, "how")
    _add_param(how)
    how.add_argument(
        "--baseline",
        metavar="MANIFEST",
        type=option_types.text,
        help="the manifest of the run to compare the inputs with; default: the last one that was committed",
    )
    how.add_argument(
        "--stream-chunk-size",
        metavar="N",
        type=option_types.rows,
        help="rows per chunk in stream mode; changes memory and speed only",
    )
    how.add_argument(
        "--execution-mode",
        metavar="MODE",
        type=option_types.mode,
        help="batch or stream, in place of the pipeline's; changes memory and speed only",
    )
    how.add_argument(
        "--engine",
        metavar="ENGINE",
        type=option_types.engine,
        help="local or spark, in place of the pipeline's; changes where the work is done only",
    )


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """The part of `add_places` that says what is read, for who writes nowhere."""
    where = parser.add_argument_group("where")
    _add_input_dir(where)
    _add_input(where)
    _add_param(_group(parser, "how"))


def _add_input_dir(where: argparse._ArgumentGroup) -> None:
    where.add_argument(
        "--input-dir",
        metavar="DIR",
        type=option_types.text,
        default=".",
        help="where input uris start (default: %(default)s)",
    )


def _add_input(where: argparse._ArgumentGroup) -> None:
    where.add_argument(
        "--input",
        metavar="NAME=PATH",
        type=option_types.input_override,
        action="append",
        default=[],
        help="read the input NAME from PATH instead; may be given several times",
    )


def _add_param(how: argparse._ArgumentGroup) -> None:
    how.add_argument(
        "--param",
        metavar="STEP.PARAM=VALUE",
        type=option_types.param_override,
        action="append",
        default=[],
        help="replace a literal of a step; VALUE is YAML, so quote it to force text: 'load.code=\"007\"'",
    )


def _group(parser: argparse.ArgumentParser, title: str) -> argparse._ArgumentGroup:
    """The group with this title, to which several functions may add."""
    known = (group for group in parser._action_groups if group.title == title)
    return next(known, None) or parser.add_argument_group(title)


def add_identity(parser: argparse.ArgumentParser) -> None:
    """What the run is called; reaches the steps' context and the manifest."""
    identity = parser.add_argument_group("what the run is called (for steps and the manifest)")
    identity.add_argument("--run-id", metavar="ID", type=option_types.text, help="default: made from the time")
    identity.add_argument(
        "--pipeline-version", metavar="VERSION", type=option_types.text, help="the version of the pipeline"
    )
    identity.add_argument(
        "--client-id",
        metavar="ID",
        type=option_types.text,
        help="whose data this is; clients/ID.yaml beside the pipeline file is laid over it",
    )
    identity.add_argument("--batch-id", metavar="ID", type=option_types.text, help="which delivery of it")


def add_force(parser: argparse.ArgumentParser) -> None:
    """Whether what has been done is done again."""
    _group(parser, "how").add_argument(
        "--force",
        action="store_true",
        help="run, even if a committed run has done the same and its outputs are in place",
    )


def add_telemetry(parser: argparse.ArgumentParser) -> None:
    """Whether the run is traced."""
    tracing = parser.add_argument_group("tracing")
    tracing.add_argument(
        "--otel-enabled", action="store_true", help="send OpenTelemetry spans to OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    tracing.add_argument(
        "--otel-service-name",
        metavar="NAME",
        type=option_types.text,
        default="trakt",
        help="unless OTEL_SERVICE_NAME is set (default: %(default)s)",
    )


def add_volume(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """How much is said on stderr; returns the group of options for more that is shown or not."""
    shown = parser.add_argument_group("what is shown")
    volume = shown.add_mutually_exclusive_group()
    volume.add_argument("-q", "--quiet", action="store_true", help="say errors only")
    volume.add_argument("-v", "--verbose", action="store_true", help="say everything, with tracebacks")
    return shown


def add_answer(parser: argparse.ArgumentParser) -> None:
    """How much is said, and in which form the result is told."""
    add_volume(parser).add_argument(
        "--json", action="store_true", help="print the result as JSON on a terminal too, and draw nothing there"
    )


def input_overrides(options: argparse.Namespace) -> dict[str, str]:
    """The `--input NAME=PATH` pairs by name.

    Raises:
        CommandLineError: a name is given twice.
    """
    return _once_each(options.input, "--input", options)


def param_overrides(options: argparse.Namespace) -> dict[str, Any]:
    """The `--param STEP.PARAM=VALUE` pairs by `STEP.PARAM`.

    Raises:
        CommandLineError: a param is given twice.
    """
    return _once_each(options.param, "--param", options)


def _once_each(pairs: Sequence[tuple[str, V]], option: str, options: argparse.Namespace) -> dict[str, V]:
    collected: dict[str, V] = {}
    for name, value in pairs:
        if name in collected:
            raise CommandLineError(f"{option}: '{name}' is given twice", prog=options.prog)
        collected[name] = value
    return collected
