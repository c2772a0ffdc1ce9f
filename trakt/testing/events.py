"""What a Lambda function is sent when objects are created, as S3 and SQS send it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus


class LambdaEvents:
    """What the fixture `lambda_event` is."""

    @staticmethod
    def object_created(*uris: str) -> dict[str, Any]:
        """The notification of S3 for objects at these uris ("Event message structure", Amazon S3 User Guide)."""
        return {"Records": [_record(uri, number) for number, uri in enumerate(uris)]}

    @staticmethod
    def in_sqs(*events: Mapping[str, Any]) -> dict[str, Any]:
        """One message of SQS for each event ("Using Lambda with Amazon SQS", AWS Lambda Developer Guide)."""
        return {
            "Records": [
                {
                    "messageId": f"00000000-0000-4000-8000-{number:012}",
                    "receiptHandle": f"handle-{number}",
                    "body": json.dumps(event),
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:trakt",
                    "awsRegion": "us-east-1",
                }
                for number, event in enumerate(events)
            ]
        }


def _record(uri: str, number: int) -> dict[str, Any]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-02-05T06:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "trakt",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            # S3 sends keys as forms do
            "object": {"key": quote_plus(key, safe="/"), "size": 1024, "sequencer": f"{number:018X}"},
        },
    }
