"""The front door of a Lambda function: whatever the event, one request per run.

Nothing here imports pandas: an event is understood, or refused, before that. Log lines are JSON and name client, batch,
run and pipeline, and never a value of a row. So an error that leaves this door quotes none either; the manifest has it
in full.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from trakt.engine.places import new_run_id
from trakt.errors import QUOTING, Fault, PipelineError, RunError, StepError, TraktError
from trakt.runtime import failure
from trakt.runtime.console import log
from trakt.runtime.lambda_events import Asked, Trigger, sqs_messages, triggers, triggers_in
from trakt.runtime.lambda_request import LambdaRequest, understood
from trakt.runtime.lambda_run import RUNTIME, Invocation, LambdaContext, carried_out
from trakt.runtime.lambda_settings import Settings, read_settings
from trakt.telemetry.powertools import count_failure

V = TypeVar("V")

logger = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME") or "trakt")


class _Unquoting(logging.Filter):
    """Warnings of an author's step, or about names in a file, by their name alone: the manifest has their words."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == QUOTING:
            record.msg, record.args = "%s: see the manifest", (getattr(record, "event_name", "warning"),)
        return True


logger.registered_handler.addFilter(_Unquoting())

_TRAKT = logging.getLogger("trakt")
if logger.name != _TRAKT.name:
    _TRAKT.addHandler(logger.registered_handler)
    _TRAKT.setLevel(logger.log_level)
    _TRAKT.propagate = False


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Do what an event asks, see `trakt.runtime.lambda_events`.

    Returns:
        The result of the run that was asked for; for objects that were created `{"runs": [...], "ignored": n}`, for
        SQS `{"batchItemFailures": [...]}`.

    Raises:
        TraktError: a run failed, or the event or the function's settings are wrong. SQS is told by the answer instead.
    """
    settings = _refusing(lambda: read_settings(os.environ))
    front_door = FrontDoor(Invocation.of(context, settings))
    if messages := _refusing(lambda: sqs_messages(event), settings):
        return front_door.each_message(event, messages)
    asked_for = _refusing(lambda: triggers(event), settings)
    if len(asked_for) == 1 and isinstance(asked_for[0], Asked):
        return front_door.only(asked_for[0])
    return front_door.all_of(asked_for)


class FrontDoor:
    """The runs of one invocation. What is asked for twice is done once, and both are told how it ended."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._settings = invocation.settings
        self._ended: dict[str, dict[str, Any] | TraktError] = {}

    def only(self, asked: Asked) -> dict[str, Any]:
        """One request, one result."""
        request = _refusing(lambda: understood(asked, self._settings, "event"), self._settings)
        assert request
        return self._run(request)

    def all_of(self, asked_for: Sequence[Trigger], where: str = "event") -> dict[str, Any]:
        """A run for each, whatever becomes of the others; those that failed are told together, at the end."""
        requests = _refusing(lambda: self._understood(asked_for, where), self._settings)
        results, failed = [], []
        for request in {each.sameness: each for each in requests}.values():
            try:
                results.append(self._run(request))
            except TraktError as error:
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise RunError.of(Fault(str(error), error.run_id) for error in failed)
        return {"runs": results, "ignored": len(asked_for) - len(requests)}

    def each_message(self, event: dict[str, Any], messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Each message of SQS on its own; the answer names those that failed, all of them if need be."""
        # loaded only now: it takes as long as all else up to here
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, SqsFifoPartialProcessor

        fifo = str(messages[0].get("eventSourceARN", "")).endswith(".fifo")
        processor = SqsFifoPartialProcessor() if fifo else BatchProcessor(event_type=EventType.SQS)
        # it would raise when all fail, and Lambda could not tell which message is which
        processor.raise_on_entire_batch_failure = False
        with processor(event["Records"], self._message):
            processor.process()
        return dict(processor.response())

    def _message(self, record: Any) -> None:
        message = record.raw_event
        where = f"message {message.get('messageId')}"
        self.all_of(_refusing(lambda: triggers_in(message, where), self._settings), where)

    def _understood(self, asked_for: Sequence[Trigger], where: str) -> list[LambdaRequest]:
        """All of them, or none: a bad event is refused before anything is read."""
        requests: list[LambdaRequest | None] = []
        faults: list[Fault] = []
        for each in asked_for:
            try:
                requests.append(understood(each, self._settings, where))
            except PipelineError as error:
                faults += error.faults
        if faults:
            raise PipelineError.of(dict.fromkeys(faults))
        return [each for each in requests if each]

    def _run(self, request: LambdaRequest) -> dict[str, Any]:
        if request.sameness not in self._ended:
            self._ended[request.sameness] = self._ending(request)
        ended = self._ended[request.sameness]
        if isinstance(ended, TraktError):
            raise ended
        return ended

    def _ending(self, request: LambdaRequest) -> dict[str, Any] | TraktError:
        run_id = request.run_id or new_run_id()
        ids = {"client_id": request.client_id, "batch_id": request.batch_id, "run_id": run_id}
        with logger.append_context_keys(pipeline=request.pipeline, **ids):
            try:
                return carried_out(request, run_id, self._invocation)
            except (Exception, SystemExit) as error:
                return _told(error)


def _refusing(work: Callable[[], V], settings: Settings | None = None) -> V:
    """Do what comes before a run: when it fails, nothing else tells of it."""
    try:
        return work()
    except Exception as error:
        count_failure((settings.pipeline if settings else None) or "none", RUNTIME)
        raise _told(error) from None


def _told(error: BaseException) -> TraktError:
    """The error as it leaves this door, in the log already."""
    more = {}
    if isinstance(error, TraktError):
        told = error.without_values()
        if isinstance(error, StepError) and error.__cause__:
            more = {"frames": traceback.format_tb(error.__cause__.__traceback__)}
    elif isinstance(error, MemoryError):
        told = failure.out_of_memory()
    else:
        # its own words may quote a row
        more = {"frames": traceback.format_tb(error.__traceback__)}
        told = TraktError(
            f"this is a bug in Trakt: {type(error).__name__}", hint="report it with the frames in the log"
        )
    # in one line, since who counts failures counts lines
    log.error("%s", "\n".join(filter(None, [str(told), failure.whereabouts(told)])), extra=more)
    told.told = True
    return told
