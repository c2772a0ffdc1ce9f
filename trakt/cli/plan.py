"""`trakt plan`: what a run would read, do and write."""

from __future__ import annotations

import argparse
from dataclasses import replace

from trakt.cli.answer import Answer
from trakt.runtime import option_types
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file

HELP = "show what a run would read, do and write, and whether it would fit, from a sample of the data"
EXAMPLE = """\
  # which files it would read, and where it would write
  trakt plan --pipeline orders --input-dir pipelines/orders/input

  # whether a function with so much memory would take it on
  trakt plan --pipeline orders --input-dir pipelines/orders/input --memory 512 --max-rows 1000000"""
PAGE = "docs/command-line.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Everything that decides what a run does."""
    shared.add_pipeline(parser)
    shared.add_places(parser)
    shared.add_identity(parser)
    fits = parser.add_argument_group("whether it would fit there")
    fits.add_argument("--memory", metavar="MIB", type=option_types.whole_number, help="memory of the runtime, in MiB")
    fits.add_argument("--max-rows", metavar="N", type=option_types.whole_number, help="rows that it may read")
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Make the plan, and show it in words and as the result."""
    path = pipeline_file(options)

    from trakt.engine.admission import admitted
    from trakt.engine.done import done_already, told_of
    from trakt.engine.limits import Limits
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.engine.plan import plan
    from trakt.runtime.request import asked_for

    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient, client_id=options.client_id)
    execution = pipeline.execution
    limits = Limits(max_rows=options.max_rows, memory_mb=options.memory, hand_over=execution.on_limit == "glue")
    planned = admitted(plan(replace(asked_for(options, pipeline), limits=limits)), is_asked=True)
    done = done_already(planned)
    by = {"run_id": done["run_id"], "finished_at": done["finished_at"]} if done else None
    words = [planned.describe(), *([f"  done   {told_of(done)}"] if done else [])]
    return Answer({**planned.as_dict(), "done_by": by}, text="\n".join(words))
