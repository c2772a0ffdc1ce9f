"""What is compared, and the runs that it takes: values that a child process can be told as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from trakt.engine.places import filled, id_fault, new_run_id, placeholder_fault
from trakt.errors import PipelineError
from trakt.pipeline.choices import MODES
from trakt.pipeline.model import EMPTY
from trakt.storage import scheme_of

CHUNK_ROWS: tuple[int | None, ...] = (1, 7, 1000, None)
"""Rows per chunk of the streams that are run when nobody says otherwise; None is what a run would take by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One input for one pipeline. Whatever could reach an output is the same in every run, the run's id too.

    Attributes:
        file: the pipeline file, in full.
        name: of the pipeline.
        input_dir: in full: a folder, or an s3:// prefix. Its placeholders are filled in.
        inputs: input name to the uri that replaces the pipeline's.
        params: `step.name` to the literal that replaces the pipeline's; JSON values.
        lenient: let keys and params pass that nothing knows.
    """

    file: str
    name: str
    input_dir: str
    inputs: Mapping[str, str]
    params: Mapping[str, Any]
    client_id: str
    batch_id: str
    run_id: str
    pipeline_version: str | None
    lenient: bool


def asked_of(  # noqa: PLR0913 - each is an option of the command line by the same name
    path: Path,
    *,
    input_dir: str = ".",
    inputs: Mapping[str, str] = EMPTY,
    params: Mapping[str, Any] = EMPTY,
    ids: Mapping[str, str | None] = EMPTY,
    pipeline_version: str | None = None,
    lenient: bool = False,
) -> Asked:
    """What to ask of the pipeline file at `path`. Client and batch are `parity` where `ids` name none.

    Raises:
        PipelineError: the file is wrong, an id is none, or a placeholder of `input_dir` stands for nothing.
    """
    from trakt.engine.load import load_pipeline_from_yaml

    given = {"client_id": "parity", "batch_id": "parity", "run_id": new_run_id()}
    given |= {name: word for name, word in ids.items() if word is not None}
    faults = [id_fault("--" + name.replace("_", "-"), word) for name, word in given.items()]
    faults.append(placeholder_fault("--input-dir", input_dir, given))
    if found := [fault for fault in faults if fault]:
        raise PipelineError.of(found)
    place = filled(input_dir, given)
    return Asked(
        file=os.path.abspath(path),
        name=load_pipeline_from_yaml(path, strict_unknown_keys=not lenient, client_id=given["client_id"]).name,
        input_dir=place
        if scheme_of(place) != "file"
        else os.path.abspath(os.path.expanduser(place.removeprefix("file://"))),
        inputs=inputs,
        params=params,
        **given,
        pipeline_version=pipeline_version,
        lenient=lenient,
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run it. `chunk_rows` is None in batch mode, and where the run takes its own."""

    runtime: str
    mode: str
    chunk_rows: int | None = None

    def __str__(self) -> str:
        return " ".join([self.runtime, self.mode, *([f"{self.chunk_rows:,}"] if self.chunk_rows else [])])


@dataclass(frozen=True, slots=True)
class Job:
    """One run: what, how, and the folder that is its own."""

    asked: Asked
    variant: Variant
    folder: Path

    @property
    def result_file(self) -> Path:
        """Where the child says how it ended."""
        return self.folder / "result.json"

    @property
    def work(self) -> Path:
        """The current folder of the child: what the runtime's own would be."""
        return self.folder / "work"

    @property
    def tmp(self) -> Path:
        """The child's temporary folder."""
        return self.folder / "tmp"

    def write(self) -> Path:
        """The job as a file, for the child to read."""
        path = self.folder / "job.json"
        parts = {"asked": _as_dict(self.asked), "variant": _as_dict(self.variant), "folder": str(self.folder)}
        path.write_text(json.dumps(parts, default=str), encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> Job:
        """The job that `write` has written."""
        parts = json.loads(path.read_text(encoding="utf-8"))
        return cls(Asked(**parts["asked"]), Variant(**parts["variant"]), Path(parts["folder"]))


def variants(
    runtimes: Sequence[str], modes: Sequence[str] = MODES, chunk_rows: Sequence[int | None] = CHUNK_ROWS
) -> tuple[Variant, ...]:
    """Every way to run it: one batch per runtime, and a stream for each chunk size."""
    ways = [(mode, rows) for mode in modes for rows in (chunk_rows if mode == "stream" else (None,))]
    return tuple(Variant(runtime, *way) for runtime in runtimes for way in ways)


def _as_dict(value: Asked | Variant) -> dict[str, Any]:
    # not asdict, which would copy mappings that cannot be copied
    pairs = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: dict(word) if isinstance(word, Mapping) else word for name, word in pairs.items()}
