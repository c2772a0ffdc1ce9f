"""A pipeline project on disk for every test that wants one, and every manifest held against its JSON Schema."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from trakt import LocalRunner, TraktError, load_pipeline_from_yaml
from trakt.testing import S3Bucket

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
MANIFEST_SCHEMA = ROOT / "trakt" / "engine" / "manifest.schema.json"
PARTS = "*.trakt-part"


@dataclass
class Done:
    """One run in this process: its result (None when it failed), the error, the manifest, and where outputs lie."""

    out: Path
    result: dict[str, Any] | None
    error: BaseException | None
    manifest: dict[str, Any]

    def bytes(self, name: str = "records.csv") -> bytes:
        return (self.out / name).read_bytes()

    def rows(self, name: str = "records.csv", **dialect: Any) -> list[list[str]]:
        text = self.bytes(name).decode("utf-8")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True, **dialect))

    @property
    def told(self) -> str:
        """What a person reads of the error."""
        return str(self.error)

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        return {event["name"]: event["attributes"] for event in self.manifest["events"]}


@dataclass
class Project:
    """A folder with a pipeline file, its steps and its input files, run through the public API."""

    folder: Path
    manifests: list[dict[str, Any]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    @property
    def file(self) -> Path:
        return self.folder / "pipeline.yaml"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def step(self, name: str, body: str) -> None:
        """`steps/<name>.py`; `step_contract`, pandas and os are imported for it."""
        path = self.folder / "steps" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = "import os\nimport pandas as pd\nfrom trakt import step_contract\n\n"
        path.write_text(head + textwrap.dedent(body), encoding="utf-8")

    def pipeline(self, **parts: Any) -> None:
        """The pipeline file from plain values."""
        self.yaml(yaml.safe_dump({"name": "tested", **parts}, sort_keys=False, allow_unicode=True))

    def yaml(self, text: str) -> None:
        self.file.write_text(textwrap.dedent(text), encoding="utf-8")

    def passthrough(self, content: str | bytes, name: str = "records.csv", **entry: Any) -> None:
        """A pipeline that only reads one file and writes `records.csv`; `write` is the output's metadata."""
        write = entry.pop("write", {})
        self.write(name, content)
        self.pipeline(
            inputs={"records": {"uri": name, **entry}},
            outputs={"datasets": [{"name": "records", "from": "records", "metadata": write}]},
        )

    def run(
        self, mode: str | None = None, chunk: int | None = None, out: str | Path | None = None, **more: Any
    ) -> Done:
        """Run it; a failure is an answer as well. Each run has an output folder of its own, unless `out` is given."""
        folder = self.folder / (out or f"out{next(self._count)}")
        output_dir = more.pop("output_dir", folder)
        result, caught = None, None
        try:
            pipeline = load_pipeline_from_yaml(self.file)
            runner = LocalRunner(input_dir=more.pop("input_dir", self.folder / "in"), output_dir=output_dir)
            result = runner.run(pipeline, execution_mode=mode, stream_chunk_size=chunk, **more)
        except (TraktError, KeyboardInterrupt) as error:
            caught = error
        manifest_path = Path(more.get("manifest_path") or folder / "manifest.json")
        manifest: dict[str, Any] = {}
        # a test may have pointed the manifest at a file that is none, and that must stay as it is
        with contextlib.suppress(OSError, ValueError):
            manifest = json.loads(manifest_path.read_bytes())
        if manifest:
            self.manifests.append(manifest)
        return Done(folder, result, caught, manifest)

    def good(self, *arguments: Any, **more: Any) -> Done:
        """Run it, and it must succeed."""
        done = self.run(*arguments, **more)
        if done.error:
            raise done.error
        return done

    def bad(self, kind: type[BaseException], *arguments: Any, **more: Any) -> Done:
        """Run it, and it must fail with this kind of error."""
        done = self.run(*arguments, **more)
        assert isinstance(done.error, kind), f"expected {kind.__name__}, got {done.error!r}"
        return done

    def spawn(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        """`python -m trakt ...` in this folder, running."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        command = [sys.executable, "-m", "trakt", *map(str, arguments)]
        return subprocess.Popen(command, cwd=self.folder, env=environment, text=True, **pipes)

    def cli(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """`python -m trakt ...` to its end."""
        given = more.pop("input", None)
        process = self.spawn(*arguments, stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL, **more)
        out, err = process.communicate(given, timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def run_cli(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """`trakt run` of this project into `out/`."""
        places = ("--pipeline-file", "pipeline.yaml", "--input-dir", "in", "--output-dir", "out")
        return self.cli("run", *places, *arguments, **more)

    def leftovers(self) -> list[str]:
        """Hidden parts anywhere in the project."""
        return sorted(str(path) for path in self.folder.rglob(PARTS))


@pytest.fixture
def new_project(tmp_path: Path) -> Iterator[Callable[[], Project]]:
    """Makes projects, for tests that need several (or a fresh one per hypothesis example)."""
    numbers = itertools.count()
    made: list[Project] = []

    def new() -> Project:
        folder = tmp_path / f"project{next(numbers)}"
        folder.mkdir()
        made.append(Project(folder))
        return made[-1]

    yield new
    for project in made:
        for manifest in project.manifests:
            check_manifest(manifest)


@pytest.fixture
def project(new_project: Callable[[], Project]) -> Project:
    return new_project()


@pytest.fixture
def bucket(fake_s3: S3Bucket) -> S3Bucket:
    return fake_s3


@pytest.fixture(params=["batch", "stream"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _every_manifest_obeys_its_schema(request: pytest.FixtureRequest) -> Iterator[None]:
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    for path in folder.rglob("*.json") if folder else ():
        with contextlib.suppress(ValueError, OSError):
            content = json.loads(path.read_bytes())
            if isinstance(content, dict) and "manifest_version" in content:
                check_manifest(content)


_validators: list[jsonschema.protocols.Validator] = []


def check_manifest(manifest: Any) -> None:
    """Hold one manifest against the JSON Schema that ships in the package, formats included."""
    if not _validators:
        schema = json.loads(MANIFEST_SCHEMA.read_bytes())
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        formats = jsonschema.FormatChecker()
        # jsonschema itself needs a further package for this format
        formats.checks("date-time", raises=ValueError)(_is_moment)
        _validators.append(kind(schema, format_checker=formats))
    faults = [f"{fault.json_path}: {fault.message}" for fault in _validators[0].iter_errors(manifest)]
    assert not faults, "the manifest breaks its schema:\n" + "\n".join(faults)


def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None
