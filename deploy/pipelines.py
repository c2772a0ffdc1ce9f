"""Which pipelines are packaged: every `NAME/pipeline.yaml` of a folder, with its `steps/` and `clients/`."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy import DeployError
from trakt.runtime.console import log

_UNWANTED = shutil.ignore_patterns("__pycache__", ".*")
_FOLDERS = ("steps", "clients")


def copy_pipelines(source: Path, into: Path) -> list[str]:
    """Copy them to `into/pipelines/NAME/` and return their names; what is left out is named in a line.

    Raises:
        DeployError: there is none.
    """
    found = sorted(file.parent for file in source.glob("*/pipeline.yaml"))
    if not found:
        raise DeployError(
            "holds no pipeline" if source.is_dir() else "there is no such folder",
            where=str(source),
            hint="give the folder that holds NAME/pipeline.yaml: --pipelines FOLDER (`sam build`: PIPELINES=FOLDER)",
        )
    for folder in found:
        target = into / "pipelines" / folder.name
        target.mkdir(parents=True)
        shutil.copy(folder / "pipeline.yaml", target)
        for name in _FOLDERS:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, target / name, ignore=_UNWANTED)
        if others := sorted(each.name for each in folder.iterdir() if each.name not in ("pipeline.yaml", *_FOLDERS)):
            log.info("pipeline %s: not packaged: %s", folder.name, ", ".join(others))
    return [folder.name for folder in found]
