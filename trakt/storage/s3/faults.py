"""What botocore says, in our words: where, what, and what to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from botocore import exceptions as boto
from urllib3.exceptions import HTTPError

from trakt.errors import InputError, OutputError, RunError
from trakt.storage.s3.place import place_of

Kind = type[InputError] | type[OutputError]

FOREIGN = (boto.BotoCoreError, boto.ClientError, HTTPError)
"""All that a call of the client, or reading from one of its answers, may raise of its own."""

_RENEW = "renew the credentials{profile} (`aws sso login`, or new AWS_* variables) and run again"
_CREDENTIALS = "check the credentials{profile}, and that they belong to the endpoint{endpoint}"
_LATER = "run again later; AWS_MAX_ATTEMPTS and AWS_RETRY_MODE=adaptive make a run more patient"
_REGION = "set AWS_REGION to the bucket's region{endpoint}"
_REACH = "check the network, AWS_REGION{region} and the endpoint{endpoint}"
_BUCKET = "check its name, and that the credentials{profile} and endpoint{endpoint} are those of its account"

# by error code ("Error responses", Amazon S3 API Reference); answers to HEAD carry the bare status
_CODES = {
    "NoSuchBucket": ("there is no bucket '{bucket}'", _BUCKET),
    "InvalidBucketName": ("'{bucket}' is no name of a bucket", "write s3://BUCKET/KEY"),
    "NoSuchKey": ("there is no such object (any more)", "check its name, and that no other program deletes it"),
    "404": ("there is no such object (any more)", "check its name, and that no other program deletes it"),
    "AccessDenied": (
        "access is denied",
        "allow {allow} there to the credentials{profile}; an object encrypted with KMS needs its key allowed as well",
    ),
    "InvalidAccessKeyId": ("the access key is not known there", _CREDENTIALS),
    "SignatureDoesNotMatch": ("the secret key does not fit the access key", _CREDENTIALS),
    "InvalidToken": ("the session token is not valid", _RENEW),
    "ExpiredToken": ("the credentials have expired", _RENEW),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "set the clock, and run again"),
    "SlowDown": ("S3 asks to slow down, after all retries too", _LATER),
    "InternalError": ("S3 has an internal error, after all retries too", _LATER),
    "PermanentRedirect": ("the bucket lies in another region", _REGION),
    "InvalidObjectState": ("the object is archived", "restore it from Glacier, and run again"),
    "KeyTooLongError": ("the key is over 1024 bytes long", "give it a shorter name"),
    "NoSuchUpload": (
        "the upload was aborted by somebody else",
        "run again; clean up only what is older than the longest run",
    ),
    "EntityTooLarge": ("the object is larger than S3 takes", "write several smaller outputs"),
}
_SAME = {
    "403": "AccessDenied",
    "Forbidden": "AccessDenied",
    "AllAccessDisabled": "AccessDenied",
    "AccountProblem": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "TokenRefreshRequired": "ExpiredToken",
    "503": "SlowDown",
    "ServiceUnavailable": "SlowDown",
    "RequestLimitExceeded": "SlowDown",
    "Throttling": "SlowDown",
    "ThrottlingException": "SlowDown",
    "429": "SlowDown",
    "500": "InternalError",
    "301": "PermanentRedirect",
    "AuthorizationHeaderMalformed": "PermanentRedirect",
    "IllegalLocationConstraintException": "PermanentRedirect",
}

# by class, the special ones before those they derive from
_CLASSES: tuple[tuple[type[Exception], str, str], ...] = (
    (boto.NoCredentialsError, "there are no AWS credentials", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret"),
    (boto.PartialCredentialsError, "the AWS credentials are incomplete", _CREDENTIALS),
    (boto.ProfileNotFound, "there is no such AWS profile", "check AWS_PROFILE{profile} against ~/.aws/config"),
    (boto.UnauthorizedSSOTokenError, "the credentials have expired", _RENEW),
    (boto.SSOTokenLoadError, "the credentials have expired", _RENEW),
    (boto.TokenRetrievalError, "the credentials have expired", _RENEW),
    (boto.CredentialRetrievalError, "the AWS credentials cannot be fetched", _RENEW),
    (boto.InvalidRegionError, "AWS_REGION is no region", "set AWS_REGION{region} to a region, such as eu-central-1"),
    (boto.EndpointConnectionError, "nothing answers there", _REACH),
    (boto.ConnectTimeoutError, "nothing answers there in time", _REACH),
    (boto.ProxyConnectionError, "the proxy does not answer", "check HTTPS_PROXY and HTTP_PROXY"),
    (boto.SSLError, "the connection is not trusted", "check AWS_CA_BUNDLE and the endpoint{endpoint}"),
    (boto.FlexibleChecksumError, "the bytes that arrived do not have the object's checksum", _LATER),
    (boto.ParamValidationError, "is no place in S3", "write s3://BUCKET/KEY, with a bucket of 3 to 63 letters"),
    (boto.HTTPClientError, "the connection keeps breaking", _REACH),
    (boto.IncompleteReadError, "the connection keeps breaking", _REACH),
    (HTTPError, "the connection keeps breaking", _REACH),
    (OSError, "the connection keeps breaking", _REACH),
)


def code_of(fault: BaseException) -> str:
    """The error code of an answer, or a blank for all that is none."""
    if not isinstance(fault, boto.ClientError):
        return ""
    code = str(fault.response.get("Error", {}).get("Code", ""))
    return _SAME.get(code, code)


def is_missing(fault: BaseException) -> bool:
    """Whether the answer is that there is no such object (a missing bucket is another matter)."""
    return code_of(fault) in ("404", "NoSuchKey")


def is_passing(fault: BaseException) -> bool:
    """Whether the same request may well succeed in a moment."""
    if isinstance(fault, boto.ClientError):
        return code_of(fault) == "SlowDown" or fault.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500
    passing = (boto.HTTPClientError, boto.ConnectionError, boto.IncompleteReadError, HTTPError, OSError)
    return isinstance(fault, passing)


@contextlib.contextmanager
def told(kind: Kind, uri: str, allow: str) -> Iterator[None]:
    """Turn botocore's errors into ours.

    Args:
        kind: the error to raise.
        uri: the place it happened at.
        allow: the permissions that the call needs, as IAM names them: `s3:GetObject`.
    """
    try:
        yield
    except FOREIGN as fault:
        raise translated(fault, kind, uri, allow) from fault
    except ValueError as fault:
        # botocore checks the endpoint only so
        if "nvalid endpoint" not in str(fault):
            raise
        hint = f"check AWS_ENDPOINT_URL{_named('AWS_ENDPOINT_URL')}"
        raise kind("the endpoint is no url", where=uri, hint=hint) from fault


def translated(fault: Exception, kind: Kind, uri: str, allow: str) -> RunError:
    """The error to raise for `fault`; what no table knows is told in its own words."""
    code = code_of(fault)
    what, hint = _CODES.get(code, ("", ""))
    if not what and code:
        what, hint = f"S3 refuses with {code}: {_words(fault)}", "look the code up in the Amazon S3 API reference"
    if not what:
        known = next((each for each in _CLASSES if isinstance(fault, each[0])), None)
        what, hint = known[1:] if known else (_words(fault), "check the AWS configuration{profile}")
    names: dict[str, Any] = {
        "bucket": place_of(uri).bucket,
        "allow": allow,
        "profile": _named("AWS_PROFILE", "profile "),
        "region": _named("AWS_REGION") or _named("AWS_DEFAULT_REGION"),
        "endpoint": _named("AWS_ENDPOINT_URL_S3") or _named("AWS_ENDPOINT_URL"),
    }
    return kind(what.format(**names) if code in _CODES else what, where=uri, hint=hint.format(**names))


def _named(variable: str, noun: str = "") -> str:
    value = os.environ.get(variable)
    return f" ({noun}{value})" if value else ""


def _words(fault: Exception) -> str:
    if isinstance(fault, boto.ClientError):
        return str(fault.response.get("Error", {}).get("Message") or "no reason given")
    return " ".join(str(fault).split()) or type(fault).__name__
