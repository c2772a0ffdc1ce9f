"""Formats that installed packages offer, by the entry point group `trakt.formats`; imported by who asks for one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from trakt.errors import Fault, PipelineError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "trakt.formats"


@cache
def _points() -> Sequence[EntryPoint]:
    # reading the metadata of all packages takes longer than the rest of this floor, and few pipelines need it
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


def offered_kinds() -> tuple[str, ...]:
    """The kinds that are offered, by name."""
    return tuple(sorted({point.name for point in _points()}))


def require_no_clash(kinds: Iterable[str], own: Collection[str]) -> None:
    """A kind is offered by one package, and is none of Trakt's `own`.

    Raises:
        PipelineError: some are not; each is named with all that offer it.
    """
    faults = []
    for kind in kinds:
        offers = [f"{point.value} ({_package(point)})" for point in _points() if point.name == kind]
        if kind in own:
            offers.insert(0, "Trakt itself")
        if len(offers) > 1:
            hint = "uninstall all but one of these packages, or ask for another name"
            faults.append(Fault(f"kind '{kind}' is offered by {' and by '.join(offers)}", _place(kind), hint))
    if faults:
        raise PipelineError.of(faults)


def load(kind: str, duties: Sequence[str]) -> Any:
    """The format that is offered under a name.

    Raises:
        PipelineError: there is none, it cannot be imported, or it lacks some of its `duties`.
    """
    point = next((each for each in _points() if each.name == kind), None)
    if point is None:
        raise PipelineError(f"unknown kind '{kind}'", where=_place(kind))
    told = f"kind '{kind}' of {_package(point)}"
    try:
        found = point.load()
    except Exception as fault:
        what = f"{told} cannot be loaded: {type(fault).__name__}: {fault}"
        hint = f"install {_package(point)} again, with what it needs, or tell its author"
        raise PipelineError(what, where=_place(kind), hint=hint) from fault
    lacking = [name for name in duties if not hasattr(found, name)]
    if lacking:
        what = f"{told} is no format: {point.value} lacks {', '.join(lacking)}"
        hint = "its author must name a module with all that `trakt.formats.Format` asks for"
        raise PipelineError(what, where=_place(kind), hint=hint)
    return found


def _place(kind: str) -> str:
    return f"entry point {GROUP}: {kind}"


def _package(point: EntryPoint) -> str:
    return (point.dist and point.dist.name) or "an unknown package"
