"""`python -m deploy`: exit codes, and errors without tracebacks."""

import subprocess
import sys

from tests.conftest import ROOT


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
