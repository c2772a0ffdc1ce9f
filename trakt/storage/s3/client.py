"""The one S3 client of the process: the only file that imports boto3."""

from __future__ import annotations

import functools
from typing import Any

import boto3
from botocore.config import Config

_CONNECTIONS = 32
"""Connections kept open: readers and uploads of several inputs and outputs at once."""

_CONNECT_SECONDS = 10
_READ_SECONDS = 15
"""How long a connection may be silent before it counts as broken, and is tried again. S3 answers within a second; with
botocore's own 60 a store that has stalled outlasts a function, which then leaves no record. No environment variable
sets these."""


@functools.cache
def client() -> Any:
    """The client, made when it is first asked for; threads may share it.

    Endpoint, region, profile, credentials, retries and checksums come from the AWS environment and configuration
    files, and from nowhere else ("Configuring settings", AWS SDKs and Tools Reference Guide).

    Raises:
        botocore.exceptions.BotoCoreError: the configuration is wrong, for example names a profile that is not there.
        ValueError: the endpoint is no url.
    """
    config = Config(max_pool_connections=_CONNECTIONS, connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
    return boto3.session.Session().client("s3", config=config)
