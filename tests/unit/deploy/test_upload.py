"""Artifacts go to S3: a real endpoint on loopback."""

import pytest

from deploy import DeployError
from deploy.upload import check_prefix, upload
from trakt.errors import OutputError


@pytest.fixture
def artifacts(tmp_path):
    folder = tmp_path / "artifacts"
    (folder / "glue").mkdir(parents=True)
    (folder / "function.zip").write_bytes(b"zip")
    (folder / "glue" / "pipelines.zip").write_bytes(b"pipelines")
    return folder


@pytest.mark.parametrize("prefix", ["", "trakt/0.1.0/"])
def test_every_file_lies_below_the_prefix_by_its_name(bucket, artifacts, prefix):
    check_prefix(bucket.uri(prefix))
    upload(artifacts, bucket.uri(prefix))
    assert {key: bucket.get(key) for key in bucket.all_keys()} == {
        f"{prefix}function.zip": b"zip",
        f"{prefix}glue/pipelines.zip": b"pipelines",
    }


def test_a_bucket_that_is_not_there_is_told_with_what_to_do(bucket, artifacts):
    with pytest.raises(OutputError, match="there is no bucket 'nobodys'\n  -> check its name") as raised:
        upload(artifacts, "s3://nobodys/trakt/")
    assert raised.value.faults[0].where == "s3://nobodys/trakt/function.zip"


@pytest.mark.parametrize("uri", ["trakt/", "s3://", "s3:///trakt/", "s3://bucket/trakt", "https://bucket/"])
def test_what_is_no_prefix_is_refused_before_anything_is_built(uri):
    with pytest.raises(DeployError, match="is no prefix\n  -> write s3://BUCKET/"):
        check_prefix(uri)
