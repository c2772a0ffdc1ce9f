from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
import pytest

from trakt.engine.stream import Shared, Tap


def frames(count: int) -> list[pd.DataFrame]:
    return [pd.DataFrame({"n": range(number, number + 3)}) for number in range(count)]


def test_a_tap_counts_rows_and_chunks_as_they_pass() -> None:
    tap = Tap(frames(4))
    next(tap)
    assert (tap.rows, tap.chunks) == (3, 1)
    assert len(list(tap)) == 3
    assert (tap.rows, tap.chunks) == (12, 4)
    assert tap.seconds >= 0


def test_a_tap_that_is_over_stays_over() -> None:
    tap = Tap(frames(1))
    list(tap)
    assert next(tap, None) is None
    assert tap.chunks == 1


@pytest.fixture
def share() -> Iterator[Any]:
    """Shares a stream between so many readers, and closes it in the end."""
    open_ones: list[Shared] = []

    def shared(source: Iterable[pd.DataFrame], readers: int = 2) -> list[Iterator[pd.DataFrame]]:
        open_ones.append(Shared(iter(source), readers))
        return [open_ones[-1].reader() for _ in range(readers)]

    yield shared
    for stream in open_ones:
        stream.close()


class Source:
    """Frames that note which of them were pulled."""

    def __init__(self, count: int) -> None:
        self.pulled: list[int] = []
        self._count = count

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for number, frame in enumerate(frames(self._count)):
            self.pulled.append(number)
            yield frame


@pytest.mark.parametrize("seed", range(20))
def test_readers_at_any_pace_each_get_every_chunk_in_order(share: Any, seed: int) -> None:
    choose = random.Random(seed)
    source = Source(8)
    readers = share(source, 3)
    got: list[list[pd.DataFrame]] = [[] for _ in readers]
    waiting = set(range(3))
    while waiting:
        which = choose.choice(sorted(waiting))
        frame = next(readers[which], None)
        if frame is None:
            waiting.remove(which)
        else:
            got[which].append(frame)
    for each in got:
        pd.testing.assert_frame_equal(pd.concat(each), pd.concat(frames(8)))
    assert source.pulled == list(range(8)), "the source is read once"


def test_no_reader_sees_what_another_does_to_its_frames(share: Any) -> None:
    one, two = share(frames(2))
    for frame in one:
        frame["n"] = 0
        frame["more"] = 1
    pd.testing.assert_frame_equal(pd.concat(list(two)), pd.concat(frames(2)))


def test_nothing_is_read_before_somebody_asks_and_nothing_ahead(share: Any) -> None:
    source = Source(5)
    one, two = share(source)
    assert source.pulled == []
    next(one)
    next(two)
    assert source.pulled == [0]


def test_an_error_of_the_source_reaches_every_reader_however_often_it_looks(share: Any) -> None:
    def broken() -> Iterator[pd.DataFrame]:
        yield frames(1)[0]
        raise ValueError("broken")

    for reader in share(Tap(broken())):
        next(reader)
        with pytest.raises(ValueError, match="broken"):
            next(reader)


def test_a_tap_that_broke_breaks_at_every_further_look() -> None:
    def broken() -> Iterator[pd.DataFrame]:
        yield frames(1)[0]
        raise ValueError("broken")

    tap = Tap(broken())
    next(tap)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            next(tap)
    with pytest.raises(ValueError, match="broken"):
        tap.check()


def test_dtypes_and_the_index_survive_sharing(share: Any) -> None:
    frame = pd.DataFrame(
        {
            "text": pd.Series(["a", None], dtype=pd.StringDtype("pyarrow", na_value=float("nan"))),
            "int": pd.Series([1, None], dtype="Int64"),
            "when": pd.Series(pd.to_datetime(["2026-02-05", None])).astype("datetime64[us]"),
            "any": pd.Series([1, "x"], dtype=object),
        },
        index=pd.RangeIndex(7, 9),
    )
    for reader in share([frame]):
        (got,) = list(reader)
        pd.testing.assert_frame_equal(got, frame)
