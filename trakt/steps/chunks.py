"""One piece of chunk-wise work, run in either mode: batch is the stream, collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from trakt.errors import RunError
from trakt.pipeline.context import Context


def chunks_of(value: pd.DataFrame | Iterable[pd.DataFrame] | None, name: str) -> Iterator[pd.DataFrame]:
    """What a step was given under `name`, as a stream of frames: a whole frame is a stream of one.

    Raises:
        RunError: it was given nothing, because an optional input is absent.
    """
    if value is None:
        raise RunError(
            f"'{name}' is bound to an optional input that is absent",
            where=name,
            hint="make the input required, or decide in a step of your own what its absence means",
        )
    return iter([value]) if isinstance(value, pd.DataFrame) else iter(value)


def in_mode(ctx: Context, chunks: Iterator[pd.DataFrame]) -> pd.DataFrame | Iterator[pd.DataFrame]:
    """The chunks as they are in stream mode, one frame in batch mode."""
    return chunks if ctx.mode == "stream" else collected(chunks)


def collected(chunks: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All chunks as one frame.

    Raises:
        RunError: there is not a single chunk, and so no header.
    """
    parts = list(chunks)
    if not parts:
        hint = "let the step before yield an empty frame instead"
        raise RunError("the stream ended without a single chunk", hint=hint)
    # an empty chunk adds no row, and pandas lets its dtypes spoil those of the others
    filled = [part for part in parts if len(part)] or parts[:1]
    return filled[0] if len(filled) == 1 else pd.concat(filled)


def set_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table as a frame of its own: what a later step does to it never reaches `frame`."""
    return frame.copy(deep=True)
