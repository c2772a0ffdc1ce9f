"""What AWS says of catalogs and queries, in our words."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)

from trakt import InputError, OutputError
from trakt.storage.s3 import faults as s3_faults
from trakt.tables import faults
from trakt.tables.faults import told


def refusal(code: str, message: str = "User: me is not authorized") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}, "GetTables")


def said(fault: Exception, service: str = "AWS Glue") -> OutputError:
    with (
        pytest.raises(OutputError) as raised,
        told(OutputError, "table shop.orders", "glue:GetTables", "s3://lake/x", service),
    ):
        raise fault
    assert raised.value.faults[0].where == "table shop.orders"
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize(
    ("fault", "what", "hint"),
    [
        (refusal("AccessDeniedException"), "access is denied: User: me is not authorized", "allow glue:GetTables to"),
        (refusal("ThrottlingException"), "AWS Glue asks to slow down", "AWS_RETRY_MODE"),
        (refusal("ConcurrentModificationException"), "somebody else changed it", "run again"),
        (refusal("ExpiredTokenException"), "the credentials have expired", "renew"),
        (
            refusal("NewException", "of  tomorrow"),
            "AWS Glue refuses with NewException: of tomorrow",
            "look the code up",
        ),
        (NoRegionError(), "no region is set, and AWS Glue is another one in each", "AWS_DEFAULT_REGION"),
        (NoCredentialsError(), "there are no AWS credentials", "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="http://x"), "nothing answers there", "check the network"),
        (ParamValidationError(report="Invalid length for parameter Name"), "Invalid length", "check the names"),
    ],
)
def test_each_has_a_cause_and_a_remedy(fault: Exception, what: str, hint: str) -> None:
    error = said(fault)
    assert what in error.faults[0].what
    assert hint in (error.hint or "")


def test_a_message_names_the_service_that_answered() -> None:
    assert (
        said(refusal("InternalServerException"), "Amazon Athena")
        .faults[0]
        .what.startswith("Amazon Athena has an internal error")
    )


def test_our_own_errors_and_those_of_a_bug_pass_unchanged() -> None:
    for fault in (InputError("no"), ZeroDivisionError()):
        with pytest.raises(type(fault)) as raised, told(OutputError, "table x.y", "", "s3://lake/x"):
            raise fault
        assert raised.value is fault


def test_the_codes_that_are_left_to_s3_are_known_there() -> None:
    assert set(faults._OF_S3) <= set(s3_faults._CODES)
