"""What a run has made, as values that a test can compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trakt.engine.committed import listed
from trakt.pipeline.model import Output, Pipeline
from trakt.storage import storage_for

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MadeOutput:
    """One output of a run that succeeded. `entry` is what the manifest says of it."""

    wanted: Output
    entry: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where it lies: a path, or an s3:// uri."""
        return str(self.entry["path"])

    @property
    def paths(self) -> list[str]:
        """Each file that it consists of: one, or those of its partitions, in the order of their names."""
        return [str(file["path"]) for file in listed(self.entry)]

    @cached_property
    def bytes(self) -> bytes:
        """The whole file.

        Raises:
            ValueError: it has several, because it is partitioned.
        """
        if self.wanted.partition_by:
            told = f"output '{self.wanted.name}' is partitioned: it has `paths`, `rows` and `frame`, and no single file"
            raise ValueError(told)
        return _content(self.path)

    @property
    def text(self) -> str:
        """The whole file, decoded as it was written; line ends are those of the file."""
        return self.bytes.decode(str(_written_as(self.wanted)["encoding"] or "utf-8"))

    @property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.text.splitlines()

    @property
    def rows(self) -> list[dict[str, str]]:
        """Each row as the texts of its columns; what is missing is a blank text."""
        from trakt.schema.render import render_text

        frame = self._table(dict.fromkeys(self.entry["schema"], "string"), types="text")
        # some kinds of files have types of their own, whatever is asked
        columns = [render_text(frame[name]).fill_null("").to_pylist() for name in frame]
        return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    @property
    def frame(self) -> pd.DataFrame:
        """The table, with the types that the run gave it."""
        schema = dict(self.entry["schema"])
        inside = {name: kind for name, kind in schema.items() if name not in self.wanted.partition_by}
        return self._table(schema, dtype=inside)

    def _table(self, schema: Mapping[str, str], **options: Any) -> pd.DataFrame:
        if not self.wanted.partition_by:
            return self._read(self.path, **options)
        from trakt.testing.partitions import values_of, whole

        files = [(self._read(path, **options), values_of(path, self.path)) for path in self.paths]
        return whole(files, schema)

    def _read(self, path: str, **options: Any) -> pd.DataFrame:
        import io

        from trakt.formats import SourceFile, format_for
        from trakt.pipeline.model import Input

        content = _content(path)
        wanted = Input(self.wanted.name, path, self.wanted.kind, metadata={**_written_as(self.wanted), **options})
        source = SourceFile(path, len(content), lambda: io.BytesIO(content))
        (frame,) = format_for(wanted.kind).open_input(wanted, [source]).chunks(None)
        return frame


@dataclass(frozen=True)
class PipelineRun:
    """A run that succeeded.

    Attributes:
        result: what the runner returned: `run_id status steps outputs manifest_path` and more.
        folder: where relative outputs and the manifest lie.
    """

    pipeline: Pipeline
    result: Mapping[str, Any]
    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The whole manifest."""
        manifest: dict[str, Any] = json.loads(_content(str(self.result["manifest_path"])))
        return manifest

    @cached_property
    def outputs(self) -> dict[str, MadeOutput]:
        """What was made, by the names of the outputs."""
        entries = self.manifest["outputs"]
        return {each.name: MadeOutput(each, entries[each.name]) for each in self.pipeline.outputs}

    @property
    def rejected(self) -> list[dict[str, Any]]:
        """Each row that was set aside, with its `reason`, `file`, `line` and more."""
        path = self.manifest["rejected"]["path"]
        return [json.loads(line) for line in _content(path).splitlines()] if path else []

    @property
    def warnings(self) -> list[str]:
        """What the run has warned of, in words."""
        told = [each for each in self.events if each["name"].startswith("warning.")]
        return [str(each["attributes"].get("message") or each["attributes"]) for each in told]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Everything the run has noted: `name`, `at`, `step_id` and `attributes` of each."""
        events: list[dict[str, Any]] = self.manifest["events"]
        return events


def _written_as(wanted: Output) -> dict[str, Any]:
    """What a reader must be told to read the output as it was written."""
    if wanted.kind == "fixed_width":
        from trakt.formats.fixed_width.output_options import write_options as places_of

        given = places_of(wanted)
        places = [{"name": each.name, "start": each.start + 1, "end": each.end} for each in given.columns]
        return {"columns": places, "encoding": given.encoding}
    if wanted.kind != "csv":
        return {"encoding": None}
    from trakt.formats.csv.output_options import write_options

    options = write_options(wanted)
    names = ("delimiter", "encoding", "header", "quotechar", "escapechar", "decimal")
    missing = {"na_values": [options.na_rep]} if options.na_rep else {}
    return {**{name: getattr(options, name) for name in names}, **missing}


def _content(uri: str) -> bytes:
    storage = storage_for(uri)
    (file,) = storage.find(uri, ()).files
    with storage.open_read(file) as stream:
        return stream.read()
