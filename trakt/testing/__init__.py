"""For tests of pipelines with pytest: the plugin's fixtures, and what they hand out.

testing/
  plugin        the fixtures; pytest loads it where Trakt is installed
  run_pipeline  a pipeline on given inputs (given: inputs as files), and what it made (made: outputs as values)
  parity        assert_same_output
  s3_server     Amazon S3 on loopback, by moto
  events        what a Lambda function is sent
  arguments     what a Glue job is given

Needs the extra `testing`. Each name is loaded when it is first asked for: pytest loads the plugin for everybody.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trakt.runtime.local_context import LocalContext
    from trakt.testing.made import MadeOutput, PipelineRun
    from trakt.testing.parity import assert_same_output
    from trakt.testing.run_pipeline import RunPipeline
    from trakt.testing.s3_server import S3Bucket, S3Server

__all__ = [
    "LocalContext",
    "MadeOutput",
    "PipelineRun",
    "RunPipeline",
    "S3Bucket",
    "S3Server",
    "assert_same_output",
]

_HOME_OF = {
    "LocalContext": "trakt.runtime.local_context",
    "MadeOutput": "trakt.testing.made",
    "PipelineRun": "trakt.testing.made",
    "RunPipeline": "trakt.testing.run_pipeline",
    "S3Bucket": "trakt.testing.s3_server",
    "S3Server": "trakt.testing.s3_server",
    "assert_same_output": "trakt.testing.parity",
}


def __getattr__(name: str) -> Any:
    """Load the module a name lives in, the first time somebody asks for the name (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'trakt.testing' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
