"""How objects are encrypted and tagged, by environment: it is a matter of the account, not of a pipeline.

TRAKT_S3_SSE         AES256 | aws:kms
TRAKT_S3_KMS_KEY_ID  the key's id, ARN or alias; the account's own `aws/s3` when not set
TRAKT_S3_TAGS        name=value&name=value, percent-encoded as in a url
"""

from __future__ import annotations

import os
import re
from urllib.parse import parse_qsl, urlencode

from trakt.errors import OutputError, counted, one_of

_ENCRYPTIONS = ("AES256", "aws:kms")
_MAX_TAGS = 10
# "Categorizing your storage using tags", Amazon S3 User Guide
_TAG_TEXT = re.compile(r"[\w\s+\-=.:/@]*")


def of_new_objects() -> dict[str, str]:
    """What a request that makes an object says beside its bytes.

    Raises:
        OutputError: a variable is wrong.
    """
    return {**_encryption(), **_tags()}


def _encryption() -> dict[str, str]:
    kind, key = os.environ.get("TRAKT_S3_SSE", ""), os.environ.get("TRAKT_S3_KMS_KEY_ID", "")
    if kind and kind not in _ENCRYPTIONS:
        raise OutputError(f"unknown encryption '{kind}'", where="TRAKT_S3_SSE", hint=f"use {one_of(_ENCRYPTIONS)}")
    if key and kind != "aws:kms":
        raise OutputError(
            "a key is given, but no encryption with KMS", where="TRAKT_S3_KMS_KEY_ID", hint="set TRAKT_S3_SSE=aws:kms"
        )
    return {
        **({"ServerSideEncryption": kind} if kind else {}),
        **({"SSEKMSKeyId": key} if key else {}),
    }


def _tags() -> dict[str, str]:
    text = os.environ.get("TRAKT_S3_TAGS", "")
    if not text:
        return {}
    try:
        tags = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise _wrong_tags(f"'{text}' is not a list of tags") from None
    names = [name for name, _ in tags]
    if len(tags) > _MAX_TAGS:
        raise _wrong_tags(f"{counted(len(tags), 'tag')}, where an object takes {_MAX_TAGS}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong_tags(f"the tag '{twice[0]}' is given twice")
    for name, value in tags:
        if not 1 <= len(name) <= 128 or len(value) > 256:
            raise _wrong_tags(f"the tag '{name}' has a name of 1 to 128 letters, or a value of 256 at most, to keep to")
        if name.lower().startswith("aws:") or not (_TAG_TEXT.fullmatch(name) and _TAG_TEXT.fullmatch(value)):
            raise _wrong_tags(f"the tag '{name}' may hold letters, digits, spaces and + - = . _ : / @, and no 'aws:'")
    return {"Tagging": urlencode(tags)}


def _wrong_tags(what: str) -> OutputError:
    return OutputError(what, where="TRAKT_S3_TAGS", hint="write name=value&name=value, percent-encoded as in a url")
