"""The files that `trakt init` writes, as they lie in three folders beside this file.

    pipeline/  what is the pipeline's own, for pipelines/NAME
    project/   what a project has around its pipelines
    aws/       what deploys them to Lambda; its template.yaml says the same as Trakt's own, as far as it goes

`@@name` and the like in them are filled in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import trakt
from trakt.runtime.packaged import PIPELINES

_HOME = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The text of each file, by its path in the project.

    Attributes:
        own: what is this pipeline's alone.
        shared: what the pipelines of a project have in common; it may be there already.
    """

    own: Mapping[Path, str]
    shared: Mapping[Path, str]


class _Text(Template):
    """`$` stands in the syntax of CloudFormation and of make."""

    delimiter = "@@"


def scaffold(name: str, *, pipeline: bool = True, aws: bool = False) -> Scaffold:
    """The files of a pipeline and of a project around it; with `aws`, those that deploy it too.

    Args:
        pipeline: False where the pipeline is there already.
    """
    filled = dict(_filled(name))
    mine: dict[Path, str] = {}
    if pipeline:
        mine |= {Path(PIPELINES, name, path): filled[f"pipeline/{path}"] for path in _PIPELINE}
        mine[Path("tests", f"{_module(name)}.py")] = filled["project/tests/test.py"]
        mine[Path("events", f"{name}.json")] = filled["project/events/request.json"]
    shared = {
        Path(".gitignore"): filled["project/gitignore"],
        Path("requirements.txt"): filled["project/requirements.txt"],
    }
    if pipeline:
        # only who makes one waits for it
        from trakt.engine.file_schemas import pipeline_schema

        # what the first line of the pipeline file points at
        shared[Path("pipeline.schema.json")] = json.dumps(pipeline_schema(), indent=2) + "\n"
    if aws:
        mine[Path("events", f"{name}_arrival.json")] = filled["aws/events/arrival.json"]
        shared |= {Path(path): filled[f"aws/{path}"] for path in _AWS}
    return Scaffold(mine, shared)


_PIPELINE = ("pipeline.yaml", "steps/normalize.py", "input/records.csv", "README.md")
_AWS = (
    "template.yaml",
    "samconfig.toml",
    "handlers/lambda_handler.py",
    "handlers/requirements.txt",
    "handlers/Makefile",
    "DEPLOY.md",
)


def _module(name: str) -> str:
    return f"test_{name.replace('-', '_')}"


def _filled(name: str) -> Iterator[tuple[str, str]]:
    stack = name.replace("_", "-")
    values = {
        "name": name,
        "module": _module(name),
        "stack": stack,
        # what a bucket may be called
        "bucket": f"{stack.lower()}-incoming",
        "version": trakt.__version__,
    }
    for folder in ("pipeline", "project", "aws"):
        for path in (_HOME / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                text = path.read_text(encoding="utf-8")
                yield path.relative_to(_HOME).as_posix(), _Text(text).substitute(values)
