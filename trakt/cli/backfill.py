"""`trakt backfill`: every batch that lies there, one run each."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trakt.cli.answer import Answer
from trakt.cli.live import console_on_stderr
from trakt.cli.overheard import Overheard
from trakt.errors import PipelineError, counted
from trakt.runtime import console, option_types
from trakt.runtime import options as shared
from trakt.runtime.named_pipeline import pipeline_file
from trakt.runtime.options import CommandLineError

if TYPE_CHECKING:
    from trakt.backfill.batches import Batch
    from trakt.backfill.run import Asked, Chains, Ended
    from trakt.pipeline.model import Pipeline

HELP = "run a pipeline for every client and batch whose files lie there, several at once"
EXAMPLE = """\
  # every batch of every client; what has been done before is skipped
  trakt backfill --pipeline orders --input-dir 'data/{client_id}/{batch_id}' \\
    --output-dir 'clean/{client_id}/{batch_id}'

  # one client, this year, two runs at once
  trakt backfill --pipeline orders --input-dir 'data/{client_id}/{batch_id}' \\
    --output-dir 'clean/{client_id}/{batch_id}' --client-id acme --since 2026-01-01 --concurrency 2

  # what would be run, as requests for a Lambda function
  trakt backfill --pipeline orders --input-dir 's3://acme-incoming/{client_id}/{batch_id}' \\
    --output-dir 's3://acme-clean/{client_id}/{batch_id}' --list"""
PAGE = "docs/backfill.md"

_OF_REQUESTS = {
    "input_overrides": "inputs",
    "params": "params",
    "manifest_path": "manifest_path",
    "baseline": "baseline",
    "stream_chunk_size": "chunk_rows",
    "execution_mode": "mode",
    "pipeline_version": "pipeline_version",
    "force": "force",
}
"""What all runs have in common, and what it is called in a request for a Lambda function."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pipeline, which batches, and how many at once."""
    shared.add_pipeline(parser)
    shared.add_places(parser)
    which = parser.add_argument_group("which batches (default: all)")
    for name, what in (("client", "clients"), ("batch", "batches")):
        which.add_argument(
            f"--{name}-id",
            metavar="ID",
            type=option_types.text,
            action="append",
            default=[],
            help=f"of these {what} only; may be given several times. What --input-dir does not name it says of all",
        )
    which.add_argument("--since", metavar="BATCH", type=option_types.text, help="from this batch on, by name")
    which.add_argument("--until", metavar="BATCH", type=option_types.text, help="up to this batch, by name")
    which.add_argument("--list", action="store_true", help="run nothing; say which they are, as requests for Lambda")
    which.add_argument(
        "--pipeline-version", metavar="VERSION", type=option_types.text, help="the version of the pipeline"
    )
    which.add_argument(
        "--concurrency",
        metavar="N",
        type=option_types.whole_number,
        help="runs at once (default: one for each processor)",
    )
    shared.add_force(parser)
    shared.add_answer(parser)


def execute(options: argparse.Namespace) -> Answer:
    """Run them; the result says how each ended, and is a failure when one of them is."""
    path = pipeline_file(options)

    from trakt.backfill.batches import Wanted, batches_at, require_places
    from trakt.backfill.order import chains, looks_back
    from trakt.backfill.run import Asked
    from trakt.engine.load import load_pipeline_from_yaml

    require_places(options.input_dir, options.output_dir, options.manifest_path)
    pipeline = load_pipeline_from_yaml(path, strict_unknown_keys=not options.lenient)
    arguments = _arguments(options)
    of_all: dict[str, str] = {name: arguments[name] for name in ("client_id", "batch_id") if name in arguments}
    wanted = Wanted(
        clients=() if "client_id" in of_all else options.client_id,
        batches=() if "batch_id" in of_all else options.batch_id,
        since=options.since,
        until=options.until,
    )
    batches = batches_at(options.input_dir, wanted)
    if options.list and options.engine:
        raise PipelineError(
            "a Lambda function has no choice of engine, and --list makes requests for one",
            where="--engine",
            hint="leave it out",
        )
    if options.list:
        return _listed(pipeline, batches, arguments, of_all)
    asked = Asked(file=str(path), lenient=options.lenient, arguments=arguments, quiet=options.quiet)
    in_order = looks_back(pipeline) and options.baseline is None
    return _run(pipeline, asked, chains(batches, one_after_another=in_order), options)


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    """What all runs have in common."""
    common: dict[str, Any] = {
        "input_dir": options.input_dir,
        "output_dir": options.output_dir,
        "input_overrides": shared.input_overrides(options),
        "params": shared.param_overrides(options),
        "manifest_path": options.manifest_path,
        "baseline": options.baseline,
        "stream_chunk_size": options.stream_chunk_size,
        "execution_mode": options.execution_mode,
        "engine": options.engine,
        "pipeline_version": options.pipeline_version,
        "force": options.force,
    }
    for name in ("client_id", "batch_id"):
        given = getattr(options, name)
        if given and f"{{{name}}}" not in options.input_dir:
            if len(given) > 1:
                option = "--" + name.replace("_", "-")
                told = f"{option}: --input-dir does not hold {{{name}}}, so all batches have one; give it once"
                raise CommandLineError(told, prog=options.prog)
            common[name] = given[0]
    return common


def _listed(pipeline: Pipeline, batches: Sequence[Batch], arguments: dict[str, Any], of_all: dict[str, str]) -> Answer:
    from trakt.engine.places import filled

    common = {key: value for name, key in _OF_REQUESTS.items() if (value := arguments[name])}
    requests = []
    for batch in batches:
        ids = {**of_all, **batch.ids}
        places = {name: filled(arguments[name], ids) for name in ("input_dir", "output_dir")}
        requests.append({"pipeline": pipeline.name, **ids, **places, **common})
    words = [f"{batch}: {counted(batch.files, 'file')}, {batch.bytes:,} bytes" for batch in batches]
    told = "\n".join([*words, f"{pipeline.name}: {len(batches):,} {'batch' if len(batches) == 1 else 'batches'}"])
    return Answer({"status": "ok", "pipeline": pipeline.name, "requests": requests}, text=told)


def _run(pipeline: Pipeline, asked: Asked, chains: Chains, options: argparse.Namespace) -> Answer:
    from trakt.backfill.run import most_at_once, runs_of

    ended: list[Ended] = []
    began = time.perf_counter()
    total = sum(map(len, chains))
    try:
        with (
            _telling(options, total) as tell,
            contextlib.closing(runs_of(asked, chains, options.concurrency or most_at_once())) as runs,
        ):
            for each in runs:
                ended.append(each)
                tell(each)
    except BaseException as stop:
        stop.add_note(f"{len(ended)} of {total} batches have ended; the same command goes on with the others")
        raise
    ended.sort(key=lambda each: each.batch.by_name)
    return _answer(pipeline, ended, time.perf_counter() - began)


@contextlib.contextmanager
def _telling(options: argparse.Namespace, total: int) -> Iterator[Callable[[Ended], None]]:
    """Somebody to tell of each run that has ended: a bar on a terminal, a line in a log."""
    numbers = itertools.count(1)

    def say(ended: Ended) -> None:
        number = next(numbers)
        (console.log.info if ended.is_done else console.log.error)("%d of %d  %s", number, total, _line(ended))

    terminal = None if options.quiet or options.json or options.verbose else console_on_stderr()
    if terminal is None:
        yield say
        return
    from rich import progress
    from rich.text import Text

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
    times = (progress.TimeElapsedColumn(), progress.TimeRemainingColumn())
    bar = progress.Progress(*columns, *times, console=terminal, redirect_stdout=False, redirect_stderr=False)

    def overheard(line: str) -> None:
        terminal.print(Text.from_ansi(line), soft_wrap=True)

    with terminal.file, bar, Overheard(overheard):
        task = bar.add_task("batches", total=total)

        def draw(ended: Ended) -> None:
            bar.update(task, advance=1, description=str(ended.batch))
            if not ended.is_done:
                terminal.print(console.harmless(_line(ended)), markup=False, soft_wrap=True)

        yield draw


def _line(ended: Ended) -> str:
    result = ended.result
    if ended.is_done:
        rows = sum(output["rows"] or 0 for output in result["outputs"].values())
        aside = result["rejected"]["rows"]
        told = f"{counted(rows, 'row')} written" + (f", {aside:,} rejected" if aside else "")
        return f"{ended.batch}: {ended.status}, {told}, {ended.seconds:.1f} s"
    return f"{ended.batch}: {ended.status}: {result['error']['message']}"


def _answer(pipeline: Pipeline, ended: Sequence[Ended], seconds: float) -> Answer:
    counts = Counter(each.status for each in ended)
    failed = [each for each in ended if not each.is_done]
    told = ", ".join(f"{number:,} {status}" for status, number in sorted(counts.items()))
    words = [_line(each) for each in failed]
    words.append(f"{pipeline.name}: {counted(len(ended), 'run')} in {seconds:.1f} s: {told}")
    if failed:
        words.append("  -> mend what failed, and run the same command again: what is done is skipped")
    content = {
        "status": "failed" if failed else "success",
        "pipeline": pipeline.name,
        "duration_ms": round(seconds * 1000, 3),
        "counts": dict(counts),
        "runs": [{"client_id": each.batch.client_id, "batch_id": each.batch.batch_id, **each.result} for each in ended],
    }
    return Answer(content, 1 if failed else 0, text="\n".join(words))
