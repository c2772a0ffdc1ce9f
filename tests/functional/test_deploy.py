"""What `python -m deploy build` makes, built once for all of these tests."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import py_compile
import subprocess
import sys
import zipfile

import pytest
import yaml

from deploy import DeployError
from deploy.build import build
from deploy.function import build_function
from deploy.trial import try_out
from tests.conftest import ROOT
from tests.fakes.lambda_emulator import LambdaEmulator

BY_DATE = py_compile.PycInvalidationMode.TIMESTAMP

pytestmark = [
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"),
        reason="what is built for Lambda is tried out on Linux",
    ),
    pytest.mark.skipif(sys.version_info < (3, 13), reason="the same is built by every Python: once is enough"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folders `function`, `layer` and `artifacts` of the example that has two files and one step."""
    home = tmp_path_factory.mktemp("deploy")
    (home / "pipelines").mkdir()
    (home / "pipelines" / "demo").symlink_to(ROOT / "examples" / "multi_file_demo")
    build(home / "pipelines", home / "made")
    return home / "made"


@pytest.fixture
def function(made, tmp_path):
    """A function package of its own, to be spoiled."""
    build_function(made.parent / "pipelines", tmp_path / "function")
    return tmp_path / "function"


@contextlib.contextmanager
def without(path):
    """While inside, a part of what was built is not there."""
    away = path.with_name(f"{path.name}.away")
    path.rename(away)
    try:
        yield
    finally:
        away.rename(path)


def test_the_function_package_holds_what_lambda_needs_and_no_library_of_the_layer(made):
    entries = {path.name for path in (made / "function").iterdir()}
    assert {"trakt", "yaml", "handlers", "pipelines"} <= entries
    assert not {"pandas", "pyarrow", "numpy", "boto3", "botocore"} & entries
    assert (made / "function" / "pipelines" / "demo" / "steps" / "double_amount.py").is_file()


def test_the_layer_holds_the_libraries_and_leaves_the_runtimes_own_alone(made):
    entries = {path.name for path in (made / "layer" / "python").iterdir()}
    assert {"pandas", "pyarrow", "numpy", "aws_lambda_powertools", "aws_xray_sdk"} <= entries
    assert not {"boto3", "botocore", "urllib3", "bin"} & entries


def test_the_zips_hold_the_folders_file_by_file_and_the_checksums_are_right(made):
    for name in ("function", "layer"):
        folder = made / name
        with zipfile.ZipFile(made / "artifacts" / f"{name}.zip") as packed:
            names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
            assert sorted(packed.namelist()) == sorted(names)
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=made / "artifacts", capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")


def test_the_same_code_gives_the_same_bytes_again(made, function):
    def content(folder):
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert content(function) == content(made / "function")


def test_the_job_finds_its_artifacts_under_the_names_that_the_template_gives_them(made):
    wheels = yaml.safe_load((ROOT / "template.yaml").read_text("utf-8").split("Wheels:\n")[1].split("\n\n")[0])
    glue = {path.name for path in (made / "artifacts" / "glue").iterdir()}
    assert glue == {"glue_job.py", "pipelines.zip", *wheels.values()}


def test_the_job_runs_with_nothing_but_its_wheel_and_its_zip(made, tmp_path):
    glue = made / "artifacts" / "glue"
    path = os.pathsep.join([str(next(glue.glob("trakt_etl-*.whl"))), str(glue / "pipelines.zip")])
    arguments = {
        "--pipeline": "demo",
        "--client-id": "acme",
        "--batch-id": "b1",
        "--input-dir": str(ROOT / "examples" / "multi_file_demo" / "input"),
        "--output-dir": str(tmp_path / "out"),
    }
    done = subprocess.run(
        [sys.executable, str(glue / "glue_job.py"), *(word for pair in arguments.items() for word in pair)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "exports" / "final.csv").is_file()


@pytest.mark.parametrize(
    ("part", "missed"),
    [
        ("pyarrow/libarrow_substrait.so.*", "libarrow_substrait.so"),
        ("pandas/_testing", "pandas._testing"),
        ("aws_xray_sdk", "aws_xray_sdk"),
        ("numpy.libs", "libscipy_openblas"),
    ],
)
def test_a_layer_from_which_too_much_was_taken_is_found_out(made, part, missed):
    (path,) = (made / "layer" / "python").glob(part)
    with without(path), pytest.raises(DeployError, match=r"a rule in deploy/trim.py takes too much") as raised:
        try_out(made / "function", made / "layer")
    assert missed in str(raised.value)
    assert "Traceback" not in str(raised.value)


def test_a_layer_without_bytecode_is_found_out(made):
    with without(made / "layer" / "python" / "pandas" / "__pycache__"), pytest.raises(DeployError) as raised:
        try_out(made / "function", made / "layer")
    assert "ImportError: pandas has no bytecode that is used unchecked" in str(raised.value)


def test_bytecode_that_is_checked_by_a_date_is_found_out(made, function):
    py_compile.compile(str(function / "trakt" / "cli" / "__init__.py"), invalidation_mode=BY_DATE)
    with pytest.raises(DeployError, match=r"ImportError: trakt\.cli has no bytecode that is used unchecked"):
        try_out(function, made / "layer")


def test_a_pipeline_whose_step_needs_what_is_not_packaged_is_found_out(made, function):
    step = function / "pipelines" / "demo" / "steps" / "double_amount.py"
    step.write_text("import scipy\n" + step.read_text("utf-8"), encoding="utf-8")
    with pytest.raises(DeployError, match=r"scipy(.|\n)*if it is a pipeline, mend it"):
        try_out(function, made / "layer")


def test_the_function_with_its_layer_answers_in_lambda_to_a_batch_that_arrives(made, tmp_path, bucket, fake_s3_server):
    """Function and layer lie in one folder, which is all that the emulator shows besides its own Python."""
    for file in (ROOT / "examples" / "multi_file_demo" / "input").rglob("*.csv"):
        bucket.put(f"incoming/client=acme/batch=b1/records/{file.name}", file.read_bytes())
    key = "incoming/client=acme/batch=b1/_SUCCESS"
    environment = {
        **fake_s3_server.environment,
        "PYTHONPATH": os.pathsep.join([str(made / "function"), str(made / "layer" / "python")]),
        "TRAKT_PIPELINE": "demo",
        "TRAKT_INPUT_PREFIXES": bucket.uri("incoming/"),
        "TRAKT_OUTPUT_PREFIXES": bucket.uri("clean/"),
        "TRAKT_READY_SUFFIX": "_SUCCESS",
    }
    event = json.loads((ROOT / "tests" / "events" / "eventbridge_object_created.json").read_text("utf-8"))
    event["detail"] |= {"bucket": {"name": bucket.name}, "object": event["detail"]["object"] | {"key": key}}
    with LambdaEmulator(
        made, "handlers.lambda_handler.handler", tmp_path / "tmp", environment, timeout_seconds=60
    ) as function:
        answer = function.invoke(event)
    assert answer.status == 200, answer
    assert [run["status"] for run in answer.payload["runs"]] == ["success"], answer.logs
    written = bucket.get("clean/client=acme/batch=b1/exports/final.csv")
    assert written == b"id|amount|zip\n1|20|02116\n2|25|10115\n3|60|\n4||00501\n"
    manifest = json.loads(bucket.get("clean/client=acme/batch=b1/manifest.json"))
    assert (manifest["status"], manifest["runtime"]["name"]) == ("success", "lambda")
