"""Steps that installed packages offer under an entry point group; nothing of theirs is imported here."""

from __future__ import annotations

from dataclasses import dataclass

GROUP = "trakt.steps"
"""Packages offer steps under this entry point group, and Trakt's own ready-made steps live in the package so named."""


@dataclass(frozen=True, slots=True)
class OfferedStep:
    """One entry point: its name, and the module and function it stands for."""

    name: str
    module: str
    function: str


def offered_steps(group: str = GROUP) -> list[OfferedStep]:
    """Every step offered under `group`."""
    # reading the metadata of all packages takes longer than the rest of this floor, and few pipelines need it
    from importlib.metadata import entry_points

    return [OfferedStep(point.name, point.module, point.attr or "run") for point in entry_points(group=group)]
