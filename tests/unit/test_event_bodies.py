"""The event bodies that Lambda is tested with hold together as those of AWS do."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

EVENTS = Path(__file__).parents[1] / "events"
ORDERS = "incoming/client=acme/batch=2026-02-05/orders.csv"
ODD = "incoming/client=acme/batch=2026-02-06/orders +1 100%2B süd 日本.csv"


def event(name):
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def keys(notification):
    return [record["s3"]["object"]["key"] for record in notification["Records"]]


@pytest.mark.parametrize("path", sorted(EVENTS.glob("sqs_*.json")), ids=lambda path: path.stem)
def test_every_message_carries_the_checksum_of_its_body_and_an_id_of_its_own(path):
    messages = event(path.stem)["Records"]
    for message in messages:
        assert message["md5OfBody"] == hashlib.md5(message["body"].encode()).hexdigest()
    assert len({message["messageId"] for message in messages}) == len(messages)


def test_s3_encodes_keys_and_eventbridge_sends_them_raw():
    assert [unquote_plus(key) for key in keys(event("s3_put"))] == [ORDERS, ODD]
    assert not any(character in "".join(keys(event("s3_put"))) for character in " =ü日")
    assert event("eventbridge_space_plus_unicode")["detail"]["object"]["key"] == ODD


def test_sns_wraps_a_notification_unless_delivery_is_raw():
    wrapped = json.loads(event("sqs_sns_s3")["Records"][0]["body"])
    assert [unquote_plus(key) for key in keys(json.loads(wrapped["Message"]))] == [ORDERS]
    raw = json.loads(event("sqs_sns_raw_s3")["Records"][0]["body"])
    assert [unquote_plus(key) for key in keys(raw)] == [ODD]


def test_the_mixed_messages_are_good_broken_told_again_a_test_and_refused():
    good, broken, again, test, refused = [message["body"] for message in event("sqs_mixed")["Records"]]
    assert good == again
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(broken)
    assert json.loads(test)["Event"] == "s3:TestEvent"
    assert json.loads(refused)["client_id"] == "../etc"
