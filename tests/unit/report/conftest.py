"""Manifests as runs write them, to be bent by tests."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.conftest import Project


@pytest.fixture
def manifest(project: Project) -> dict[str, Any]:
    """One of a run that succeeded, with rejected rows and missing values."""
    project.write("orders.csv", "id,zip\n1,02116\n2,\n3,a,b\n")
    project.pipeline(
        inputs={"orders": {"uri": "orders.csv", "on_bad_rows": "quarantine"}},
        steps=[
            {
                "id": "known",
                "uses": "trakt.steps.filter",
                "with": {"input": "orders", "where": {"const": "zip == zip"}, "output": "known"},
            }
        ],
        outputs={"known": "known"},
    )
    done = project.run(client_id="acme", batch_id="b1")
    assert done.error is None
    return json.loads(json.dumps(done.manifest))


@pytest.fixture
def another(manifest: dict[str, Any]):
    """A later run of the same, with changes."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        one = copy.deepcopy(manifest)
        one |= {
            "run_id": f"run-{number}",
            "batch_id": f"b{number}",
            "started_at": f"2026-02-{number:02}T09:00:00+00:00",
        }
        return {**one, **changes}

    return make
