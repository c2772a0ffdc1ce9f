"""The command line: parse, do, and one door through which every error leaves.

    cli/
      __init__   main: the door
      parser     the commands, and command lines that are wrong
      init inspect validate graph plan run backfill parity replay report lineage       one command each
      verify clean invoke schema completion
      answer     what a command answers: words on a terminal, JSON elsewhere
      watched    a run that is drawn while it lasts: live, lines, overheard, questions, terminal; and its summary
      scaffold   what `init` writes

The options of a run, and how results and errors are told, stand one floor below, in `runtime`: Glue shares them.

The result goes to stdout: on a terminal in words, elsewhere as one JSON document or the text that was asked for. All
else for people goes to stderr.
Exit codes: 0 done, 1 the run failed, 2 the author's file or command line is wrong, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

from trakt.cli.answer import Answer, give
from trakt.cli.parser import COMMANDS, SHORT, parse
from trakt.errors import PipelineError, TraktError
from trakt.runtime import console, failure
from trakt.runtime.options import CommandLineError

FAILED, INTERRUPTED, TERMINATED = 1, 130, 143


class _Terminated(BaseException):
    """SIGTERM came: leave through the door, so that nothing half-done stays."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says (`sys.argv` when `argv` is None) and return the exit code."""
    with console.speaking_on_stderr():
        try:
            given = sys.argv[1:] if argv is None else list(argv)
            if not given and "_ARGCOMPLETE" not in os.environ:
                sys.stderr.write(SHORT)
                return PipelineError.exit_code
            options = parse(given)
        except CommandLineError as error:
            console.log.error("%s", error.in_one_line)
            return error.exit_code
        except SystemExit as asked:  # --help and --version have printed what was asked for
            console.flush_result()
            return int(asked.code or 0)
        console.set_volume(quiet=options.quiet, verbose=options.verbose)
        answer = _do(options)
        return answer.exit_code if give(answer, options) else answer.exit_code or FAILED


def _do(options: argparse.Namespace) -> Answer:  # noqa: PLR0911 - one line per way out
    """What the command answers; the door through which every error leaves."""
    try:
        with console.stdout_kept_for_result(), _heeding_sigterm():
            result = COMMANDS[options.command].execute(options)
            return result if isinstance(result, Answer) else Answer(result, _code(result))
    except CommandLineError as error:
        console.log.error("%s", error.in_one_line)
        return Answer("", error.exit_code)
    except TraktError as error:
        failure.tell(error)
        return Answer(failure.as_result(error), error.exit_code, text="")
    except KeyboardInterrupt as stop:
        console.log.error("interrupted; %s", _what_stands(stop))
        return Answer("", INTERRUPTED)
    except _Terminated as stop:
        console.log.error("terminated; %s", _what_stands(stop))
        return Answer("", TERMINATED)
    except SystemExit:
        quit_by_step = failure.quit_by_step()
        failure.tell(quit_by_step)
        return Answer(failure.as_result(quit_by_step), FAILED, text="")
    except Exception as error:
        failure.tell_bug(error)
        return Answer(failure.as_result(error), FAILED, text="")


def _code(result: Mapping[str, Any]) -> int:
    # what a Lambda function answers may tell of a failure: of a run, or of messages of a queue
    return FAILED if result.get("status") == "failed" or result.get("batchItemFailures") else 0


def _what_stands(stop: BaseException) -> str:
    """What became of the outputs: a run that was already published says so in a note."""
    return "; ".join(getattr(stop, "__notes__", ())) or "previous outputs are as they were"


@contextlib.contextmanager
def _heeding_sigterm() -> Iterator[None]:
    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise _Terminated

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # called from a thread, which signals never reach
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
