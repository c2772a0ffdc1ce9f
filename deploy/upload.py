"""The artifacts go to S3, below one prefix per release."""

from __future__ import annotations

from pathlib import Path

from deploy import DeployError
from deploy.archive import files_below
from trakt.errors import MissingExtra, OutputError
from trakt.runtime.console import log


def check_prefix(uri: str) -> None:
    """Check before building, which takes a minute.

    Raises:
        DeployError: it is no prefix.
        MissingExtra: boto3 is not installed.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or (key and not key.endswith("/")):
        raise DeployError("is no prefix", where=f"--upload {uri}", hint="write s3://BUCKET/ or s3://BUCKET/RELEASE/")
    try:
        import boto3  # noqa: F401
    except ImportError:
        raise MissingExtra("uploading to S3", "aws") from None


def upload(folder: Path, prefix: str) -> None:
    """Store every file of `folder` below `prefix`.

    Raises:
        OutputError: S3 refuses.
    """
    from trakt.storage.s3.client import client
    from trakt.storage.s3.faults import told
    from trakt.storage.s3.place import place_of

    for file in files_below(folder):
        place = place_of(prefix + file.relative_to(folder).as_posix())
        with told(OutputError, place.uri, "s3:PutObject"), file.open("rb") as content:
            client().put_object(Bucket=place.bucket, Key=place.key, Body=content)
        log.info("uploaded %s", place.uri)
