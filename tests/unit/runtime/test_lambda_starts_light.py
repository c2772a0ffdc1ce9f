"""What a cold start of the function does not wait for."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from trakt.runtime.process import starting

ROOT = Path(__file__).parents[3]
NEEDED_BY_RUNS_ALONE = ["pandas", "pyarrow", "boto3", "yaml", "argparse", "zipfile", "trakt.pipeline.model"]


def test_the_handler_imports_nothing_that_a_refused_event_never_needs():
    code = (
        f"import handlers.lambda_handler, sys; print([name for name in {NEEDED_BY_RUNS_ALONE} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_collector_rests_inside_and_works_again_after_a_failure():
    seen = []

    def fails():
        with starting():
            seen.append(gc.isenabled())
            raise ImportError

    with pytest.raises(ImportError):
        fails()
    assert (seen, gc.isenabled()) == ([False], True)
    gc.unfreeze()
