from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pandas", "pyarrow", "numpy", "boto3", "yaml", "opentelemetry", "awswrangler")


@pytest.mark.parametrize(
    "statement",
    [
        "import trakt",
        "from trakt import RunRequest, Pipeline, Context, TraktError, LogicalType, StepRegistry",
        "from trakt import artifact, ref, step, step_contract, const, workflow",
        "import trakt.telemetry.otel",
        "import trakt.runtime.glue_main",
        "from trakt.storage import storage_for; storage_for('s3://b/k').canonical('s3://b/k')",
        "import trakt.cli; trakt.cli.main(['run', '--help'])",
    ],
)
def test_no_heavy_package_is_loaded_by(statement):
    code = f"{statement}\nimport sys; print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "loaded:"
