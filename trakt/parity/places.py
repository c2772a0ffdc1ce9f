"""Where a run reads and writes. It reads what it would read anyway; all that it writes stays in a folder of its own."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from trakt.engine.places import elements
from trakt.storage import is_absolute, scheme_of
from trakt.storage.local import join

# no bucket of S3 has such a name ("General purpose bucket naming rules", Amazon S3 User Guide)
INPUT, FILES, OUTPUT = "s3://trakt_input/", "s3://trakt_files/", "s3://trakt_output/"
"""Folders of this machine, for who knows places in S3 only: the input folder, the whole disk, the run's outputs."""


@dataclass(frozen=True, slots=True)
class Places:
    """Of one run: `input_dir` is what `Asked` says, `folder` is the run's own."""

    input_dir: str
    folder: Path

    @property
    def output_dir(self) -> str:
        """Where the outputs of the run go, as the disk names it."""
        return str(self.folder / "out")

    def on_disk(self, uri: str) -> str | None:
        """What a uri below `INPUT`, `FILES` or `OUTPUT` stands for; None for every other one."""
        for prefix, base in ((INPUT, self.input_dir), (FILES, "/"), (OUTPUT, self.output_dir)):
            if uri.startswith(prefix):
                # the pattern of an author stays one, and where it starts becomes none
                return join(base, uri.removeprefix(prefix))
        return None

    def in_s3(self, path: str) -> str:
        """The uri below `INPUT` or `FILES` that stands for a path."""
        base = os.path.normpath(self.input_dir)
        if path.startswith(base.rstrip(os.sep) + os.sep):
            return INPUT + path[len(base.rstrip(os.sep)) + 1 :]
        return FILES + path.removeprefix("/")

    def written(self, uri: str) -> str:
        """Where what is meant for `uri` is written."""
        path = self.on_disk(uri) or uri
        if scheme_of(path) == "file":
            path = os.path.abspath(path.removeprefix("file://"))
            if Path(path).is_relative_to(self.folder):
                return path
        digest = hashlib.sha256(uri.encode()).hexdigest()[:16]
        return str(self.folder / "elsewhere" / digest / (uri.rstrip("/").rpartition("/")[2] or "output"))

    def for_event(self, uri: str) -> str:
        """The uri of an input as an event names it: paths of this machine become uris."""
        if is_absolute(uri) and os.path.isfile(os.path.expanduser(uri)):
            return _as_file(uri)
        return ",".join(_as_file(each) for each in elements(uri)) if "," in uri else _as_file(uri)


def _as_file(uri: str) -> str:
    if scheme_of(uri) != "file" or not is_absolute(uri):
        return uri
    return FILES + os.path.expanduser(uri.removeprefix("file://")).removeprefix("/")
