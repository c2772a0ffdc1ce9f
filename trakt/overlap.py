"""Work that overlaps, with the order and the errors it would have without threads.

Arrow, checksums and files let other threads run while they work, so reading, steps and writing can go on at once. Steps
always run in the caller's thread.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_NO_MORE: Any = object()


def threads() -> int:
    """How many threads may work for one reader or writer: TRAKT_THREADS, or else one per processor, four at most."""
    given = os.environ.get("TRAKT_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else min(4, _processors())


def _processors() -> int:
    # those of this process, where the system can tell (os.process_cpu_count has it from Python 3.13 on)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ahead(work: Callable[[T], R], items: Iterator[T], *, few: bool = False) -> Generator[R]:
    """`map(work, items)`, some results ahead of who asks for them; where there are `few` items, without a thread.

    The next item is taken by one thread at a time, so `items` may be a generator. What `items` or `work` raise is
    raised in its turn. Close the result to be sure that no thread works any more.
    """
    count = threads()
    if few or count == 1:
        yield from map(work, items)
        return
    turns = _Turns(work, items)
    pool = ThreadPoolExecutor(count, thread_name_prefix="trakt-ahead")
    try:
        for _ in range(count):
            turns.begin(pool)
        while (result := turns.oldest()) is not _NO_MORE:
            turns.begin(pool)
            yield result
    finally:
        turns.stop()
        pool.shutdown(cancel_futures=True)


class _Turns(Generic[T, R]):
    """Who takes the next item, and the results in the order of the items."""

    def __init__(self, work: Callable[[T], R], items: Iterator[T]) -> None:
        self._work = work
        self._items = items
        self._taking = threading.Lock()
        self._begun: deque[Future[R]] = deque()
        self._waiting: deque[Future[R]] = deque()
        self._stopped = False

    def begin(self, pool: ThreadPoolExecutor) -> None:
        """Have one more item worked on."""
        result: Future[R] = Future()
        self._begun.append(result)
        self._waiting.append(result)
        pool.submit(self._turn)

    def oldest(self) -> R:
        """The result whose turn it is."""
        return self._begun.popleft().result()

    def stop(self) -> None:
        """Take no item any more; an item that is being taken is waited for."""
        with self._taking:
            self._stopped = True

    def _turn(self) -> None:
        with self._taking:
            # in the order of the items, whichever thread comes first
            result = self._waiting.popleft()
            try:
                item: Any = _NO_MORE if self._stopped else next(self._items, _NO_MORE)
            except BaseException as error:
                result.set_exception(error)
                return
        if item is _NO_MORE:
            result.set_result(_NO_MORE)
            return
        try:
            result.set_result(self._work(item))
        except BaseException as error:
            result.set_exception(error)


class Behind(Generic[T]):
    """Does `work` on what is handed in, in order, in a thread that is a few items behind.

    An error of it is raised at the next `put`, or at `finish`; nothing is done after it.
    """

    def __init__(self, work: Callable[[T], None], depth: int = 1) -> None:
        self._work = work
        self._items: queue.Queue[T] = queue.Queue(depth)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def put(self, item: T) -> None:
        """Hand in an item; waits while the thread is too far behind."""
        if threads() == 1:
            self._work(item)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="trakt-behind", daemon=True)
            self._thread.start()
        self._raise_any()
        self._items.put(item)

    def finish(self) -> None:
        """Wait until everything is done."""
        self.end()
        self._raise_any()

    def _raise_any(self) -> None:
        if self._error:
            raise self._error

    def end(self) -> None:
        """Nothing more will be handed in; wait for what was."""
        if self._thread:
            self._items.put(_NO_MORE)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (item := self._items.get()) is not _NO_MORE:
            # after an error items are only taken away, so that who hands them in never waits for ever
            if self._error is None:
                try:
                    self._work(item)
                except BaseException as error:
                    self._error = error
