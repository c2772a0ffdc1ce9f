"""Pipelines that were delivered as Python code is: `pipelines/NAME/` in an installed wheel, or in a zip on the path.

A Glue job has no folder of its own to put a pipeline and its steps in; what it has is `--additional-python-modules`
and `--extra-py-files`.
"""

from __future__ import annotations

import sys
from pathlib import Path

PIPELINES = "pipelines"
"""Where `--pipeline NAME` looks, below the current folder or the Python path."""


def packaged_pipeline(name: str) -> Path | None:
    """The first `pipelines/NAME/pipeline.yaml` on the Python path, or None.

    That of a zip is unpacked, with its steps, to a temporary folder that goes when the process ends: step code is
    isolated by its folder, so it needs one.
    """
    for entry in sys.path:
        file = Path(entry, PIPELINES, name, "pipeline.yaml")
        if file.is_file():
            return file
        if Path(entry).is_file() and (unpacked := _unpacked(entry, name)):
            return unpacked
    return None


def packaged_names() -> list[str]:
    """The names that `packaged_pipeline` knows in folders of the Python path."""
    files = (file for entry in sys.path for file in Path(entry, PIPELINES).glob("*/pipeline.yaml"))
    return sorted({file.parent.name for file in files})


def _unpacked(archive: str, name: str) -> Path | None:
    # a function's package is a folder: it need not wait for these
    import atexit
    import shutil
    import tempfile
    import zipfile

    if not zipfile.is_zipfile(archive):
        return None
    folder = f"{PIPELINES}/{name}/"
    with zipfile.ZipFile(archive) as packed:
        if f"{folder}pipeline.yaml" not in packed.namelist():
            return None
        home = tempfile.mkdtemp(prefix="trakt-pipeline-")
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        packed.extractall(home, [each for each in packed.namelist() if each.startswith(folder)])
    return Path(home, PIPELINES, name, "pipeline.yaml")
