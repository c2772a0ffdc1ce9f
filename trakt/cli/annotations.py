"""Faults of a pipeline file, taken apart for programs: JSON, and the annotations of GitHub Actions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trakt.errors import Fault
from trakt.runtime.excerpt import place_of


@dataclass(frozen=True, slots=True)
class Located:
    """One fault: the file it stands in, line and column from 1 where they are known, what, and what to do."""

    file: str
    line: int | None
    column: int | None
    what: str
    hint: str | None

    def as_dict(self) -> dict[str, Any]:
        """As the result has it."""
        return asdict(self)

    def as_annotation(self) -> str:
        """As a workflow command of GitHub Actions ("Workflow commands: setting an error message")."""
        said = f"{self.what}\n-> {self.hint}" if self.hint else self.what
        place = {"file": _in_the_workspace(self.file), "line": self.line, "col": self.column}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value is not None)
        return f"::error {properties}::{_data(said)}"


def located(faults: Iterable[Fault], file: Path) -> list[Located]:
    """Each fault with its place; one that names no place in a file belongs to the pipeline file as a whole."""
    return [_located(fault, file) for fault in faults]


def _located(fault: Fault, file: Path) -> Located:
    where = fault.where or ""
    if place := place_of(where):
        return Located(str(place.file), place.line, place.column, fault.what, fault.hint)
    told = where.removeprefix(str(file)).lstrip(": ")
    return Located(str(file), None, None, f"{told}: {fault.what}" if told else fault.what, fault.hint)


def _in_the_workspace(file: str) -> str:
    """The path as the repository has it, wherever in it the command was started."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return file
    whole = Path(file).resolve()
    root = Path(workspace).resolve()
    return str(whole.relative_to(root)) if whole.is_relative_to(root) else file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
