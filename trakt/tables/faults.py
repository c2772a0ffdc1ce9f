"""What AWS Glue and awswrangler say, in our words: where, what, and what to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from botocore import exceptions as boto

from trakt.errors import InputError, OutputError, RunError
from trakt.storage.s3.faults import FOREIGN, code_of, translated

Kind = type[InputError] | type[OutputError]

_LATER = "run again later; AWS_MAX_ATTEMPTS and AWS_RETRY_MODE=adaptive make a run more patient"
_SLOW = ("{service} asks to slow down, after all retries too", _LATER)
_BROKEN = ("{service} has an internal error, after all retries too", _LATER)

# by error code ("Common Errors" of the AWS Glue Web API Reference, and of the Amazon Athena API Reference)
_CODES = {
    "AccessDeniedException": (
        "access is denied: {words}",
        "allow {allow} to the credentials; where Lake Formation governs the catalog, it must grant them as well",
    ),
    "EntityNotFoundException": ("it is not in the catalog (any more): {words}", "run again"),
    "ConcurrentModificationException": ("somebody else changed it at the same time", "run again"),
    "ResourceNumberLimitExceededException": ("a quota is used up: {words}", "ask AWS for a higher quota"),
    "GlueEncryptionException": (
        "the catalog's key cannot be used: {words}",
        "allow kms:Decrypt and kms:Encrypt for it",
    ),
    "InvalidInputException": ("{service} refuses it: {words}", "check the names of database, table and columns"),
    "InvalidRequestException": (
        "{service} refuses it: {words}",
        "check `query`, `database`, `workgroup` and `s3_output`",
    ),
    "UnrecognizedClientException": ("the credentials are not known there", "check AWS_PROFILE and the AWS_* variables"),
    "ThrottlingException": _SLOW,
    "TooManyRequestsException": _SLOW,
    "InternalServiceException": _BROKEN,
    "InternalServerException": _BROKEN,
    "OperationTimeoutException": _BROKEN,
    "501": ("{service} is not there: {words}", "check AWS_ENDPOINT_URL{endpoint}"),
}
_OF_S3 = ("ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed")
"""Codes that mean the same in every service."""


@contextlib.contextmanager
def told(kind: Kind, where: str, allow: str, uri: str, service: str = "AWS Glue") -> Iterator[None]:
    """Turn errors of botocore and awswrangler into ours.

    Args:
        kind: the error to raise.
        where: what it happened at: a table, or a query.
        allow: the permissions that the calls need, as IAM names them: `glue:GetTables`.
        uri: the place in S3 that belongs to it.
        service: whose answer it is.
    """
    try:
        yield
    except FOREIGN as fault:
        raise _of_aws(fault, kind, (where, uri), (allow, service)) from fault
    except RunError:
        raise
    except Exception as fault:
        if not type(fault).__module__.startswith("awswrangler"):
            raise
        raise kind(_words(fault), where=where, hint="look the words up in the documentation of awswrangler") from fault


def _of_aws(fault: Exception, kind: Kind, places: tuple[str, str], asked: tuple[str, str]) -> RunError:
    (where, uri), (allow, service) = places, asked
    raw = str(fault.response.get("Error", {}).get("Code", "")) if isinstance(fault, boto.ClientError) else ""
    if raw and raw not in _CODES and code_of(fault) not in _OF_S3:
        hint = f"look the code up in the API reference of {service}"
        return kind(f"{service} refuses with {raw}: {_words(fault)}", where=where, hint=hint)
    if isinstance(fault, boto.NoRegionError):
        hint = "set AWS_DEFAULT_REGION, or the region of the profile"
        return kind(f"no region is set, and {service} is another one in each", where=where, hint=hint)
    if isinstance(fault, boto.ParamValidationError):
        return kind(_words(fault), where=where, hint="check the names of database, table and columns")
    if raw not in _CODES:
        known = translated(fault, kind, uri, allow)
        return kind(known.faults[0].what, where=where, hint=known.faults[0].hint)
    what, hint = _CODES[raw]
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    names = {
        "words": _words(fault),
        "allow": allow,
        "service": service,
        "endpoint": f" ({endpoint})" if endpoint else "",
    }
    return kind(what.format(**names), where=where, hint=hint.format(**names))


def _words(fault: Exception) -> str:
    said = fault.response.get("Error", {}).get("Message") if isinstance(fault, boto.ClientError) else str(fault)
    return " ".join(str(said or "no reason given").split())
