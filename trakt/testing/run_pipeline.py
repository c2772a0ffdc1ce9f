"""A pipeline on given inputs, into a folder of the test."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trakt.errors import PipelineError, did_you_mean
from trakt.pipeline.model import EMPTY, Pipeline
from trakt.testing.given import written
from trakt.testing.made import PipelineRun

if TYPE_CHECKING:
    from trakt.testing.given import Given


class RunPipeline:
    """What the fixture `run_pipeline` is: called, it runs a pipeline. Each run has a folder of its own in `folder`.

    Args:
        root: where relative paths of pipelines start when the current folder has none.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._numbers = itertools.count(1)

    def __call__(  # noqa: PLR0913 - each is an option of the command line by the same name
        self,
        pipeline: Pipeline | str | Path,
        *,
        inputs: Mapping[str, Given] = EMPTY,
        params: Mapping[str, Any] = EMPTY,
        client_id: str | None = None,
        batch_id: str | None = None,
        mode: str | None = None,
        chunk_rows: int | None = None,
        input_dir: str | Path | None = None,
        output_dir: str | Path | None = None,
        **options: Any,
    ) -> PipelineRun:
        """Run it, and return what it made.

        Args:
            pipeline: a pipeline, its file, the folder of its file, or its name below `pipelines/`.
            inputs: input name to a DataFrame, the text or bytes of a file, a `Path`, rows (a list of mappings), or an
                `s3://` uri. Others are looked for at their uris below `input_dir`.
            params: `step.name` to the literal that replaces the pipeline's.
            mode: `batch` or `stream`, in place of the pipeline's.
            chunk_rows: rows per chunk in stream mode.
            output_dir: default a new folder of the test.
            options: whatever else `trakt.LocalRunner.run` takes.

        Raises:
            TraktError: the run failed, and `error.manifest_path` names its record; or the pipeline is wrong.
        """
        from trakt.runtime.local_runner import LocalRunner

        folder = self._folder / f"run{next(self._numbers)}"
        loaded = loaded_pipeline(pipeline, self._root, client_id)
        out = output_dir if output_dir is not None else folder / "out"
        result = LocalRunner(input_dir=input_dir or folder / "in", output_dir=out).run(
            loaded,
            input_overrides=written(loaded, inputs, folder / "in"),
            params=params,
            client_id=client_id,
            batch_id=batch_id,
            execution_mode=mode,
            stream_chunk_size=chunk_rows,
            **options,
        )
        return PipelineRun(loaded, result, Path(out))


def loaded_pipeline(given: Pipeline | str | Path, root: Path, client_id: str | None) -> Pipeline:
    """The pipeline that is meant, with the overlay of the client where its file has one."""
    if isinstance(given, Pipeline):
        return given
    from trakt.engine.load import load_pipeline_from_yaml

    return load_pipeline_from_yaml(pipeline_file(given, root), client_id=client_id)


def pipeline_file(given: str | Path, root: Path) -> Path:
    """The file that is meant by a path or a name.

    Raises:
        PipelineError: there is none.
    """
    from trakt.runtime.packaged import PIPELINES

    for start in dict.fromkeys((Path.cwd(), root)):
        for path in (start / given, start / given / "pipeline.yaml", start / PIPELINES / given / "pipeline.yaml"):
            if path.is_file():
                return path
    known = sorted(found.parent.name for found in (root / PIPELINES).glob("*/pipeline.yaml"))
    hint = did_you_mean(str(given), known) or "name its file, its folder, or its folder below pipelines/"
    raise PipelineError(f"there is no pipeline '{given}' in {Path.cwd()} or {root}", hint=hint)
