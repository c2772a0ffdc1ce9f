"""Threads that nobody notices: the order, the errors and the end are those of a plain loop."""

from __future__ import annotations

import threading
import time

import pytest

from trakt import overlap
from trakt.overlap import Behind, ahead


@pytest.fixture(params=[1, 2, 5], autouse=True)
def count(request, monkeypatch):
    monkeypatch.setenv("TRAKT_THREADS", str(request.param))
    return request.param


def busy():
    return [each.name for each in threading.enumerate() if each.name.startswith("trakt-")]


def uneven(number):
    time.sleep(0.003 * (number % 3 == 0))
    return number * number


@pytest.mark.parametrize("items", [0, 1, 2, 50])
def test_results_come_in_the_order_of_the_items(items):
    assert list(ahead(uneven, iter(range(items)))) == [number * number for number in range(items)]
    assert not busy()


def test_the_items_are_taken_by_one_thread_at_a_time():
    inside = threading.Lock()

    def items():
        for number in range(30):
            assert inside.acquire(blocking=False)
            time.sleep(0.001)
            inside.release()
            yield number

    assert list(ahead(uneven, items())) == [number * number for number in range(30)]


@pytest.mark.parametrize("where", ["items", "work"])
def test_an_error_comes_in_its_turn_and_ends_everything(where):
    def items():
        for number in range(100):
            if where == "items" and number == 7:
                raise ValueError("seven")
            yield number

    def work(number):
        if where == "work" and number == 7:
            raise ValueError("seven")
        return uneven(number)

    seen = []
    with pytest.raises(ValueError, match="seven"):
        seen.extend(ahead(work, items()))
    # `extend` keeps what came before the error
    assert seen == [number * number for number in range(7)]
    assert not busy()


def test_who_stops_early_leaves_no_thread_behind_and_takes_few_items_too_many(count):
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    results = ahead(uneven, items())
    assert [next(results), next(results)] == [0, 1]
    results.close()
    assert not busy()
    assert len(taken) <= 2 + count


def test_few_items_need_no_thread():
    names = set(ahead(lambda _: threading.current_thread().name, iter(range(9)), few=True))
    assert names == {"MainThread"}


def test_what_is_handed_in_is_done_in_order_and_all_of_it():
    done = []
    with Behind(lambda number: done.append(uneven(number))) as behind:
        for number in range(20):
            behind.put(number)
        behind.finish()
        assert done == [number * number for number in range(20)]
    assert not busy()


def test_an_error_behind_is_raised_and_nothing_is_done_after_it():
    done = []

    def work(number):
        if number == 3:
            raise ValueError("three")
        done.append(number)

    def hand_in():
        with Behind(work) as behind:
            for number in range(100):
                behind.put(number)
            behind.finish()

    with pytest.raises(ValueError, match="three"):
        hand_in()
    assert done == [0, 1, 2]
    assert not busy()


def test_leaving_early_waits_for_what_is_under_way():
    done = []

    def slow(number):
        time.sleep(0.01)
        done.append(number)

    def hand_in():
        with Behind(slow) as behind:
            behind.put(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hand_in()
    assert done == [1]
    assert not busy()


@pytest.mark.parametrize(("given", "told"), [("3", 3), ("0", None), ("many", None), ("", None)])
def test_how_many_threads_there_are(monkeypatch, given, told):
    monkeypatch.setenv("TRAKT_THREADS", given)
    monkeypatch.setattr(overlap, "_processors", lambda: 8)
    assert overlap.threads() == (told or 4)
