"""An error in words for people, and as JSON for programs."""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from trakt.errors import RunError, TraktError, status_of
from trakt.runtime.console import log
from trakt.runtime.excerpt import told_with_line

_OURS = str(Path(__file__).parents[1]) + os.sep


def tell(error: TraktError) -> None:
    """Say every fault, with the line of the pipeline file that it points at; then where the record of the run lies.

    With -v, the traceback of its cause too. Does nothing the second time.
    """
    if error.told:
        return
    error.told = True
    log.error("%s", "\n".join(told_with_line(fault) for fault in error.faults))
    if error.__cause__ is not None and log.isEnabledFor(logging.DEBUG):
        log.debug("%s", _traceback_of_their_code(error.__cause__))
    if record := whereabouts(error):
        log.error("%s", record)


def whereabouts(error: TraktError) -> str | None:
    """Which run failed and where its record lies; None when no run had begun."""
    if error.run_id is None:
        return None
    kept = f"; its manifest is {error.manifest_path}" if error.manifest_path else ""
    but = f", but for {', '.join(error.replaced)}" if error.replaced else ""
    return f"run {error.run_id} failed{kept}; previous outputs are as they were{but}"


def tell_bug(error: Exception) -> None:
    """Say that Trakt itself went wrong. With -v, the whole traceback."""
    if isinstance(error, MemoryError):
        tell(out_of_memory())
        return
    verbose = log.isEnabledFor(logging.DEBUG)
    advice = "" if verbose else "\n  -> run again with -v to see the traceback, and report it with the pipeline file"
    log.error("this is a bug in Trakt: %s%s", _in_one_line(error), advice)
    if verbose:
        log.debug("%s", "".join(traceback.format_exception(error)).rstrip())


def as_result(error: Exception) -> dict[str, Any]:
    """The JSON document of something that failed; run id and manifest are null when no run had begun."""
    from trakt.engine.manifest import error_entry

    told = error if isinstance(error, TraktError) else None
    return {
        "status": status_of(error),
        "run_id": told.run_id if told else None,
        "error": error_entry(error),
        "manifest_path": told.manifest_path if told else None,
    }


def out_of_memory() -> RunError:
    """What to tell in place of a MemoryError."""
    return RunError(
        "there is not enough memory", hint="run in stream mode (execution: mode: stream), or with more memory"
    )


def quit_by_step() -> TraktError:
    """What to tell in place of the SystemExit that a step's code raised: no caller may take it for a result."""
    return TraktError("a step's code called sys.exit()", hint="raise an exception with a message instead")


def _in_one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")


def _traceback_of_their_code(cause: BaseException) -> str:
    """The traceback from where Trakt handed over; the whole one when it never did."""
    handed_over: TracebackType | None = cause.__traceback__
    while handed_over is not None and handed_over.tb_frame.f_code.co_filename.startswith(_OURS):
        handed_over = handed_over.tb_next
    lines = traceback.format_exception(type(cause), cause, handed_over or cause.__traceback__)
    return "".join(lines).rstrip()
