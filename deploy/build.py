"""Everything that is deployed, in the order it is made."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy import sizes
from deploy.archive import write_sums, write_zip
from deploy.function import build_function
from deploy.glue import build_glue
from deploy.layer import build_layer
from deploy.trial import try_out
from trakt.runtime.console import log


def build(pipelines: Path, into: Path) -> Path:
    """Make all artifacts below `into`, print their sizes, and return the folder of what is uploaded.

    Raises:
        DeployError: something cannot be built, does not work, or is over a limit.
    """
    shutil.rmtree(into, ignore_errors=True)
    function, layer, artifacts = into / "function", into / "layer", into / "artifacts"
    log.info("building the function package from %s", pipelines)
    build_function(pipelines, function)
    log.info("building the slim layer, and trying it out")
    build_layer(layer)
    log.info("trying the function out, and its pipelines")
    try_out(function, layer)
    log.info("building what a Glue job needs")
    build_glue(pipelines, artifacts / "glue")
    write_zip(function, artifacts / "function.zip")
    write_zip(layer, artifacts / "layer.zip")
    write_sums(artifacts)
    measured = (
        sizes.Size.of("function", function, artifacts / "function.zip"),
        sizes.Size.of("slim layer", layer, artifacts / "layer.zip"),
    )
    print(sizes.table(*measured), flush=True)
    sizes.check(*measured)
    return artifacts
