"""Run a ready-made step the way the engine does, in either mode."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trakt.pipeline.context import Context

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
CHUNK_SIZES = (1, 2, 7, 10_000)


@dataclass
class Outcome:
    chunks: list[pd.DataFrame]
    metrics: dict[str, int]
    events: list[tuple[str, dict[str, Any]]]

    @property
    def frame(self) -> pd.DataFrame:
        filled = [chunk for chunk in self.chunks if len(chunk)] or self.chunks[:1]
        return pd.concat(filled)


@dataclass
class Runner:
    """`chunk_rows` None is batch mode."""

    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def context(self, mode: str = "batch") -> Context:
        def hear(name: str, attributes: Mapping[str, Any]) -> None:
            self.heard.append((name, dict(attributes)))

        return Context("run-1", "pipeline", mode=mode, on_event=hear)

    def __call__(self, run: Callable[..., Any], chunk_rows: int | None = None, **bindings: Any) -> Outcome:
        self.heard = []
        before = {name: value.copy() for name, value in bindings.items() if isinstance(value, pd.DataFrame)}
        given = {name: _stream(bindings[name], chunk_rows) if chunk_rows else bindings[name] for name in before}
        result = run(self.context("stream" if chunk_rows else "batch"), **{**bindings, **given})
        chunks = list(result["output"]) if chunk_rows else [result["output"]]
        for name, frame in before.items():
            pd.testing.assert_frame_equal(bindings[name], frame)
        return Outcome(chunks, dict(result.get("__metrics__", {})), self.heard)

    def in_every_way(self, run: Callable[..., Any], **bindings: Any) -> Outcome:
        """Batch, after every chunk size has given the same frame, metrics and events."""
        batch = self(run, **bindings)
        for chunk_rows in CHUNK_SIZES:
            stream = self(run, chunk_rows, **bindings)
            pd.testing.assert_frame_equal(stream.frame, batch.frame)
            assert (stream.metrics, stream.events) == (batch.metrics, batch.events)
        return batch


def _stream(frame: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(frame), 1), rows):
        yield frame.iloc[start : start + rows]


@pytest.fixture
def run_step() -> Runner:
    return Runner()


@pytest.fixture(scope="session")
def text() -> pd.StringDtype:
    """The dtype in which text columns arrive."""
    return TEXT
