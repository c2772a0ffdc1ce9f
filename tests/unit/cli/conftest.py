from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

import trakt.engine.run
from trakt.cli import main
from trakt.pipeline.model import Input, Output, Pipeline, Step


@dataclass
class Said:
    """What a command line answered."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


@dataclass
class FakeEngine:
    """Stands for the loader, the planner and the runner; `on_run` is what a run does."""

    loaded: list[tuple[str, bool]] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    on_run: Any = lambda: None
    done: Any = None

    def load(self, path, registry=None, *, strict_unknown_keys=True, client_id=None):
        self.loaded.append((str(path), strict_unknown_keys))
        return Pipeline(
            "orders", (Input("records", "records.csv"),), (Step("trim", "steps.trim"),), (Output("o", "t"),)
        )

    def runner(self, **places):
        self.made.append(places)
        return self

    def run(self, pipeline, *, watch, **request):
        self.runs.append({"pipeline": pipeline, **request})
        self.on_run()
        return {
            "run_id": request["run_id"] or "r1",
            "status": "success",
            "pipeline": pipeline.name,
            "steps": [],
            "outputs": [],
            "manifest_path": "outputs/manifest.json",
        }

    def plan(self, request):
        self.requests.append(request)
        return self

    def admitted(self, planned, *, is_asked):
        assert planned is self
        assert is_asked
        return self

    def as_dict(self):
        return {"pipeline": "orders", "mode": "batch"}

    def describe(self):
        return "reads records.csv"


@pytest.fixture
def engine(monkeypatch):
    fake = FakeEngine()
    for name, members in {
        "trakt.engine.admission": {"admitted": fake.admitted},
        "trakt.engine.done": {
            "done_already": lambda planned: fake.done,
            "told_of": lambda done: f"by {done['run_id']}",
        },
        "trakt.engine.load": {"load_pipeline_from_yaml": fake.load},
        "trakt.engine.plan": {"plan": fake.plan},
        "trakt.runtime.local_runner": {"LocalRunner": fake.runner},
    }.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return fake


@pytest.fixture
def trakt(capsys):
    """`trakt("run", "--pipeline", "orders")` answers with code, stdout and stderr."""

    def call(*argv: str) -> Said:
        code = main(argv)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def orders(tmp_path, monkeypatch):
    """A current folder in which `--pipeline orders` names a file."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pipelines" / "orders" / "pipeline.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("name: orders\n", encoding="utf-8")
    return file
