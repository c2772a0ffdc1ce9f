"""A ready-made step run in parts, as the executors of a cluster run it: each knows its own rows, and tallies travel."""

import pickle
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from tests.unit.steps.conftest import Outcome, Runner
from trakt.errors import RunError
from trakt.pipeline.apart import Apart, Part


def split(frame: pd.DataFrame, cuts: Sequence[int]) -> list[pd.DataFrame]:
    """The rows of `frame` cut behind so many rows each, where there are so many; parts may be empty."""
    places = [0, *sorted(min(cut, len(frame)) for cut in cuts), len(frame)]
    return [frame.iloc[start:end].reset_index(drop=True) for start, end in pairwise(places)]


def in_parts(runner: Runner, run: Callable[..., Any], cuts: Sequence[int], chunk_rows: int | None, **given: Any):
    """The step in parts, its rows cut at `cuts`: the outcome that `runner` tells of a call for all of them."""
    apart: Apart = run.apart
    runner.heard = []
    ctx = runner.context("stream" if chunk_rows else "batch")
    parts = split(given.pop(apart.spread), cuts)
    given |= apart.held(**given) if apart.held else {}
    given = pickle.loads(pickle.dumps(given))
    chunks, tallies, first_row = [], [], 1
    for rows in parts:
        frames = iter(_chunks(rows, chunk_rows)) if chunk_rows else rows
        result, tally = apart.part(ctx, Part(first_row), **{apart.spread: frames}, **given)
        chunks += list(result["output"]) if chunk_rows else [result["output"]]
        tallies.append(pickle.loads(pickle.dumps(tally)))
        first_row += len(rows)
    total = apart.total(ctx, tallies, **given)
    chunks += [total["output"]] if "output" in total else []
    return Outcome(chunks, dict(total["__metrics__"]), runner.heard)


def said_by(call: Callable[[], Outcome]) -> tuple[Outcome | None, str]:
    """What came of it, or what it said why nothing did."""
    try:
        return call(), ""
    except RunError as error:
        return None, str(error)


def _chunks(frame: pd.DataFrame, rows: int) -> list[pd.DataFrame]:
    return [frame.iloc[start : start + rows] for start in range(0, max(len(frame), 1), rows)]
