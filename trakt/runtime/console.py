"""People read stderr, programs read stdout: words go through `logging`, the result is one JSON document."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

log = logging.getLogger("trakt.runtime")

DRAWN = {"is_drawn": True}
"""`extra` of a message that was made for a terminal, with its colours; all in it that is not ours is `harmless`."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_TRAKT = logging.getLogger("trakt")
_FOREIGN = logging.getLogger("opentelemetry")
"""Its own warnings repeat, at length, what `trakt.telemetry` says in one line; -v shows them."""


class _Plain(logging.Formatter):
    """The message as it is; a warning says that it is one."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if not getattr(record, "is_drawn", False):
            text = harmless(text)
        return f"warning: {text}" if record.levelno == logging.WARNING else text


def harmless(text: str) -> str:
    """The text with control characters as escapes: a client's could move the cursor of a terminal, or hide a line."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@contextlib.contextmanager
def speaking_on_stderr() -> Iterator[None]:
    """While inside, what Trakt logs is written to stderr in plain words; logging is left as it was found."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain())
    found = {logger: (logger.level, logger.propagate) for logger in (_TRAKT, _FOREIGN)}
    for logger in found:
        logger.addHandler(handler)
        logger.propagate = False
    set_volume(quiet=False, verbose=False)
    try:
        yield
    finally:
        for logger, (level, propagate) in found.items():
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


def set_volume(*, quiet: bool, verbose: bool, told_elsewhere: bool = False) -> None:
    """Only errors, or everything there is to know about the run and what it rests on.

    With `told_elsewhere` somebody else says how far it is and how it ended: what is left are warnings and errors.
    """
    usual = logging.WARNING if told_elsewhere else logging.INFO
    _TRAKT.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else usual)
    _FOREIGN.setLevel(logging.INFO if verbose else logging.CRITICAL)


@contextlib.contextmanager
def stdout_kept_for_result() -> Iterator[None]:
    """While inside, what anything prints to stdout, a step or a program it starts, goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        try:
            kept = os.dup(1)
        except OSError:  # no stdout at all
            yield
            return
        os.dup2(2, 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def done(seconds: float, result: Mapping[str, Any]) -> str:
    """The last words of a run that succeeded; of one that was skipped the engine has said all."""
    if result["status"] != "success":
        return ""
    return f"done in {seconds:.1f} s; the manifest is {result['manifest_path']}"


def print_result(result: Mapping[str, Any] | str, *, indent: int | None = 2) -> bool:
    """Write the result to stdout, text as it is and all else as JSON (in one line without `indent`).

    Returns whether it could be.

    A reader that has gone away is no error.
    """
    if sys.stdout is None:
        log.error("the result could not be printed: there is no stdout")
        return False
    text = _printable(result, indent)
    if not text:
        return True
    try:
        with _a_reader_may_leave():
            print(text, flush=True)
    except OSError as fault:
        log.error("the result could not be printed to stdout: %s", fault.strerror)
        _forget_stdout()
        return False
    return True


def _printable(result: Mapping[str, Any] | str, indent: int | None) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    if isinstance(result, str):
        return result.encode(encoding, "backslashreplace").decode(encoding)
    text = json.dumps(result, indent=indent, ensure_ascii=False, default=str)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(result, indent=indent, default=str)
    return text


def flush_result() -> None:
    """Write out what argparse printed."""
    with _a_reader_may_leave():
        sys.stdout.flush()


@contextlib.contextmanager
def _a_reader_may_leave() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _forget_stdout()


def _forget_stdout() -> None:
    # Python flushes stdout once more at exit, and would complain then (library/signal, "Note on SIGPIPE")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
