"""Every option of a run, declared once, for the command line and for Glue.

A caller picks the groups it needs; each group is a function that adds its options to a parser. What is wrong with the
values names `options.prog`, the command they were given to.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from trakt.errors import PipelineError, did_you_mean, one_of
from trakt.pipeline.choices import ENGINES, MODES, is_param
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
            "positional", metavar="PIPELINE", nargs="?", type=text, help="the same as --pipeline PIPELINE"
        )
    which.add_argument(
        "--pipeline", metavar="NAME", type=text, help=f"{PIPELINES}/NAME/pipeline.yaml, a file or its folder"
    )
    which.add_argument("--pipeline-file", metavar="PATH", type=text, help="a pipeline file, wherever it lies")
    what.add_argument("--lenient", action="store_true", help="let keys and params pass that nothing knows")


def add_client(parser: argparse.ArgumentParser) -> None:
    """Whose overlay is laid over the pipeline, for commands that run nothing."""
    parser.add_argument("--client-id", metavar="ID", type=text, help="with clients/ID.yaml laid over the pipeline file")


def add_places(parser: argparse.ArgumentParser) -> None:
    """Where inputs come from and outputs go, and what replaces values of the pipeline file."""
    where = parser.add_argument_group("where")
    _add_input_dir(where)
    where.add_argument(
        "--output-dir", metavar="DIR", type=text, default="outputs", help="where outputs go (default: %(default)s)"
    )
    _add_input(where)
    where.add_argument("--manifest-path", metavar="PATH", type=text, help="default: manifest.json in the output folder")
    how = _group(parser, "how")
    _add_param(how)
    how.add_argument(
        "--baseline",
        metavar="MANIFEST",
        type=text,
        help="the manifest of the run to compare the inputs with; default: the last one that was committed",
    )
    how.add_argument(
        "--stream-chunk-size",
        metavar="N",
        type=rows,
        help="rows per chunk in stream mode; changes memory and speed only",
    )
    how.add_argument(
        "--execution-mode",
        metavar="MODE",
        type=_mode,
        help="batch or stream, in place of the pipeline's; changes memory and speed only",
    )
    how.add_argument(
        "--engine",
        metavar="ENGINE",
        type=_engine,
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
        "--input-dir", metavar="DIR", type=text, default=".", help="where input uris start (default: %(default)s)"
    )


def _add_input(where: argparse._ArgumentGroup) -> None:
    where.add_argument(
        "--input",
        metavar="NAME=PATH",
        type=_input_override,
        action="append",
        default=[],
        help="read the input NAME from PATH instead; may be given several times",
    )


def _add_param(how: argparse._ArgumentGroup) -> None:
    how.add_argument(
        "--param",
        metavar="STEP.PARAM=VALUE",
        type=_param_override,
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
    identity.add_argument("--run-id", metavar="ID", type=text, help="default: made from the time")
    identity.add_argument("--pipeline-version", metavar="VERSION", type=text, help="the version of the pipeline")
    identity.add_argument(
        "--client-id",
        metavar="ID",
        type=text,
        help="whose data this is; clients/ID.yaml beside the pipeline file is laid over it",
    )
    identity.add_argument("--batch-id", metavar="ID", type=text, help="which delivery of it")


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
        type=text,
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


def _lacking(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder; name the file in it"
    return f"there is no file {path}"


def text(given: str) -> str:
    """A value that says something."""
    # a shell variable that is not set arrives as an empty word
    if not given.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    return given


def whole_number(given: str) -> int:
    """A number from 1."""
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not '{given}'")
    return int(given)


def _mode(given: str) -> str:
    if given not in MODES:
        raise argparse.ArgumentTypeError(f"must be {one_of(MODES)}, not '{given}'")
    return given


def _engine(given: str) -> str:
    if given not in ENGINES:
        raise argparse.ArgumentTypeError(f"must be {one_of(ENGINES)}, not '{given}'")
    return given


def rows(given: str) -> int:
    """A number of rows from 1."""
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of rows from 1, not '{given}'")
    return int(given)


def _input_override(given: str) -> tuple[str, str]:
    name, equals, path = given.partition("=")
    if not (name.strip() and equals and path.strip()):
        raise argparse.ArgumentTypeError(f"must be NAME=PATH, not '{given}'")
    return name, path


def _param_override(given: str) -> tuple[str, Any]:
    # the pipeline file's own reader, so that a value means here what it means there
    from trakt.pipeline.yaml_tree import read_tree

    key, equals, text = given.partition("=")
    if not (is_param(key) and equals):
        raise argparse.ArgumentTypeError(f"must be STEP.PARAM=VALUE, not '{given}'")
    tree = read_tree(text)
    if tree.flaws:
        flaw = tree.flaws[0]
        advice = f"; {flaw.hint}" if flaw.hint else ""
        raise argparse.ArgumentTypeError(f"the value of '{key}' is no YAML: {flaw.what}{advice}")
    return key, tree.value
