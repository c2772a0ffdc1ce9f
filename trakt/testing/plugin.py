"""The plugin: fixtures for tests of pipelines. `-p no:trakt` leaves it out.

A fixture of the same name in a conftest.py or a test takes the place of one here, and none of these is used unless a
test asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from trakt.runtime.local_context import LocalContext
    from trakt.testing.events import LambdaEvents
    from trakt.testing.run_pipeline import RunPipeline
    from trakt.testing.s3_server import S3Bucket, S3Server


@pytest.fixture
def run_pipeline(tmp_path: Path, request: pytest.FixtureRequest) -> RunPipeline:
    """Runs a pipeline on inputs that the test gives, in a folder of the test: `run_pipeline("orders", inputs={...})`.

    Returns:
        `trakt.testing.PipelineRun`: `.outputs`, `.rejected`, `.manifest`, `.warnings`.
    """
    from trakt.testing.run_pipeline import RunPipeline

    return RunPipeline(tmp_path / "trakt", request.config.rootpath)


@pytest.fixture(scope="session")
def fake_s3_server() -> Iterator[S3Server]:
    """Amazon S3 on loopback, one server for all tests of the session. Most tests want `fake_s3`."""
    from trakt.testing.s3_server import S3Server

    with S3Server() as server:
        yield server


@pytest.fixture
def fake_s3(fake_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Bucket]:
    """A new bucket in a fake S3, with the environment that leads to it, here and in every process a test starts.

    No AWS_ variable, profile or file of credentials of yours is seen by the test.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "TRAKT_S3_"))]:
        monkeypatch.delenv(name)
    for name, value in fake_s3_server.environment.items():
        monkeypatch.setenv(name, value)
    with fake_s3_server.bucket() as bucket:
        yield bucket


@pytest.fixture
def lambda_context() -> LocalContext:
    """The context that Lambda passes beside the event: 1024 MB, and a minute from now on."""
    from trakt.runtime.local_context import LocalContext

    return LocalContext()


@pytest.fixture
def lambda_event() -> LambdaEvents:
    """Makes events: `lambda_event.object_created("s3://bucket/key")`, `lambda_event.in_sqs(event)`."""
    from trakt.testing.events import LambdaEvents

    return LambdaEvents()


@pytest.fixture
def glue_arguments() -> Callable[..., list[str]]:
    """Makes the arguments of a Glue job, Glue's own among them: `glue_arguments(client_id="acme", ...)`."""
    from trakt.testing.arguments import glue_arguments

    return glue_arguments
