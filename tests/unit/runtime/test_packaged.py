from __future__ import annotations

import zipfile

import pytest

from trakt.runtime.packaged import packaged_pipeline

FILES = {"pipelines/orders/pipeline.yaml": "name: orders\n", "pipelines/orders/steps/net.py": "x = 1\n"}


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "pipelines.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in {**FILES, "pipelines/other/pipeline.yaml": "name: other\n"}.items():
            packed.writestr(name, text)
    return path


def test_a_pipeline_in_a_folder_of_the_python_path_is_found_where_it_lies(tmp_path, monkeypatch):
    file = tmp_path / "pipelines" / "orders" / "pipeline.yaml"
    file.parent.mkdir(parents=True)
    file.touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged_pipeline("orders") == file


def test_a_pipeline_in_a_zip_of_the_python_path_is_unpacked_with_its_steps_and_nothing_else(archive, monkeypatch):
    monkeypatch.syspath_prepend(archive)
    file = packaged_pipeline("orders")
    assert file.read_text() == "name: orders\n"
    assert (file.parent / "steps" / "net.py").read_text() == "x = 1\n"
    assert [each.name for each in file.parents[1].iterdir()] == ["orders"]


def test_a_pipeline_that_nobody_delivered_is_not_found(archive, monkeypatch):
    monkeypatch.syspath_prepend(archive)
    assert packaged_pipeline("ordres") is None
