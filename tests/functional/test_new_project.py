"""What `trakt init` writes, used as a new user would: run, tested by itself, built by SAM and started in the emulator."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy import tools
from tests.conftest import ROOT
from tests.fakes.lambda_emulator import LambdaEmulator
from trakt.cli import main
from trakt.storage.s3.client import client

SAM = ROOT / ".venv-sam" / "bin"
IN_THE_LAYER = ("numpy", "numpy.libs", "pandas", "pandas.libs", "pyarrow")
IN_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py")
"""Amazon's own boto3, with what it needs."""

SAM_IN_PEACE = {"SAM_CLI_TELEMETRY": "0", "AWS_REGION": "us-east-1"}
OWN_TESTS = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

built_for_lambda = [
    pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="Lambda's Python in template.yaml is 3.13"),
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="what is built for Lambda runs on Linux"
    ),
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*command, code=0, **environment):
    """What a program says, as its user sees it."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def init(*words):
    assert main(["init", "-q", *words]) == 0


def test_a_project_of_two_pipelines_passes_its_own_tests_until_a_step_does_something_else(home):
    init("orders", "--lambda")
    init("My_orders-2", "--lambda")
    assert said(*OWN_TESTS).splitlines()[-1].startswith("6 passed")
    step = Path("pipelines/My_orders-2/steps/normalize.py")
    step.write_text(step.read_text("utf-8").replace(".str.strip()", ".str.upper()"), encoding="utf-8")
    assert "2 failed, 2 passed" in said(*OWN_TESTS, "-k", "not make_the_same", code=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project that is to be deployed, built by `sam build` with the Trakt of this checkout."""
    folder = tmp_path_factory.mktemp("project")
    wheels = tools.wheel_of_trakt(Path(sys.executable)).parent
    assert (SAM / "sam").is_file(), "run `make deploy-check` first: it sets up .venv-sam"
    assert main(["init", "orders", "--lambda", "-q", "--dir", str(folder)]) == 0
    before = Path.cwd()
    os.chdir(folder)
    try:
        told = said(SAM / "sam", "build", PIP_FIND_LINKS=str(wheels), **SAM_IN_PEACE)
    finally:
        os.chdir(before)
    assert "Build Succeeded" in told
    return folder


class TestDeployed:
    pytestmark = built_for_lambda

    def test_the_template_is_right_whatever_the_name(self, home, project):
        init("My_orders-2", "--lambda")
        said(SAM / "cfn-lint", "--include-checks", "I", "--", "template.yaml")
        linted = said(SAM / "sam", "validate", "--lint", "--template", project / "template.yaml", **SAM_IN_PEACE)
        assert "is a valid SAM Template" in linted

    def test_the_package_is_whole_beside_the_layer_and_lambdas_own_python(self, project, tmp_path):
        site = Path(yaml.__file__).parents[1]
        for name in (*IN_THE_LAYER, *IN_LAMBDA):
            if (site / name).exists():
                (tmp_path / name).symlink_to(site / name)
        function = project / ".aws-sam" / "build" / "Function"
        # -S: nothing else of this Python's packages is there
        script = (
            f"import sys; sys.path[:0] = [{str(function)!r}, {str(tmp_path)!r}]\n"
            "import handlers.lambda_handler, trakt.runtime.lambda_run, trakt.engine.run, trakt.storage.s3.client\n"
            "import trakt.telemetry.powertools, aws_xray_sdk.core, yaml\n"
            "print(trakt.__file__, yaml.__with_libyaml__)\n"
        )
        told = said(sys.executable, "-S", "-c", script, PYTHONPATH="").splitlines()
        assert told[-1] == f"{function / 'trakt' / '__init__.py'} True"
        assert not {"pandas", "pyarrow", "numpy", "boto3"} & {path.name for path in function.iterdir()}
        packed = [path.name for path in (function / "pipelines" / "orders").iterdir()]
        assert sorted(packed) == ["README.md", "pipeline.yaml", "steps"]

    def test_the_function_answers_to_the_events_of_the_scaffold(self, project, tmp_path, bucket, fake_s3_server):
        arrival = json.loads((project / "events" / "orders_arrival.json").read_text("utf-8"))
        request = json.loads((project / "events" / "orders.json").read_text("utf-8"))
        incoming = arrival["detail"]["bucket"]["name"]
        marker = arrival["detail"]["object"]["key"]
        client().create_bucket(Bucket=incoming)
        records = (project / "pipelines" / "orders" / "input" / "records.csv").read_bytes()
        client().put_object(Bucket=incoming, Key=marker.replace("_SUCCESS", "records.csv"), Body=records)
        environment = {
            **fake_s3_server.environment,
            "TRAKT_PIPELINE": "orders",
            "TRAKT_INPUT_PREFIXES": f"s3://{incoming}/incoming/",
            "TRAKT_OUTPUT_PREFIXES": bucket.uri("clean/"),
            "TRAKT_READY_SUFFIX": "_SUCCESS",
        }
        package = project / ".aws-sam" / "build" / "Function"
        with LambdaEmulator(package, "handlers.lambda_handler.handler", tmp_path / "tmp", environment) as function:
            answer = function.invoke(arrival)
            assert [run["status"] for run in answer.payload["runs"]] == ["success"], answer.logs
            assert function.invoke(request).payload["status"] == "skipped"
        written = bucket.get("clean/client=acme/batch=2026-02-05/normalized.csv")
        assert written.splitlines()[1:3] == [b"1,Ada,02116,12.5,EUR", b"2,Grace,10001,,EUR"]
        manifest = json.loads(bucket.get("clean/client=acme/batch=2026-02-05/manifest.json"))
        assert manifest["pipeline"]["file"] == str(package / "pipelines" / "orders" / "pipeline.yaml")
