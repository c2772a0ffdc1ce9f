"""The manifest never takes the place of something else, whatever its path says."""

from __future__ import annotations

from typing import Any

from trakt import PipelineError

ROWS = "id\n1\n2\n"
OLD = b"the good old output\n"


def test_a_failed_run_never_writes_its_manifest_over_anything_else(project: Any, mode: str) -> None:
    project.passthrough(ROWS)
    source = project.folder / "in" / "records.csv"
    done = project.run(mode, manifest_path=source)
    assert isinstance(done.error, PipelineError)
    assert source.read_text() == ROWS


def test_a_manifest_path_that_is_an_output_leaves_the_old_output(project: Any, mode: str) -> None:
    project.passthrough(ROWS)
    (project.folder / "out").mkdir()
    target = project.folder / "out" / "records.csv"
    target.write_bytes(OLD)
    done = project.run(mode, out="out", manifest_path=target)
    assert isinstance(done.error, PipelineError)
    assert "manifest" in done.told
    assert target.read_bytes() == OLD


def test_a_manifest_path_that_is_the_pipeline_file_leaves_the_pipeline(project: Any) -> None:
    project.passthrough(ROWS)
    before = project.file.read_bytes()
    done = project.run(manifest_path=project.file)
    assert isinstance(done.error, PipelineError)
    assert project.file.read_bytes() == before
