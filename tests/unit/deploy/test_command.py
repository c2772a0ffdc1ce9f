"""`python -m deploy`: exit codes, and errors without tracebacks."""

import importlib
import subprocess
import sys

import pytest

from deploy import sizes
from deploy.__main__ import main
from tests.conftest import ROOT

builder = importlib.import_module("deploy.build")
command = importlib.import_module("deploy.__main__")


@pytest.fixture
def small_parts(tmp_path, monkeypatch):
    """Every part of a build is one small file, and the artifacts lie in a folder of the test."""

    def part(name):
        def make(*places):
            places[-1].mkdir(parents=True, exist_ok=True)
            (places[-1] / name).write_text(name, encoding="utf-8")

        return make

    for name in ("function", "layer", "glue"):
        monkeypatch.setattr(builder, f"build_{name}", part(name))
    monkeypatch.setattr(builder, "try_out", lambda function, layer: None)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    return tmp_path / "build" / "deploy" / "artifacts"


def deploy(*arguments):
    command = [sys.executable, "-m", "deploy", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_folder_without_pipelines_ends_with_1_and_what_to_do(tmp_path):
    done = deploy("function", tmp_path / "made", "--pipelines", tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        f"{tmp_path}: holds no pipeline\n"
        "  -> give the folder that holds NAME/pipeline.yaml: --pipelines FOLDER (`sam build`: PIPELINES=FOLDER)\n"
    )


def test_a_folder_that_holds_something_is_not_built_into(tmp_path):
    (tmp_path / "mine.txt").touch()
    for command in ("function", "layer"):
        done = deploy(command, tmp_path)
        assert (done.returncode, done.stderr) == (
            1,
            f"{tmp_path}: is not empty\n  -> give a folder that is new or empty\n",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_is_no_prefix_is_told_before_a_minute_of_building():
    done = deploy("build", "--pipelines", "examples", "--upload", "s3://bucket/trakt")
    assert done.returncode == 1
    assert done.stderr.startswith("--upload s3://bucket/trakt: is no prefix\n  -> ")


def test_all_artifacts_are_uploaded_below_the_prefix_with_their_checksums(small_parts, bucket, capsys):
    assert main(["build", "--upload", bucket.uri("0.1.0/")]) == 0
    names = {"SHA256SUMS", "function.zip", "layer.zip", "glue/glue"}
    assert set(bucket.all_keys()) == {f"0.1.0/{name}" for name in names}
    sums = bucket.get("0.1.0/SHA256SUMS").decode()
    assert {line.split()[1] for line in sums.splitlines()} == names - {"SHA256SUMS"}
    assert "function + slim layer" in capsys.readouterr().out


def test_what_is_over_a_limit_is_shown_in_the_table_and_not_uploaded(small_parts, bucket, capsys, monkeypatch):
    monkeypatch.setattr(sizes, "UNZIPPED", len("function"))
    assert main(["build", "--upload", bucket.uri("0.1.0/")]) == 1
    said = capsys.readouterr()
    assert "function + slim layer" in said.out
    assert "function + slim layer: is 0.0 MB unzipped, and Lambda takes 0.0 MB\n  -> " in said.err
    assert bucket.all_keys() == []
