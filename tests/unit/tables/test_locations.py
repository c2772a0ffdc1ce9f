"""The one name of the place of a table."""

import pytest

from trakt.tables import location_of


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("s3://lake/orders/", "s3://lake/orders"),
        ("S3://lake/orders", "s3://lake/orders"),
        ("s3://lake", "s3://lake"),
        ("s3://lake/my orders/100%25/", "s3://lake/my orders/100%25"),
        ("hdfs://nodes/orders/", "hdfs://nodes/orders"),
    ],
)
def test_a_place_has_one_name_without_a_slash_at_its_end(uri: str, told: str) -> None:
    assert location_of(uri) == told
