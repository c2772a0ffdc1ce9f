"""Runs inside the trial, by path: `python -I -S -B trial_script.py FUNCTION PACKAGES RUNTIME`."""

import contextlib
import importlib
import io
import json
import pathlib
import sys
import tempfile
import types
from typing import Any

FUNCTION, PACKAGES, _ = PLACES = sys.argv[1:]

IMPORTED = (
    "numpy",
    "pandas",
    "pyarrow",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.dataset",
    "pyarrow.json",
    "pyarrow.parquet",
    "aws_lambda_powertools",
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.tracing",
    "aws_lambda_powertools.utilities.batch",
    "aws_xray_sdk.core",
    "yaml",
    "boto3",
    "trakt.cli",
    "trakt.storage.s3.client",
)
HANDLERS = [f"handlers.{path.stem}" for path in sorted(pathlib.Path(FUNCTION, "handlers").glob("*.py"))]

PIPELINE = """\
name: trial
inputs:
  orders: "*.csv"
steps:
  - id: large
    uses: trakt.steps.filter
    with: {input: orders, where: {const: "gross > 60"}, output: large}
outputs:
  large: large
execution: {mode: MODE}
"""
ORDERS = "zip,gross,day,word\n02116,100,2026-02-05,Gr\u00fc\u00dfe\n00501,12.5,2026-02-06,NA\n99999,80.25,,\n"
LARGE = "zip,gross,day,word\n02116,100,2026-02-05,Gr\u00fc\u00dfe\n99999,80.25,,\n"


def main() -> None:
    """Everything, in order; whatever goes wrong ends the process with a word on it."""
    try:
        try_everything()
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")


def try_everything() -> None:
    """Import, read, write, run, and check every pipeline of the package."""
    sys.path[:0] = PLACES
    for name in (*IMPORTED, *HANDLERS):
        assert_is_ours(importlib.import_module(name))
    with tempfile.TemporaryDirectory() as folder:
        write_and_read_parquet(pathlib.Path(folder))
        for mode in ("batch", "stream"):
            run_pipeline(pathlib.Path(folder, mode), mode)
    for file in sorted(pathlib.Path(FUNCTION, "pipelines").glob("*/pipeline.yaml")):
        trakt("validate", "--quiet", "--pipeline-file", str(file))


def assert_is_ours(module: types.ModuleType) -> None:
    """It was built here, and its bytecode is never checked against its source (PEP 552)."""
    file = str(module.__file__)
    if not any(file.startswith(f"{place}/") for place in PLACES):
        raise ImportError(f"{module.__name__} comes from {file}, which Lambda does not have")
    if file.startswith((FUNCTION, PACKAGES)) and file.endswith(".py"):
        bytecode = pathlib.Path(str(module.__cached__))
        if not bytecode.is_file() or bytecode.read_bytes()[4:8] != b"\x01\0\0\0":
            raise ImportError(f"{module.__name__} has no bytecode that is used unchecked")


def write_and_read_parquet(folder: pathlib.Path) -> None:
    """A table with a category and a moment with a time zone, through a file and back."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    frame = pd.DataFrame({"word": pd.Categorical(["a", "b"]), "at": pd.to_datetime(["2026-02-05T10:00+01:00"] * 2)})
    parquet.write_table(pa.Table.from_pandas(frame), folder / "table.parquet")
    if not parquet.read_table(folder / "table.parquet").to_pandas().equals(frame):
        raise ValueError("a table is not the same after Parquet")


def run_pipeline(folder: pathlib.Path, mode: str) -> None:
    """A small CSV pipeline, and what it must write."""
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(PIPELINE.replace("MODE", mode), encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    places = ("--input-dir", str(folder), "--output-dir", str(folder / "out"))
    result = trakt("run", "--quiet", "--pipeline-file", str(folder / "pipeline.yaml"), *places)
    written = (folder / "out" / "large.csv").read_text("utf-8")
    if written != LARGE or result["status"] != "success":
        raise ValueError(f"in mode {mode} the small pipeline wrote {written!r}, not {LARGE!r}")


def trakt(*arguments: str) -> Any:
    """The result of a command; what it says to people ends the trial if it fails."""
    from trakt.cli import main as command_line

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = command_line(list(arguments))
    if code:
        sys.exit(f"trakt {' '.join(arguments)} ends with {code}")
    return json.loads(printed.getvalue())


if __name__ == "__main__":
    main()
