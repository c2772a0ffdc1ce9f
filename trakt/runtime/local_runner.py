"""Pipelines run on this machine, from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trakt.engine.places import new_run_id
from trakt.engine.request import RunRequest
from trakt.pipeline.model import EMPTY, Pipeline
from trakt.pipeline.uses import StepRegistry

if TYPE_CHECKING:
    from trakt.engine.progress import Watcher

PathLike = str | os.PathLike[str]


class LocalRunner:
    """Runs pipelines on this machine. Every place is a path, or an `s3://` uri given as text.

    Args:
        input_dir: where relative uris of inputs start.
        output_dir: where relative uris of outputs start, and the manifest goes.
        input_overrides: input name to the uri that replaces the pipeline's.
        registry: step aliases that `uses:` may name.
        stream_chunk_size: rows per chunk in stream mode.
    """

    def __init__(
        self,
        *,
        input_dir: PathLike = ".",
        output_dir: PathLike = "outputs",
        input_overrides: Mapping[str, PathLike] = EMPTY,
        registry: StepRegistry | None = None,
        stream_chunk_size: int | None = None,
    ) -> None:
        self.input_dir = os.fspath(input_dir)
        self.output_dir = os.fspath(output_dir)
        self.input_overrides = dict(input_overrides)
        self.registry = registry
        self.stream_chunk_size = stream_chunk_size

    def run(  # noqa: PLR0913 - each is an option of the command line by the same name
        self,
        pipeline: Pipeline,
        *,
        run_id: str | None = None,
        pipeline_version: str | None = None,
        client_id: str | None = None,
        batch_id: str | None = None,
        input_dir: PathLike | None = None,
        output_dir: PathLike | None = None,
        input_overrides: Mapping[str, PathLike] = EMPTY,
        params: Mapping[str, Any] = EMPTY,
        manifest_path: PathLike | None = None,
        baseline: PathLike | None = None,
        stream_chunk_size: int | None = None,
        execution_mode: str | None = None,
        engine: str | None = None,
        strict: bool = True,
        force: bool = False,
        context_metadata: Mapping[str, Any] = EMPTY,
        otel_enabled: bool = False,
        otel_service_name: str = "trakt",
        watch: Watcher | None = None,
    ) -> dict[str, Any]:
        """Run a pipeline, and publish its outputs only if all of it succeeds.

        Args:
            run_id: default a new one that sorts by time.
            pipeline_version, client_id, batch_id, context_metadata: reach the steps' context; all but
                the last the manifest too.
            input_dir, output_dir, input_overrides, stream_chunk_size: for this run, in place of the runner's.
            params: `step.name` to the literal that replaces the pipeline's.
            manifest_path: default `<output_dir>/manifest.json`.
            baseline: the manifest of the run to compare the inputs with; default the last one that was committed.
            execution_mode: `batch` or `stream`, in place of the pipeline's.
            engine: `local` or `spark`, in place of the pipeline's.
            strict: False lets unknown keys and params pass.
            force: run, even if a committed run has done the same and its outputs are in place.
            watch: is given a `trakt.engine.progress.Progress` once, when the run begins: how far it is, to look at from
                any thread.
            otel_enabled: send spans through OpenTelemetry, as `otel_service_name` when Trakt makes the provider.

        Returns:
            `run_id status pipeline client_id batch_id duration_ms steps outputs manifest_path`. The status `skipped`
            says that a committed run has done the same already, and all else is that run's.

        Raises:
            TraktError: with what is wrong, where, and what to do; `error.manifest_path` is the failed run's record.
        """
        from trakt.engine.run import run

        request = RunRequest(
            pipeline=pipeline,
            input_dir=os.fspath(input_dir or self.input_dir),
            output_dir=os.fspath(output_dir or self.output_dir),
            inputs={name: os.fspath(uri) for name, uri in {**self.input_overrides, **input_overrides}.items()},
            params=params,
            manifest_path=os.fspath(manifest_path) if manifest_path else None,
            baseline=os.fspath(baseline) if baseline else None,
            chunk_rows=stream_chunk_size if stream_chunk_size is not None else self.stream_chunk_size,
            mode=execution_mode,  # type: ignore[arg-type]  # the plan refuses any other word
            engine=engine,  # type: ignore[arg-type]  # so it does here
            run_id=run_id or new_run_id(),
            pipeline_version=pipeline_version,
            client_id=client_id,
            batch_id=batch_id,
            registry=self.registry,
            metadata=context_metadata,
            strict=strict,
            force=force,
        )
        return run(request, _telemetry(otel_service_name) if otel_enabled else None, watch)


def _telemetry(service_name: str) -> Any:
    from trakt.telemetry.otel import open_telemetry

    return open_telemetry(service_name)
