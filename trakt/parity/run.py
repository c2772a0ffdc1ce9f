"""One run in a process of its own, and what it has made."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trakt
from trakt.engine.committed import listed
from trakt.parity.asked import Job, Variant
from trakt.parity.places import FILES, INPUT, Places
from trakt.parity.runtimes import RUNTIMES

REJECTED = "(rejected)"
"""The dataset of rejected rows, beside the names of outputs."""

_log = logging.getLogger("trakt.parity")
_LIMIT_ERRORS = ("LimitError",)
_SHOWN_LINES = 5
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """One file that a run has made. `renamed` are bytes of it that name a place, each with those of the real place."""

    path: Path
    rows: int
    renamed: tuple[tuple[bytes, bytes], ...] = ()

    def named(self, line: bytes) -> bytes:
        """A line of it, with places by their real names."""
        for shown, real in self.renamed:
            line = line.replace(shown, real, 1)
        return line

    def sha256(self) -> str:
        """Of its bytes, with places by their real names; read in blocks."""
        digest = hashlib.sha256()
        with self.path.open("rb") as stream:
            if self.renamed:
                for line in stream:
                    digest.update(self.named(line))
            else:
                while block := stream.read(_BLOCK):
                    digest.update(block)
        return digest.hexdigest()


@dataclass(slots=True)
class Ran:
    """One run that has ended.

    Attributes:
        status: `equal` or `different` from the first run, `failed`, or `not_run`.
        reason: why it failed or was not run.
        outputs: what it made, by the names of its outputs, and `(rejected)`; of the first run the files are kept.
        checksums: of these, by the same names.
        counts: what its manifest has counted, by what is counted.
    """

    variant: Variant
    status: str
    seconds: float = 0.0
    reason: str | None = None
    outputs: Mapping[str, Made] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)


def run(job: Job) -> Ran:
    """Start the run, wait for its end, and read what it has made."""
    for folder in (job.folder, job.work, job.tmp):
        folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    environment = _environment(job, RUNTIMES[job.variant.runtime].prepare(job))
    log = job.folder / "said.txt"
    with log.open("wb") as said:
        code = subprocess.run(
            [sys.executable, "-m", "trakt.parity.child", str(job.write())],
            cwd=job.work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    seconds = time.perf_counter() - began
    _log.debug("what %s said:\n%s", job.variant, log.read_text(encoding="utf-8", errors="replace").rstrip())
    try:
        result = json.loads(job.result_file.read_bytes())
    except (OSError, ValueError):
        return Ran(job.variant, "failed", seconds, _last_words(code, log))
    if result.get("status") != "success":
        return _unsuccessful(job, seconds, result)
    return _gathered(job, seconds, json.loads(_manifest(job).read_bytes()))


def _environment(job: Job, more: Mapping[str, str]) -> dict[str, str]:
    """This process's, since steps may ask for any of it, and what leads to the modules that it has."""
    source = str(Path(trakt.__file__).parents[1])
    inherited = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    here = [os.getcwd()] if "" in sys.path or os.getcwd() in sys.path else []
    found = dict.fromkeys([source, *here, *map(os.path.abspath, inherited)])
    ours = {"PYTHONPATH": os.pathsep.join(found), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(job.tmp)}
    return {**os.environ, **ours, **more}


def _manifest(job: Job) -> Path:
    return job.folder / "out" / "manifest.json"


def _last_words(code: int, log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    how = f"it was ended by signal {-code}" if code < 0 else f"it ended with {code}"
    return "; ".join([f"{how} and left no result", *lines[-_SHOWN_LINES:]])


def _unsuccessful(job: Job, seconds: float, result: Mapping[str, Any]) -> Ran:
    error = _in_full(job) or result.get("error") or {}
    reason = str(error.get("message") or f"it ended as {result.get('status')}")
    for shown, real in _names(job):
        reason = reason.replace(shown, real)
    # what a runtime does not take on is no difference of results
    status = "not_run" if error.get("type") in _LIMIT_ERRORS else "failed"
    return Ran(job.variant, status, seconds, reason)


def _in_full(job: Job) -> Mapping[str, Any] | None:
    """The error as the manifest has it: what leaves a Lambda function quotes nothing."""
    try:
        return json.loads(_manifest(job).read_bytes())["error"]  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError):
        return None


def _names(job: Job) -> list[tuple[str, str]]:
    """Places as the run was told of them, and as the user knows them."""
    package = job.work / "pipelines" / job.asked.name
    source = str(Path(job.asked.file).parent)
    names = [(INPUT, job.asked.input_dir.rstrip("/") + "/"), (FILES, "/"), (str(package), source)]
    return [*names, (str(job.work), "/var/task")] if job.variant.runtime == "lambda" else names


def _gathered(job: Job, seconds: float, manifest: Mapping[str, Any]) -> Ran:
    places = Places(job.asked.input_dir, job.folder)
    outputs = {
        f"{name}{file['path'].removeprefix(entry['path'])}": Made(Path(places.written(file["path"])), file["rows"])
        for name, entry in manifest["outputs"].items()
        for file in listed(entry)
    }
    rejected = manifest["rejected"]
    if rejected["path"]:
        outputs[REJECTED] = Made(Path(places.written(rejected["path"])), rejected["rows"], _renamed(job))
    checksums = {name: made.sha256() for name, made in outputs.items()}
    return Ran(job.variant, "equal", seconds, None, outputs, checksums, _counts(manifest))


def _renamed(job: Job) -> tuple[tuple[bytes, bytes], ...]:
    """The file of a rejected row stands in its line, and the same file has another name where all lies in S3."""
    if job.variant.runtime != "lambda":
        return ()
    written = [(shown, json.dumps(real, ensure_ascii=False)[:-1]) for shown, real in _names(job) if "://" in shown]
    return tuple(
        (f'"file": "{shown}'.encode(), f'"file": {real}'.encode("utf-8", "backslashreplace")) for shown, real in written
    )


def _counts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What is counted, and must not depend on who counts."""
    told: dict[str, Any] = {}
    for name, entry in manifest["inputs"].items():
        told |= {f"{key} of input '{name}'": entry[key] for key in ("rows", "rejected", "lines", "schema", "nulls")}
    for entry in manifest["steps"]:
        named = f"step '{entry['step_id']}'"
        told |= {f"{key} of {named}": entry[key] for key in ("rows_in", "rows_out", "accounting")}
    for name, entry in manifest["outputs"].items():
        told |= {f"{key} of output '{name}'": entry[key] for key in ("rows", "schema")}
    return {**told, "rejected rows": manifest["rejected"]["rows"], "reasons": manifest["rejected"]["reasons"]}
