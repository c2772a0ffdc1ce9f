"""The Lambda function and the browser that the tests of this folder share."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.docs.session import ROOT
from tests.fakes.lambda_function import FOLDER, OTHER, PASS, ROWS, LambdaFunction
from trakt.testing import S3Bucket


@pytest.fixture
def function(bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFunction]:
    """A function with the pipeline `orders`, whose input folder holds two batches."""
    monkeypatch.syspath_prepend(tmp_path / "package")
    places = {"TRAKT_INPUT_PREFIXES": bucket.uri("incoming/"), "TRAKT_OUTPUT_PREFIXES": bucket.uri("clean/")}
    for name, value in {**places, "TRAKT_PIPELINE": "orders"}.items():
        monkeypatch.setenv(name, value)
    for folder in (FOLDER, OTHER):
        bucket.put(f"incoming/{folder}orders.csv", ROWS)
    with LambdaFunction(tmp_path / "package") as function:
        function.pipeline(**PASS)
        yield function


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    path = subprocess.run([ROOT / ".ci" / "browser"], capture_output=True, text=True, check=True).stdout.strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
