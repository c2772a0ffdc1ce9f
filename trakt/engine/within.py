"""Where a run may read and write, when who asks for it is not to choose that freely.

Judged is what a place stands for in the end, in the plan and before any is looked at: however it was spelled, and
whichever part of it came from the request, the settings or the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trakt.engine.places import elements, joined
from trakt.errors import Fault
from trakt.storage import is_absolute, storage_for

if TYPE_CHECKING:
    from trakt.engine.request import RunRequest


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What was set up. Each ends with a slash.

    What follows from the request, or is relative in the pipeline, lies below one of them. A place that the pipeline
    file names in full is its author's own choice.

    Attributes:
        reads: for inputs. What appears there starts runs, so no output may go there, whoever chose it.
        writes: for outputs and the manifest.
    """

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def outside(uri: str, prefixes: tuple[str, ...], where: str, what: str = "") -> Fault | None:
    """What to say of a place in full that lies below none of `prefixes`; `what` leads there."""
    if uri.startswith(prefixes):
        return None
    return Fault(f"{what}'{uri}' lies outside of what was set up", where, f"name a place below {' or '.join(prefixes)}")


def input_faults(request: RunRequest) -> Iterator[Fault]:
    """Inputs that would be read outside."""
    if request.within is None:
        return
    base = request.filled(request.input_dir)
    for wanted in request.pipeline.inputs:
        asked = request.inputs.get(wanted.name)
        where = request.pipeline.where("inputs", wanted.name, "uri") if asked is None else f"--input {wanted.name}"
        uri = request.filled(wanted.uri if asked is None else asked).strip()
        # a comma may part files, or belong to the name of one
        for said in dict.fromkeys((uri, *elements(uri))):
            if asked is None and is_absolute(said):
                continue
            if fault := outside(joined(base, said), request.within.reads, where, f"input '{wanted.name}': "):
                yield fault


def target_faults(request: RunRequest, what: str, uri: str, where: str, said: str | None) -> Iterator[Fault]:
    """What is wrong with the place that an output or the manifest goes to; `said` is its uri in the pipeline."""
    if request.within is None:
        return
    chosen_by_author = said is not None and is_absolute(request.filled(said))
    if not chosen_by_author and (fault := outside(uri, request.within.writes, where, f"{what}: ")):
        yield fault
    if above := [prefix for prefix in request.within.reads if storage_for(uri).canonical(uri).startswith(prefix)]:
        told = f"{what} goes to {uri}, and what appears below {', '.join(above)} starts a run"
        yield Fault(told, where, "let it go elsewhere")
