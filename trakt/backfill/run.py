"""The runs of many batches, several at once. Each has its own manifest, which is all there is to know what was done.

They run in processes of their own. When one is killed (there was no memory left, say), those under way with it are run
once more, alone, so that the one to blame is known and the others are not lost.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from trakt.backfill.batches import Batch
from trakt.errors import RunError, counted

Chains = Sequence[Sequence[Batch]]

_log = logging.getLogger("trakt.backfill")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is run for each batch: the arguments of `trakt.LocalRunner.run`, and the file of the pipeline.

    Attributes:
        quiet: let the runs tell of errors only, and of no warnings.
    """

    file: str
    lenient: bool
    arguments: Mapping[str, Any]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How the run of a batch ended: its result, or `status` and `error` of one that failed."""

    batch: Batch
    seconds: float
    result: Mapping[str, Any]

    @property
    def status(self) -> str:
        """`success`, `skipped`, or how it failed."""
        return str(self.result["status"])

    @property
    def is_done(self) -> bool:
        """Whether its outputs are there."""
        return self.status in ("success", "skipped")


def runs_of(asked: Asked, chains: Chains, at_once: int) -> Generator[Ended, None, None]:
    """Run all batches, and tell of each as it ends. When this is closed early, no other run begins."""
    waiting = deque(deque(chain) for chain in chains)
    while waiting:
        suspects: list[Batch] = []
        yield from _until_one_is_killed(asked, waiting, at_once, suspects)
        for batch in suspects:
            yield from _alone(asked, batch)


def _until_one_is_killed(
    asked: Asked, waiting: deque[deque[Batch]], at_once: int, suspects: list[Batch]
) -> Iterator[Ended]:
    """Run chains until none is left, or a process dies: then `suspects` were under way, and `waiting` has the rest."""
    under_way: dict[Future[Ended], deque[Batch]] = {}
    with _workers(at_once) as workers:
        try:
            while waiting or under_way:
                while waiting and len(under_way) < at_once:
                    # a chain waits until it has begun: a pool that broke meanwhile takes nothing on
                    under_way[workers.submit(_carried_out, asked, waiting[0][0])] = waiting[0]
                    waiting.popleft()
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    ended = future.result()
                    chain = under_way.pop(future)
                    chain.popleft()
                    if chain:
                        waiting.appendleft(chain)
                    yield ended
        except BrokenProcessPool:
            for future, chain in under_way.items():
                batch = chain.popleft()
                if chain:
                    waiting.append(chain)
                if future.done() and future.exception() is None:
                    yield future.result()
                else:
                    suspects.append(batch)
        except KeyboardInterrupt:
            if going := sum(not future.done() for future in under_way):
                _log.warning("%s under way will end first; Ctrl-C once more stops what is left", counted(going, "run"))
            raise
        finally:
            _let_finish(workers)


def _let_finish(workers: ProcessPoolExecutor) -> None:
    """Begin no other run; who interrupts this too has those under way stopped, which leave nothing visible."""
    try:
        workers.shutdown(wait=True, cancel_futures=True)
    except BaseException:
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise


def _alone(asked: Asked, batch: Batch) -> Iterator[Ended]:
    began = time.perf_counter()
    worker = _workers(1)
    try:
        ended = worker.submit(_carried_out, asked, batch).result()
    except BrokenProcessPool:
        ended = Ended(batch, time.perf_counter() - began, _killed())
    finally:
        _let_finish(worker)
    yield ended


def _killed() -> dict[str, Any]:
    from trakt.runtime.failure import as_result

    hint = "it may have had too little memory: run it alone, in stream mode, or where there is more"
    return as_result(RunError("the process of the run was killed", hint=hint))


def _workers(number: int) -> ProcessPoolExecutor:
    # spawned, not forked: a fork of a process with threads, which Arrow has, may stand still
    return ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """A worker leaves Ctrl-C to the process that asked, which lets the runs under way come to their end."""
    from trakt.runtime.process import starting

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with starting():
        import trakt.engine.run  # noqa: F401


def _carried_out(asked: Asked, batch: Batch) -> Ended:
    from trakt.engine.load import load_pipeline_from_yaml
    from trakt.runtime import console, failure
    from trakt.runtime.local_runner import LocalRunner

    began = time.perf_counter()
    arguments = {**asked.arguments, **batch.ids}
    try:
        with console.speaking_on_stderr(), console.stdout_kept_for_result():
            # who asked tells how each run ended; what it warns of nobody else could
            console.set_volume(quiet=asked.quiet, verbose=False, told_elsewhere=True)
            pipeline = load_pipeline_from_yaml(
                asked.file, strict_unknown_keys=not asked.lenient, client_id=arguments.get("client_id")
            )
            result = LocalRunner().run(pipeline, strict=not asked.lenient, **arguments)
    except SystemExit:
        result = failure.as_result(failure.quit_by_step())
    except Exception as error:
        result = failure.as_result(error)
    return Ended(batch, time.perf_counter() - began, result)


def most_at_once() -> int:
    """How many runs go on at once when nobody says otherwise: as many as there are processors to use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
