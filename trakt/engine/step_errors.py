"""What a step did wrong, told with the step, the chunk and the line of the author's own code."""

from __future__ import annotations

import re
import sysconfig
import traceback
from dataclasses import replace
from pathlib import Path

import trakt
from trakt.errors import QualityError, StepError, TraktError

_OURS = str(Path(trakt.__file__).parent)
_STDLIB = sysconfig.get_path("stdlib")


_STREAM_HINT = "in stream mode an input is an iterator of DataFrames: for chunk in input: yield chunk..."
_MEMORY_HINT = "run in stream mode (execution: mode: stream), hold less in the step, or run with more memory"
_WITHOUT_WORDS: dict[type[BaseException], str] = {MemoryError: "there is not enough memory"}


def translated(error: BaseException, step_id: str, chunk: int | None = None) -> TraktError:
    """The error a step raised, as one of ours. What is ours already only learns where it happened."""
    if isinstance(error, QualityError):
        # a verdict on all chunks, whichever came last
        chunk = None
    if isinstance(error, TraktError):
        if error.step_id is None:
            error.step_id, error.chunk = step_id, chunk
            error.faults = tuple(replace(fault, where=_place(step_id, chunk, fault.where)) for fault in error.faults)
        return error
    # the package that keeps each pipeline's step code apart is nobody's name for it
    message = re.sub(r"\b_trakt_steps_\d+\.", "", str(error)) or _WITHOUT_WORDS.get(type(error), "no message")
    place = _place(step_id, chunk, author_line(error))
    hint = _STREAM_HINT if "'Tap' object" in message else "mend the step; -v shows its traceback"
    hint = _MEMORY_HINT if isinstance(error, MemoryError) else hint
    kind = type(error).__name__
    # what an exception of the author, or of pandas, says is often a value
    own = StepError(f"{kind}: {message}", where=place, hint=hint, unquoted=kind)
    own.step_id, own.chunk = step_id, chunk
    return own


def broken_contract(step_id: str, what: str, hint: str | None = None, chunk: int | None = None) -> StepError:
    """The error for a step that returned something else than it declared."""
    error = StepError(what, where=_place(step_id, chunk, None), hint=hint)
    error.step_id, error.chunk = step_id, chunk
    return error


def author_line(error: BaseException) -> str | None:
    """`steps/clean.py:12` of the innermost frame that is neither a library's nor ours."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((_OURS, _STDLIB, "<")) and "site-packages" not in frame.filename:
            return f"{frame.filename}:{frame.lineno}"
    return None


def _place(step_id: str, chunk: int | None, within: str | None) -> str:
    place = f"step '{step_id}'" + (f", chunk {chunk}" if chunk else "")
    return f"{place}, {within}" if within else place
