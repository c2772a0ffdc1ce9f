"""No batch is lost, whenever a process dies; by pools that break when a test says so."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from trakt.backfill import run
from trakt.backfill.batches import Batch

ASKED = run.Asked(file="pipeline.yaml", lenient=False, arguments={})


class Pool:
    """Does at once what it is asked for; `breaks` are the numbers of what it cannot, `refuses` of what it will not."""

    def __init__(self, breaks=(), refuses=()):
        self.breaks, self.refuses, self.asked = breaks, refuses, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def shutdown(self, **_):
        pass

    def submit(self, _, asked, batch):
        self.asked += 1
        if self.asked in self.refuses:
            raise BrokenProcessPool
        future = Future()
        if self.asked in self.breaks:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(run.Ended(batch, 0.0, {"status": "success"}))
        return future


@pytest.fixture
def ended(monkeypatch):
    """How the runs of four batches ended, two at once, when these are the first pools."""

    def ended(*pools):
        waiting = iter(pools)
        monkeypatch.setattr(run, "_workers", lambda number: next(waiting, None) or Pool())
        chains = [[Batch("acme", "1"), Batch("acme", "2")], [Batch("globex", "1")], [Batch("umbrella", "1")]]
        return [(str(each.batch), each.status) for each in run.runs_of(ASKED, chains, 2)]

    return ended


ALL = [(name, "success") for name in ("acme 1", "acme 2", "globex 1", "umbrella 1")]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_pool_that_takes_nothing_on_any_more_loses_no_batch(ended, number):
    assert sorted(ended(Pool(refuses=[number]))) == ALL


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_what_was_under_way_when_a_process_died_is_run_once_more(ended, number):
    assert sorted(ended(Pool(breaks=[number]))) == ALL


def test_who_dies_alone_too_is_the_one_to_blame(ended):
    found = ended(Pool(breaks=[1]), Pool(breaks=[1]))
    assert sorted(found) == [("acme 1", "failed"), *ALL[1:]]
