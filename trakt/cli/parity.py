"""`trakt parity`: whether a pipeline gives the same bytes in every runtime, mode and chunk size."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trakt.cli.answer import Answer
from trakt.errors import one_of
from trakt.pipeline.choices import MODES
from trakt.runtime import console, option_types
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file

if TYPE_CHECKING:
    from trakt.parity.asked import Asked
    from trakt.parity.run import Ran

HELP = "run one input in every runtime, in both modes and several chunk sizes, and compare what comes out"
EXAMPLE = """\
  # in every runtime that is installed, in both modes, with chunks of several sizes
  trakt parity orders --input-dir pipelines/orders/input

  # only here and as a Glue job
  trakt parity orders --input-dir pipelines/orders/input --runtime local --runtime glue --chunk-rows 10"""
PAGE = "docs/parity.md"

_RUNTIMES = ("local", "lambda", "glue", "spark")
_DEFAULT = "default"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pipeline, on what, and how it is run."""
    shared.add_pipeline(parser, positional=True)
    shared.add_inputs(parser)
    shared.add_identity(parser)
    how = parser.add_argument_group("how it is run; each may be given several times")
    how.add_argument(
        "--runtime",
        metavar="NAME",
        type=_word(_RUNTIMES),
        action="append",
        help=f"{one_of(_RUNTIMES)} (default: all; spark where it is installed)",
    )
    how.add_argument(
        "--mode", metavar="MODE", type=_word(MODES), action="append", help=f"{one_of(MODES)} (default: both)"
    )
    how.add_argument(
        "--chunk-rows",
        metavar="N",
        type=_chunk_rows,
        action="append",
        help="rows per chunk of a stream, or `default` (default: 1, 7, 1000 and `default`)",
    )
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Run it in all ways and compare; the result has every checksum, and the first row that differs."""
    asked = _asked(options)

    from trakt.parity.asked import CHUNK_ROWS, variants
    from trakt.parity.check import check_parity
    from trakt.parity.runtimes import usual
    from trakt.parity.told import as_dict, summary, table, verdict

    chunks = tuple(dict.fromkeys(options.chunk_rows or CHUNK_ROWS))
    runtimes, modes = (tuple(dict.fromkeys(each)) for each in (options.runtime or usual(), options.mode or MODES))
    ways = variants(runtimes, modes, chunks)
    teller = _Teller(len(ways))
    found = check_parity(asked, ways, teller, every_chunk=options.chunk_rows is not None)
    told = "\n".join(verdict(found))
    if options.quiet and found.status != "equal":
        console.log.error("%s", told)
    words = "\n".join(filter(None, [table(found), told, summary(found)]))
    return Answer(as_dict(found), 0 if found.status == "equal" else 1, text=words)


class _Teller:
    """Says of each run that it has ended."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._ended = 0

    def __call__(self, ran: Ran) -> None:
        self._ended += 1
        if ran.status == "not_run":
            return
        how = f"{ran.seconds:.1f} s" if ran.status == "equal" else ran.status.replace("_", " ")
        console.log.info("%d of %d  %s: %s", self._ended, self._runs, ran.variant, how)


def _asked(options: argparse.Namespace) -> Asked:
    path = pipeline_file(options)

    from trakt.parity.asked import asked_of

    return asked_of(
        path,
        input_dir=options.input_dir,
        inputs=shared.input_overrides(options),
        params=shared.param_overrides(options),
        ids={name: getattr(options, name) for name in ("client_id", "batch_id", "run_id")},
        pipeline_version=options.pipeline_version,
        lenient=options.lenient,
    )


def _word(known: Sequence[str]) -> Callable[[str], str]:
    def read(given: str) -> str:
        if given not in known:
            raise argparse.ArgumentTypeError(f"must be {one_of(known)}, not '{given}'")
        return given

    return read


def _chunk_rows(given: str) -> int | None:
    return None if given == _DEFAULT else option_types.rows(given)
