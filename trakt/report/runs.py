"""What a page says of a run, and of the runs of one client and pipeline together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from trakt.engine.flow import Flow
from trakt.engine.profile import Finding
from trakt.report.manifests import Found
from trakt.report.moments import moment
from trakt.report.recorded_flow import not_reached, recorded_flow

STATUS_WORDS = {"success": "succeeded", "failed": "failed", "timed_out": "timed out", "publishing": "not done"}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one part of a run took; steps and what is read and written beside them overlap."""

    kind: Literal["input", "step", "output"]
    name: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run, by its manifest.

    Attributes:
        number: in the report, from 1; makes its place on the page.
    """

    uri: str
    manifest: Mapping[str, Any]
    number: int

    @property
    def anchor(self) -> str:
        return f"run-{self.number}"

    @property
    def succeeded(self) -> bool:
        return bool(self.manifest["status"] == "success")

    @property
    def status(self) -> str:
        """In a word."""
        return STATUS_WORDS[self.manifest["status"]]

    @property
    def started_at(self) -> datetime:
        return moment(self.manifest["started_at"])

    @property
    def label(self) -> str:
        """What its readers call it: the batch, or else when it began."""
        return self.manifest["batch_id"] or f"{self.started_at:%Y-%m-%d %H:%M}"

    @property
    def rows_read(self) -> int | None:
        """By all inputs together; None when none was read."""
        counts = [entry["rows"] for entry in self.manifest["inputs"].values() if entry["rows"] is not None]
        return sum(counts) if counts else None

    @property
    def rows_written(self) -> int | None:
        """To all outputs together; None when nothing was published."""
        return sum(entry["rows"] for entry in self.manifest["outputs"].values()) if self.succeeded else None

    @property
    def rows_rejected(self) -> int:
        return int(self.manifest["rejected"]["rows"])

    @property
    def flow(self) -> Flow | None:
        return recorded_flow(self.manifest)

    @property
    def not_reached(self) -> list[str]:
        return not_reached(self.manifest)

    @property
    def marks(self) -> dict[str, str]:
        """The status of each step, by its id in the flow."""
        return {f"step{at}": step["status"] for at, step in enumerate(self.manifest["steps"])}

    @property
    def timings(self) -> list[Timing]:
        """Inputs, steps and outputs, as far as they were timed."""
        manifest = self.manifest
        parts: list[tuple[Literal["input", "step", "output"], str, Any]] = [
            *(("input", name, entry) for name, entry in manifest["inputs"].items()),
            *(("step", entry["step_id"], entry) for entry in manifest["steps"]),
            *(("output", name, entry) for name, entry in manifest["outputs"].items()),
        ]
        return [Timing(kind, name, entry["duration_ms"]) for kind, name, entry in parts if timed(entry)]

    @property
    def findings(self) -> list[tuple[str, str]]:
        """What is not as it was in the baseline: the input, and what of it."""
        return [(each["input"], _told(each)) for each in self.manifest["drift"]["findings"]]

    @property
    def warnings(self) -> list[tuple[str | None, str]]:
        """The step, or None, and what it says. Drift has a place of its own."""
        return [
            (each["step_id"], said(each["attributes"]))
            for each in self.manifest["events"]
            if each["name"].startswith("warning.") and each["name"] != "warning.drift"
        ]


def timed(entry: Mapping[str, Any]) -> bool:
    """Whether a manifest says how long a part took; older ones say so of steps alone."""
    return entry.get("duration_ms") is not None


def said(attributes: Mapping[str, Any]) -> str:
    """The attributes of an event in words."""
    if isinstance(message := attributes.get("message"), str):
        return message
    return ", ".join(f"{key}: {plain(value)}" for key, value in attributes.items())


def plain(value: Any) -> str:
    """A value of a manifest in one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _told(finding: Mapping[str, Any]) -> str:
    known = {name: finding[name] for name in ("input", "kind", "column", "before", "after")}
    try:
        return Finding(**known).told()
    except (TypeError, ValueError):  # the values are not of the kind
        return f"{finding['kind']} {finding['column']}: {finding['after']}, and was {finding['before']}"


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one client and pipeline, in the order in which they began."""

    pipeline: str
    client: str | None
    runs: Sequence[Run]

    @property
    def title(self) -> str:
        return f"{self.pipeline} for {self.client}" if self.client else self.pipeline

    @property
    def deliveries(self) -> list[Run]:
        """Those that can be compared: what was mended and run again is no delivery."""
        return [run for run in self.runs if not run.manifest["replay_of"]]


def groups_of(found: Sequence[Found]) -> list[Group]:
    """The runs by client and pipeline."""
    runs = [Run(each.uri, each.manifest, number) for number, each in enumerate(sorted(found, key=_began), 1)]
    by_key: dict[tuple[str, str | None], list[Run]] = {}
    for run in runs:
        by_key.setdefault((run.manifest["pipeline"]["name"], run.manifest["client_id"]), []).append(run)
    in_order = sorted(by_key.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    return [Group(pipeline, client, members) for (pipeline, client), members in in_order]


def _began(found: Found) -> tuple[datetime, str]:
    return moment(found.manifest["started_at"]), found.manifest["run_id"]


def columns_of(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    """Each input and column of which some run counts the missing values, in the order of the runs."""
    seen = {
        (name, column): None
        for run in runs
        for name, entry in run.manifest["inputs"].items()
        for column in entry["nulls"]
    }
    yield from seen
