"""Which batches lie there: what `{client_id}` and `{batch_id}` of an input folder stand for in the files below it."""

from __future__ import annotations

import glob
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from trakt.engine.places import ID, joined, placeholders
from trakt.errors import Fault, InputError, PipelineError, did_you_mean
from trakt.storage import storage_for

NAMES = ("client_id", "batch_id")
_PARTS = re.compile(r"\{(\w+)\}")
_NAMED = 3
"""Of the folders that are passed over."""

_log = logging.getLogger("trakt.backfill")


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery of one client; None where the place of its files does not tell. `bytes` of its `files`."""

    client_id: str | None
    batch_id: str | None
    files: int = field(default=0, compare=False)
    bytes: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return " ".join(self.ids.values())

    @property
    def ids(self) -> dict[str, str]:
        """Those of its ids that the place tells, by name."""
        return {name: word for name in NAMES if (word := getattr(self, name))}

    @property
    def by_name(self) -> tuple[str, str]:
        """What batches are sorted by: client first."""
        return self.client_id or "", self.batch_id or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of them: of these clients, and from the batch `since` to the batch `until` by name, both included."""

    clients: Sequence[str] = ()
    batches: Sequence[str] = ()
    since: str | None = None
    until: str | None = None

    def takes(self, batch: Batch) -> bool:
        """Whether this one is wanted."""
        if self.clients and batch.client_id not in self.clients:
            return False
        name = batch.batch_id or ""
        if self.batches and name not in self.batches:
            return False
        return not ((self.since and name < self.since) or (self.until and name > self.until))


def place_faults(input_dir: str, output_dir: str, manifest_path: str | None = None) -> list[Fault]:
    """Why the places of batches cannot be told apart."""
    held = placeholders(input_dir)
    faults = [
        Fault(f"'{{{name}}}' stands for nothing here", "--input-dir", did_you_mean(name, NAMES) or _ADVICE)
        for name in dict.fromkeys(held)
        if name not in NAMES
    ]
    if not held:
        faults.append(Fault(f"'{input_dir}' is one place, and batches lie in many", "--input-dir", _ADVICE))
    if "}{" in input_dir:
        faults.append(Fault(f"nothing parts the ids in '{input_dir}'", "--input-dir", "put a slash between them"))
    for option, place in (("--output-dir", output_dir), ("--manifest-path", manifest_path)):
        missing = [name for name in NAMES if place and name in held and name not in placeholders(place)]
        if missing:
            told = " and ".join(f"{{{name}}}" for name in missing)
            what = f"'{place}' does not hold {told}: all batches would write to one place"
            faults.append(Fault(what, option, "name it as in --input-dir"))
    return faults


_ADVICE = "write where a batch lies, such as data/{client_id}/{batch_id}"


def batches_at(input_dir: str, wanted: Wanted) -> list[Batch]:
    """The batches that have at least one file, by client and batch; one listing of everything below the place.

    Raises:
        InputError: there is none, none that is wanted, or none of a client or batch that is wanted by name.
        RunError: the place cannot be looked at.
    """
    place = joined("", input_dir).rstrip("/")
    pattern = "".join("*" if at % 2 else glob.escape(part) for at, part in enumerate(_PARTS.split(place)))
    telling = re.compile(_telling(place, ID.pattern) + "/")
    alike = re.compile(_telling(place, "[^/]+") + "/")
    passed_over: dict[str, None] = {}
    counts: dict[Batch, tuple[int, int]] = {}
    for file in storage_for(place).find(f"{pattern}/**", ()).files:
        if found := telling.match(file.uri):
            ids = found.groupdict()
            batch = Batch(ids.get("client_id"), ids.get("batch_id"))
            files, size = counts.get(batch, (0, 0))
            counts[batch] = files + 1, size + file.bytes
        elif found := alike.match(file.uri):
            passed_over[found[0]] = None
    _tell_of(list(passed_over))
    every = [
        Batch(batch.client_id, batch.batch_id, *counts[batch])
        for batch in sorted(counts, key=lambda batch: batch.by_name)
    ]
    if not every:
        raise InputError("no batch lies there", where=input_dir, hint="look at how its folders are named")
    clients, names = ([str(getattr(batch, name)) for batch in every] for name in NAMES)
    if faults := _not_there(input_dir, client=(wanted.clients, clients), batch=(wanted.batches, names)):
        raise InputError.of(faults)
    if chosen := [batch for batch in every if wanted.takes(batch)]:
        return chosen
    hint = f"there are {len(every)}: {every[0]} to {every[-1]}"
    raise InputError("none of its batches is wanted", where=input_dir, hint=hint)


def require_places(input_dir: str, output_dir: str, manifest_path: str | None = None) -> None:
    """See `place_faults`.

    Raises:
        PipelineError: with all of them.
    """
    if faults := place_faults(input_dir, output_dir, manifest_path):
        raise PipelineError.of(faults)


def _tell_of(folders: Sequence[str]) -> None:
    """Warn of what looks like a batch and cannot be one."""
    for folder in folders[:_NAMED]:
        _log.warning("%s is passed over: an id has letters, digits, '.', '_' and '-' only", folder)
    if (more := len(folders) - _NAMED) > 0:
        _log.warning("%s more are passed over for the same reason", f"{more:,}")


def _not_there(input_dir: str, **named: tuple[Sequence[str], Sequence[str]]) -> list[Fault]:
    """What was asked for by name and has no files; `named` has of each kind what is wanted, and what is there."""
    return [
        Fault(f"there are no files of {kind} '{name}'", input_dir, did_you_mean(name, there) or "see --list for all")
        for kind, (wanted, there) in named.items()
        for name in dict.fromkeys(wanted)
        if name not in there
    ]


def _telling(place: str, any_id: str) -> str:
    """The place as a regular expression; an id that stands twice in it is the same one."""
    seen: set[str] = set()
    words = []
    for at, part in enumerate(_PARTS.split(place)):
        if at % 2 == 0:
            words.append(re.escape(part))
        elif part in seen:
            words.append(f"(?P={part})")
        else:
            seen.add(part)
            words.append(f"(?P<{part}>{any_id})")
    return "".join(words)
