"""Which pipelines are packaged."""

import logging

import pytest

from deploy import DeployError
from deploy.pipelines import copy_pipelines
from tests.conftest import ROOT


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_pipeline_is_packaged_with_its_steps_and_what_is_left_out_is_named(tmp_path, caplog):
    with caplog.at_level(logging.INFO, "trakt"):
        names = copy_pipelines(ROOT / "examples", tmp_path)
    assert "multi_file_demo" in names
    assert files(tmp_path / "pipelines" / "multi_file_demo") == ["pipeline.yaml", "steps/double_amount.py"]
    assert "pipeline multi_file_demo: not packaged: README.md, input, run_python_dsl.py" in caplog.messages


def test_caches_and_hidden_files_are_no_steps(tmp_path):
    steps = tmp_path / "source" / "orders" / "steps"
    (steps / "__pycache__").mkdir(parents=True)
    (steps.parent / "pipeline.yaml").touch()
    for name in ("net.py", "rates.csv", ".secret", "__pycache__/net.cpython-313.pyc"):
        (steps / name).touch()
    assert copy_pipelines(tmp_path / "source", tmp_path / "made") == ["orders"]
    assert files(tmp_path / "made") == [
        "pipelines/orders/pipeline.yaml",
        "pipelines/orders/steps/net.py",
        "pipelines/orders/steps/rates.csv",
    ]


def test_a_folder_without_pipelines_is_told_with_what_to_give(tmp_path):
    with pytest.raises(DeployError, match="holds no pipeline\n  -> give the folder that holds"):
        copy_pipelines(tmp_path, tmp_path / "made")
    with pytest.raises(DeployError, match="there is no such folder\n  -> give the folder"):
        copy_pipelines(tmp_path / "nowhere", tmp_path / "made")
