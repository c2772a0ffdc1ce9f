from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trakt.errors import PipelineError
from trakt.runtime.lambda_events import Asked, ObjectCreated, sqs_messages, triggers, triggers_in

EVENTS = Path(__file__).parents[2] / "events"
FIRST = ("incoming/client=acme/batch=2026-02-05/orders.csv",)
ODD = "incoming/client=acme/batch=2026-02-06/orders +1 100%2B süd 日本.csv"
NOTIFIED = [ObjectCreated("incoming-data", FIRST, "0055AED6DCD90281E5")]
NOTIFIED_ODD = [ObjectCreated("incoming-data", (ODD,), "0055AED6DCD90281E6")]
REQUEST = {"pipeline": "orders", "client_id": "acme", "batch_id": "2026-02-05"}


def event(name):
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def asked(event):
    """All that an event asks for, SQS opened as well; requests as their words."""
    messages = sqs_messages(event)
    found = [each for one in messages for each in triggers_in(one, "message")] if messages else triggers(event)
    return [dict(each.words) if isinstance(each, Asked) else each for each in found]


WANTED = {
    "direct": [event("direct")],
    "step_functions": [event("step_functions")],
    "s3_put": [*NOTIFIED, *NOTIFIED_ODD],
    # the same sequencer is the same event; another one is another version of the object
    "s3_put_told_twice": [*NOTIFIED, ObjectCreated("incoming-data", FIRST, "0055AED6DCD90281E4")],
    "s3_test_event": [],
    "eventbridge_object_created": [ObjectCreated("incoming-data", FIRST, "617f08299329d189")],
    "eventbridge_space_plus_unicode": [
        ObjectCreated("incoming-data", (ODD, ODD.replace("+", " ").replace("%2B", "+")), "617f08299329d18a")
    ],
    "sqs_direct": [REQUEST],
    "sqs_eventbridge": [ObjectCreated("incoming-data", FIRST, "617f08299329d189")],
    "sqs_s3": NOTIFIED,
    "sqs_s3_test_event": [],
    "sqs_sns_s3": NOTIFIED,
    "sqs_sns_raw_s3": NOTIFIED_ODD,
}


@pytest.mark.parametrize("name", sorted(each.stem for each in EVENTS.glob("*.json") if each.stem != "sqs_mixed"))
def test_every_event_body_asks_for_what_it_says(name):
    assert asked(event(name)) == WANTED[name]


def test_each_message_of_a_mixed_batch_is_read_on_its_own():
    good, broken, again, test, refused = sqs_messages(event("sqs_mixed"))
    assert triggers_in(good, "m") == triggers_in(again, "m") == NOTIFIED
    assert triggers_in(test, "m") == []
    assert triggers_in(refused, "m")[0].words["client_id"] == "../etc"
    with pytest.raises(PipelineError, match=r"^m: is no JSON: "):
        triggers_in(broken, "m")


@pytest.mark.parametrize("name", ["s3_put", "direct", "s3_test_event", "eventbridge_object_created"])
def test_only_what_comes_from_sqs_has_messages(name):
    assert sqs_messages(event(name)) == ()


def test_sns_delivers_without_sqs_as_well():
    message = json.dumps(event("s3_put_told_twice"))
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Type": "Notification", "Message": message}}
    assert asked({"Records": [record]}) == WANTED["s3_put_told_twice"]


@pytest.mark.parametrize(
    "kind", ["ObjectRemoved:Delete", "ObjectRestore:Completed", "s3:LifecycleExpiration:Delete", ""]
)
def test_only_a_created_object_starts_anything(kind):
    told = event("s3_put")
    told["Records"][0]["eventName"] = kind
    assert triggers(told) == NOTIFIED_ODD


@given(st.text(min_size=1, max_size=40).filter(lambda key: not any("\ud800" <= each <= "\udfff" for each in key)))
def test_any_key_that_s3_encodes_comes_back(key):
    told = event("s3_put")
    told["Records"][0]["s3"]["object"]["key"] = quote_plus(key, safe="/")
    assert triggers(told)[0].keys == (key,)


def s3(**changes):
    (record, _) = copy.deepcopy(event("s3_put"))["Records"]
    return {"Records": [{**record, **changes}]}


def bridge(**changes):
    return {**event("eventbridge_object_created"), **changes}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (None, ["event: must be a JSON object, not None"]),
        ([], ["event: must be a JSON object"]),
        ("text", ["event: must be a JSON object"]),
        ({"Records": []}, ["event: `Records` must be a list of objects, at least one"]),
        ({"Records": {"0": {}}}, ["`Records` must be a list"]),
        ({"Records": [1, {}]}, ["`Records` must be a list"]),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, ["event, record 1: unknown source 'aws:kinesis'", "aws:s3, aws:sns"]),
        ({"Records": [{}, {"eventSource": 3}]}, ["event, record 1: unknown source", "event, record 2: unknown source"]),
        (s3(s3=None), ["event, record 1: names no bucket and key"]),
        (s3(s3={"bucket": {"name": "b"}, "object": {"key": ""}}), ["names no bucket and key"]),
        (s3(s3={"bucket": {"name": 7}, "object": {"key": "k"}}), ["names no bucket and key"]),
        (s3(s3={"bucket": "b", "object": "k"}), ["names no bucket and key"]),
        (bridge(detail={}), ["event: names no bucket and key"]),
        (bridge(detail=None), ["event: names no bucket and key"]),
        (bridge(**{"detail-type": "Object Deleted"}), ["'Object Deleted' of 'aws.s3' starts no run"]),
        (bridge(source="aws.ec2"), ["'Object Created' of 'aws.ec2' starts no run"]),
        (bridge(**{"detail-type": "Scheduled Event", "source": "aws.events"}), ["starts no run", "or a request"]),
        ({"Type": "Notification", "Message": "{"}, ["event, SNS message: is no JSON"]),
        ({"Type": "Notification", "Message": None}, ["event, SNS message: is no JSON"]),
        ({"Records": [{"EventSource": "aws:sns", "Sns": "x"}]}, ["event, record 1: is no JSON"]),
        ({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "[]"}}]}, ["record 1: must be a JSON object"]),
        ({"Type": "Notification", "Message": "[" * 200_000}, ["event, SNS message: is no JSON"]),
    ],
)  # fmt: skip
def test_a_malformed_event_is_refused_with_its_place(wrong, told):
    with pytest.raises(PipelineError) as caught:
        triggers(wrong)
    for each in told:
        assert each in str(caught.value)


@pytest.mark.parametrize("body", ["", "{", "nothing", None, {}, "[" * 200_000, "1" * 5_000])
def test_a_message_that_is_no_json_is_refused(body):
    with pytest.raises(PipelineError, match=r"^m: "):
        triggers_in({"body": body}, "m")


words = ["Records", "Event", "Type", "Message", "detail-type", "detail", "source", "eventSource", "EventSource", "Sns"]
words += ["eventName", "s3", "bucket", "name", "object", "key", "sequencer", "body"]
texts = [
    "aws:s3",
    "aws:sqs",
    "aws:sns",
    "aws.s3",
    "Object Created",
    "ObjectCreated:Put",
    "Notification",
    "s3:TestEvent",
]
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(texts)
keys = st.sampled_from(words) | st.text(max_size=3)
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5))
records = st.fixed_dictionaries(
    {"eventSource": st.sampled_from(texts), "eventName": st.just("ObjectCreated:Put"), "s3": anything}
)
envelopes = st.fixed_dictionaries({"Records": st.lists(records | anything, max_size=3)})
bridged = st.fixed_dictionaries(
    {"detail-type": st.just("Object Created"), "source": st.just("aws.s3"), "detail": anything}
)


def messages_of(event):
    return [triggers_in(each, "m") for each in sqs_messages(event)]


def in_a_message(event):
    return triggers_in({"body": json.dumps(event)}, "m")


@given(anything | envelopes | bridged)
def test_any_json_value_is_understood_or_refused_and_nothing_else_is_raised(value):
    for read in (triggers, messages_of, in_a_message):
        with contextlib.suppress(PipelineError):
            read(value)
