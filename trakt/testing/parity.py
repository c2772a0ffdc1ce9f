"""`assert_same_output`: the promise of every runtime, as one line of a test."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trakt.errors import PipelineError
from trakt.pipeline.model import EMPTY, Pipeline

if TYPE_CHECKING:
    from trakt.parity.run import Ran
    from trakt.testing.given import Given

RUNTIMES = ("local", "lambda", "glue")
CHUNK_ROWS: tuple[int | None, ...] = (1, 7, None)


def assert_same_output(  # noqa: PLR0913 - each is an option of the command line by the same name
    pipeline: Pipeline | str | Path,
    *,
    inputs: Mapping[str, Given] = EMPTY,
    input_dir: str | Path = ".",
    params: Mapping[str, Any] = EMPTY,
    client_id: str | None = None,
    batch_id: str | None = None,
    runtimes: Sequence[str] = RUNTIMES,
    modes: Sequence[str] = ("batch", "stream"),
    chunk_rows: Sequence[int | None] = CHUNK_ROWS,
) -> dict[str, Any]:
    """Run a pipeline as `trakt parity` does, and fail the test where one run makes something else than the others.

    Each run is a process of its own, so this takes about a second for each of them.

    Args:
        pipeline: its file, the folder of its file, its name below `pipelines/`, or a pipeline read from a file.
        inputs, input_dir, params, client_id, batch_id: as for `run_pipeline`.
        chunk_rows: of the streams; None is the pipeline's own.

    Returns:
        The result of `trakt parity`.

    Raises:
        AssertionError: with the first row that differs, why a run failed, or why a runtime has not run at all.
        TraktError: the pipeline, or what is asked of it, is wrong.
    """
    from trakt.parity.asked import asked_of, variants
    from trakt.parity.check import check_parity
    from trakt.parity.told import as_dict, summary, table, verdict
    from trakt.testing.given import written
    from trakt.testing.run_pipeline import loaded_pipeline, pipeline_file

    # what a failing test shows ends here
    __tracebackhide__ = True
    file = _file_of(pipeline) if isinstance(pipeline, Pipeline) else pipeline_file(pipeline, Path.cwd())
    with tempfile.TemporaryDirectory(prefix="trakt-inputs-") as folder:
        asked = asked_of(
            file,
            input_dir=str(input_dir),
            inputs=written(loaded_pipeline(file, Path.cwd(), client_id), inputs, Path(folder)),
            params=params,
            ids={"client_id": client_id, "batch_id": batch_id},
        )
        found = check_parity(asked, variants(runtimes, modes, chunk_rows), _say_nothing, every_chunk=True)
    made = {each.variant.runtime for each in found.runs if each.checksums}
    never = [name for name in runtimes if name not in made]
    if found.status != "equal" or never:
        missing = [f"{name} has not run at all" for name in never]
        raise AssertionError("\n".join([summary(found), *verdict(found), *missing, table(found)]))
    return as_dict(found)


def _say_nothing(_: Ran) -> None:
    """A test that passes is silent."""


def _file_of(pipeline: Pipeline) -> Path:
    if pipeline.origin.path is None:
        what = f"the pipeline '{pipeline.name}' was not read from a file, which other processes could read"
        raise PipelineError(what, hint="write it as a pipeline file")
    return pipeline.origin.path
