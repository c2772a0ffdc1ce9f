"""What an event is: a request as it stands, or objects that were created, however many envelopes lie around them.

| envelope | told by | its contents |
|---|---|---|
| SQS | `Records[].eventSource` is `aws:sqs` | each message on its own, see `lambda_handler` |
| SNS | `Records[].EventSource` is `aws:sns`, or `Type` is `Notification` (in SQS) | the message |
| S3 notification | `Records[].eventSource` is `aws:s3` | keys, url-encoded ("Event message structure", S3 User Guide) |
| EventBridge | `detail-type` | one key, not encoded ("EventBridge event message structure", S3 User Guide) |
| none | | a request: direct invocation, Step Functions |
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trakt.errors import Fault, PipelineError
from trakt.pipeline.fields import shown

_TEST_EVENT = "s3:TestEvent"
"""What S3 sends when notifications of a bucket are set up."""


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """An object appeared.

    Attributes:
        keys: what its key may be, the likeliest first: some senders encode it, some do not.
        sequencer: orders the events of one key.
    """

    bucket: str
    keys: tuple[str, ...]
    sequencer: str


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A request in an event's own words. What they come to is compared later."""

    words: Mapping[str, Any]


Trigger = ObjectCreated | Asked


def sqs_messages(event: Any) -> Sequence[Mapping[str, Any]]:
    """The messages of an event that came from SQS; none when it came from elsewhere.

    Raises:
        PipelineError: one of them has no id, so that nobody could be told how it ended.
    """
    records = _records(event)
    if not records or not all(each.get("eventSource") == "aws:sqs" for each in records):
        return ()
    if any(not isinstance(each.get("messageId"), str) for each in records):
        raise PipelineError("a message has no messageId", where="event", hint="send it through SQS, which gives it one")
    return records


def triggers(event: Any, where: str = "event") -> list[Trigger]:
    """What an event asks for, in its order: each object once per sequencer. An event that only tests asks for nothing.

    Raises:
        PipelineError: it is no event that is known here; every fault is listed.
    """
    faults: list[Fault] = []
    found = list(dict.fromkeys(_opened(event, where, faults)))
    if faults:
        raise PipelineError.of(faults)
    return found


def triggers_in(message: Mapping[str, Any], where: str) -> list[Trigger]:
    """What the body of an SQS message asks for; see `triggers`."""
    return triggers(_from_json(message.get("body"), where), where)


def _opened(event: Any, where: str, faults: list[Fault]) -> Iterator[Trigger]:
    if not isinstance(event, Mapping):
        faults.append(Fault(f"must be a JSON object, not {shown(event)}", where))
    elif event.get("Event") == _TEST_EVENT:
        return
    elif "Records" in event:
        yield from _from_records(event, where, faults)
    elif event.get("Type") == "Notification" and "Message" in event:
        yield from _inside(event["Message"], f"{where}, SNS message", faults)
    elif "detail-type" in event:
        yield from _from_eventbridge(event, where, faults)
    else:
        yield Asked(event)


def _from_records(event: Mapping[str, Any], where: str, faults: list[Fault]) -> Iterator[Trigger]:
    records = _records(event)
    if not records:
        faults.append(Fault("`Records` must be a list of objects, at least one", where))
    for index, record in enumerate(records):
        place = f"{where}, record {index + 1}"
        source = record.get("eventSource") or record.get("EventSource")
        if source == "aws:s3":
            yield from _from_s3(record, place, faults)
        elif source == "aws:sns":
            sns = record.get("Sns")
            yield from _inside(sns.get("Message") if isinstance(sns, Mapping) else None, place, faults)
        else:
            hint = "known sources: aws:s3, aws:sns, and aws:sqs outside of all others"
            faults.append(Fault(f"unknown source {shown(source)}", place, hint))


def _from_s3(record: Mapping[str, Any], where: str, faults: list[Fault]) -> Iterator[Trigger]:
    # removals, restores and the like start nothing
    from urllib.parse import unquote_plus

    if not str(record.get("eventName", "")).removeprefix("s3:").startswith("ObjectCreated:"):
        return
    bucket, thing = _bucket_and_object(record.get("s3"), where, faults)
    if bucket:
        yield ObjectCreated(bucket, (unquote_plus(thing["key"]),), str(thing.get("sequencer", "")))


def _from_eventbridge(event: Mapping[str, Any], where: str, faults: list[Fault]) -> Iterator[Trigger]:
    from urllib.parse import unquote_plus

    if (event.get("source"), event["detail-type"]) != ("aws.s3", "Object Created"):
        what = f"{shown(event['detail-type'])} of {shown(event.get('source'))} starts no run"
        faults.append(Fault(what, where, "send 'Object Created' of 'aws.s3', or a request"))
        return
    bucket, thing = _bucket_and_object(event.get("detail"), where, faults)
    if bucket:
        raw = thing["key"]
        # some senders encode it all the same
        yield ObjectCreated(bucket, tuple(dict.fromkeys([raw, unquote_plus(raw)])), str(thing.get("sequencer", "")))


def _bucket_and_object(told: Any, where: str, faults: list[Fault]) -> tuple[str, Mapping[str, Any]]:
    """The bucket's name and the object, which has a key; a blank name when they are not there."""
    bucket, thing = (told.get("bucket"), told.get("object")) if isinstance(told, Mapping) else (None, None)
    name = bucket.get("name") if isinstance(bucket, Mapping) else None
    key = thing.get("key") if isinstance(thing, Mapping) else None
    if isinstance(name, str) and name and isinstance(key, str) and key and isinstance(thing, Mapping):
        return name, thing
    faults.append(Fault("names no bucket and key", where, "an event of S3 has bucket.name and object.key"))
    return "", {}


def _inside(text: Any, where: str, faults: list[Fault]) -> Iterator[Trigger]:
    try:
        event = _from_json(text, where)
    except PipelineError as error:
        faults += error.faults
        return
    yield from _opened(event, where, faults)


def _from_json(text: Any, where: str) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as fault:  # the last where brackets are nested by the thousand
        raise PipelineError(f"is no JSON: {fault}", where=where, hint="send a request or an event as JSON") from fault


def _records(event: Any) -> list[Mapping[str, Any]]:
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(each, Mapping) for each in records):
        return []
    return records
