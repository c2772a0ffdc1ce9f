"""Whether the files that a manifest names are what it says of them: read again, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

from trakt.engine.committed import listed, manifest_at, sha256_of, stored_at
from trakt.engine.find import canonical
from trakt.engine.places import joined
from trakt.engine.replaced import PUBLISHING
from trakt.errors import Fault, InputError, RunError
from trakt.storage import StoredFile, is_absolute

Role = Literal["output", "input"]
ROLES: tuple[Role, ...] = ("output", "input")
State = Literal["same", "changed", "missing", "unknown"]

_MEND: Mapping[Role, str] = {
    "output": "run the batch again, which makes it anew",
    "input": "the outputs were made of what it was; run the batch again if it is right as it is now",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One file that a manifest names, and what was found.

    Attributes:
        name: that of its output or input.
        uri: as the manifest has it.
        place: the one in full that was looked at.
        state: `unknown` when there is nothing to compare with, or it cannot be read.
        bytes, sha256: what the manifest says; sha256 is null for an input that nobody read.
        found_bytes, found_sha256: what is there, as far as it had to be read.
        why: what is wrong, or why it is not known.
    """

    role: Role
    name: str
    uri: str
    place: str
    state: State
    bytes: int | None
    sha256: str | None
    found_bytes: int | None = None
    found_sha256: str | None = None
    why: str | None = None
    is_wrong: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As the result has it."""
        said = asdict(self)
        del said["is_wrong"]
        return said

    def fault(self) -> Fault:
        """What to say of it where it is wrong."""
        hint = _MEND[self.role]
        if self.state == "missing" and not is_absolute(self.uri):
            hint = f"the path is relative: verify it in the folder where the run was started; or {hint}"
        return Fault(f"{self.role} '{self.name}': {self.why}", self.place, hint)


@dataclass(frozen=True, slots=True)
class Verification:
    """All that was checked of one manifest.

    Attributes:
        left_out: why outputs were not looked at, or None.
    """

    manifest_path: str
    manifest: Mapping[str, Any]
    files: Sequence[Checked]
    left_out: str | None

    @property
    def faults(self) -> list[Fault]:
        """What is wrong; none when all is as the manifest says."""
        return [each.fault() for each in self.files if each.is_wrong]


def verify(uri: str, roles: Sequence[Role], told: Callable[[Checked], None]) -> Verification:
    """Check the files of these roles; each is `told` as soon as it is known.

    Raises:
        InputError: there is no manifest at `uri`, or it lacks what a manifest has; or outputs are asked for, and the
            run has not published all of them.
    """
    uri = joined("", uri)
    manifest = manifest_at(uri)
    if manifest is None:
        raise InputError("there is no manifest", where=uri, hint="name the manifest.json of a run")
    left_out = None
    try:
        if "output" in roles and manifest["status"] == PUBLISHING:
            what = f"run {manifest['run_id']} publishes its outputs now, or was killed while it did"
            hint = "run the batch again: until then some of its files are the old ones and some the new ones"
            raise InputError(what, where=uri, hint=hint)
        if "output" in roles and manifest["status"] != "success":
            roles = [role for role in roles if role != "output"]
            ended = str(manifest["status"]).replace("_", " ")
            left_out = f"run {manifest['run_id']} has {ended}, so its outputs were never published"
        named = list(_named(manifest, roles))
    except (KeyError, TypeError, AttributeError) as fault:
        raise InputError(
            f"this is no whole manifest: {fault!r}", where=uri, hint="name one that a run wrote"
        ) from fault
    files = []
    for entry in named:
        files.append(_checked(entry))
        told(files[-1])
    return Verification(uri, manifest, files, left_out)


@dataclass(frozen=True, slots=True)
class _Named:
    """A file as the manifest has it."""

    role: Role
    name: str
    uri: str
    bytes: int | None
    sha256: str | None


def _named(manifest: Mapping[str, Any], roles: Sequence[Role]) -> Iterator[_Named]:
    if "output" in roles:
        for name, entry in manifest["outputs"].items():
            for file in listed(entry):
                yield _Named("output", name, file["path"], file["bytes"], file["sha256"])
        if (rejected := manifest["rejected"])["path"] is not None:
            yield _Named("output", "rejected", rejected["path"], rejected["bytes"], rejected["sha256"])
    if "input" in roles:
        for name, entry in manifest["inputs"].items():
            for file in entry["files"]:
                yield _Named("input", name, file["uri"], file["bytes"], file["sha256"])


def _checked(named: _Named) -> Checked:
    known = partial(Checked, named.role, named.name, named.uri, canonical(joined("", named.uri)))
    try:
        file = stored_at(named.uri)
        if file is None:
            return known("missing", named.bytes, named.sha256, why="is not there", is_wrong=True)
        return known(bytes=named.bytes, sha256=named.sha256, **_found(file, named.bytes, named.sha256))
    except RunError as error:
        why = f"cannot be read: {error.faults[0].what}"
        return known("unknown", named.bytes, named.sha256, why=why, is_wrong=True)


def _found(file: StoredFile, size: int | None, checksum: str | None) -> dict[str, Any]:
    if size is not None and file.bytes != size:
        why = f"has {file.bytes:,} bytes, and had {size:,}"
        return {"state": "changed", "found_bytes": file.bytes, "why": why, "is_wrong": True}
    if checksum is None:
        return {"state": "unknown", "found_bytes": file.bytes, "why": "the manifest has no checksum of it"}
    found_bytes, found = sha256_of(file)
    told = {"found_bytes": found_bytes, "found_sha256": found}
    if found != checksum:
        return {**told, "state": "changed", "why": "holds other bytes than it did", "is_wrong": True}
    return {**told, "state": "same"}
